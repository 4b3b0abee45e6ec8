"""A site's settings: what each may be, and one place that sets them, whatever contract or page asks.

Contracts clamp or refuse as their own page says before they come here; here a value out of range is refused.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypedDict, TypeVar

from apps.permissions.naming import clean_name
from apps.permissions.refusals import Conflict, Invalid, checked
from apps.sites.difficulty import DIFFICULTIES, LEVELS, POW_DIFFICULTIES, level_for, level_for_pow
from apps.sites.models import (
    INITIAL_DELAYS,
    PARALLEL_CHALLENGES,
    REPLAY_COUNTS,
    VALIDITIES,
    Growth,
    Site,
)
from apps.sites.origins import Domains, is_local, parse_allowed

STORED: Final = (
    "name",
    "allowed_origins",
    "allow_localhost",
    "allow_subdomains",
    "protection_enabled",
    "level",
    "growth",
    "initial_delay",
    "max_parallel",
    "validity_seconds",
    "max_replay_count",
    "fail_open",
)
_LEVEL_OF: Final = {"difficulty": level_for, "pow_difficulty": level_for_pow}
_RANGES: Final = {
    "level": LEVELS,
    "difficulty": DIFFICULTIES,
    "pow_difficulty": POW_DIFFICULTIES,
    "initial_delay": INITIAL_DELAYS,
    "max_parallel": PARALLEL_CHALLENGES,
    "max_replay_count": REPLAY_COUNTS,
}
LONGEST_SITE_NAME: Final = 255
"""Characters, whatever contract or page names the site: what one of them took, each can show and send back."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
G = TypeVar("G")
C = TypeVar("C")


class Settings(TypedDict, total=False):
    """What can be set; `None`, like what is left out, leaves a setting as it is.

    Attributes:
        allow_localhost: whether the widget works on the developer's own machine.
        allow_subdomains: whether it works on every subdomain of the allowed hosts.
        protection_enabled: whether visitors have to solve anything.
        level: 1 to 255; the work doubles every 8 levels.
        difficulty: 0 to 3; sets the level, unless it is of that difficulty already.
        pow_difficulty: 1 to 8; the same, in the words of another contract.
        growth: `constant`, `slow`, `medium` or `fast`.
        initial_delay: seconds before a solution is accepted, 3 to 30.
        max_parallel: open challenges of one address, 1 to 10.
        validity_seconds: the life of a solution, one of `VALIDITIES`.
        max_replay_count: how often one solution may be verified, 1 to 1,000,000.
        fail_open: whether a wrong secret lets visitors pass, in the one contract that knows such a thing.
    """

    allow_localhost: bool | None
    allow_subdomains: bool | None
    protection_enabled: bool | None
    level: int | None
    difficulty: int | None
    pow_difficulty: int | None
    growth: str | None
    initial_delay: int | None
    max_parallel: int | None
    validity_seconds: int | None
    max_replay_count: int | None
    fail_open: bool | None


class Naming(StrEnum):
    """What a site may be called, which depends on the contract that names it."""

    FREE = "free"
    PLAIN_AND_UNIQUE = "plain and unique"
    UNIQUE_IN_ORGANIZATION = "unique in its organization"


class NameTaken(Conflict):
    """Another site has this name, and the contract wants names to be unique."""


def clean_site_name(text: str, *, field: str = "name") -> str:
    """A site's name without surrounding white space; as `clean_name`.

    Raises:
        Invalid: for one that is empty, too long, or cannot be shown.
    """
    return clean_name(text, field=field, longest=LONGEST_SITE_NAME)


def set_name(site: Site, name: str, naming: Naming, errors: dict[str, str]) -> None:
    """Name a site, unless it has the name already; an error is collected.

    Raises:
        NameTaken: for another site's name, where names are unique.
    """
    if site.pk and name == site.name:
        return
    site.name = cleaned = checked(clean_site_name, name, errors) or site.name
    if naming is Naming.FREE or "name" in errors:
        return
    if naming is Naming.PLAIN_AND_UNIQUE and not _PLAIN_NAME.fullmatch(cleaned):
        errors["name"] = f"“{cleaned}” has other characters than letters, digits, - and _, such as in Shop-1."
        return
    require_free_name(site, naming)


def require_free_name(site: Site, naming: Naming) -> None:
    """Refuse the name of another living site of the account, or of the organization, where names are unique.

    Raises:
        NameTaken: for another site's name.
    """
    if naming is Naming.FREE:
        return
    namesakes = Site.objects.living().filter(account_id=site.account_id, name=site.name).exclude(pk=site.pk)
    if naming is Naming.UNIQUE_IN_ORGANIZATION:
        namesakes = namesakes.filter(organization=site.organization)
    if namesakes.exists():
        where = "account" if naming is Naming.PLAIN_AND_UNIQUE else "organization"
        raise NameTaken(f"Another site of this {where} is called “{site.name}”. Choose another name.")


def set_origins(site: Site, given: Sequence[str] | Domains, errors: dict[str, str]) -> None:
    """Set the origins; an error is collected.

    A developer's own machine among them switches `allow_localhost` on; one that was and is no more, off.
    """
    had_local = any(map(is_local, site.allowed_origins))
    try:
        site.allowed_origins = parse_allowed(given, current=site.allowed_origins)
    except Invalid as invalid:
        errors.update(invalid.errors)
    has_local = any(map(is_local, site.allowed_origins))
    if has_local or had_local:
        site.allow_localhost = has_local


def set_settings(site: Site, wanted: Settings, errors: dict[str, str]) -> None:
    """Set what is given and can be; the errors are collected."""
    for field in ("allow_localhost", "allow_subdomains", "protection_enabled", "fail_open"):
        value = wanted.get(field)
        if value is not None:
            setattr(site, field, value)
    if (growth := wanted.get("growth")) is not None:
        if growth in Growth.values:
            site.growth = growth
        else:
            errors["growth"] = f"growth is “{growth[:20]}”; it is {', '.join(Growth.values)}."
    if (seconds := wanted.get("validity_seconds")) is not None:
        if seconds in VALIDITIES:
            site.validity_seconds = seconds
        else:
            errors["validity_seconds"] = f"validity_seconds is {seconds}; it is one of {_listed(VALIDITIES)}."
    for field, allowed in _RANGES.items():
        _set_number(site, field, wanted.get(field), allowed, errors)


def _set_number(site: Site, field: str, number: object, allowed: range, errors: dict[str, str]) -> None:
    if number is None:
        return
    if not isinstance(number, int) or number not in allowed:
        errors[field] = f"{field} is {number}; it is a whole number from {allowed[0]} to {allowed[-1]}."
    elif field in _LEVEL_OF:
        site.level = _LEVEL_OF[field](number, site.level)
    else:
        setattr(site, field, number)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
