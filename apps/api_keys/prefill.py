"""Links that open the editor filled in: `?name=…&permissions=a,b&expires=30&sites=…&networks=…&organization=…`.

A link creates nothing, and asks for nothing that the reader could not choose themselves.
"""

from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from apps.accounts.models import Account, Organization
from apps.api_keys.editor import default_expiry, expiry_choices, organization_choices
from apps.api_keys.forms import MOST_SECONDS, SPANS
from apps.permissions import catalogue
from apps.permissions.actor import Actor
from apps.sites import site_key as spelling
from apps.sites.models import Site

_DAY: Final = 86_400  # seconds
_MOST_ASKED: Final = 200


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a link to the editor asks for, and what of that is not to be had.

    Attributes:
        initial: of the form's fields.
        permissions: those that the reader can give.
        sites: the keys of sites that the reader can give.
        unknown: permissions that do not exist.
        not_held: permissions that the reader does not hold.
        missing_sites: how many sites there are not, for the reader.
        is_asked: whether the link asked for anything.
    """

    initial: dict[str, str]
    permissions: list[str]
    sites: list[str]
    unknown: list[str]
    not_held: list[str]
    missing_sites: int
    is_asked: bool


def prefill_from(query: QueryDict, actor: Actor, account: Account) -> Prefill:
    """Read what a link asks for."""
    asked = _listed(query, "permissions")
    known = catalogue.in_order(asked)
    wanted = _listed(query, "sites")
    keys = {key for key in map(spelling.read, wanted) if key}
    organization = _organization(query, actor)
    sites = [site.site_key for site in Site.objects.visible_to(actor).filter(key__in=keys)] if keys else []
    initial = _expiry(query, account) | {
        "name": query.get("name", "")[:120],
        "reach": "sites" if wanted else "organization" if query.get("organization") else "all",
        "organization": str(organization.pk) if organization else "",
        "networks": "\n".join(_listed(query, "networks"))[:4000],
    }
    return Prefill(
        initial,
        [name for name in known if actor.may(name)],
        sites,
        [name[:40] for name in catalogue.unknown(asked)][:10],
        [name for name in known if not actor.may(name)],
        len(set(wanted)) - len(sites),
        bool(initial["name"] or asked or wanted or initial["networks"] or query.get("organization")),
    )


def _organization(query: QueryDict, actor: Actor) -> Organization | None:
    number = query.get("organization", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return next((found for found in organization_choices(actor) if found.pk == int(number)), None)


def _listed(query: QueryDict, name: str) -> list[str]:
    """The parts of a list, separated by commas or spaces, in one parameter or several."""
    parts = [part for text in query.getlist(name) for part in text.replace(",", " ").split()]
    return parts[:_MOST_ASKED]


def _expiry(query: QueryDict, account: Account) -> dict[str, str]:
    """The asked expiry where the account allows it, else the account's usual one."""
    expires, seconds = query.get("expires", ""), query.get("expires_in", "")
    if seconds.isascii() and seconds.isdigit() and len(seconds) < 10 and 0 < int(seconds) <= MOST_SECONDS:
        spans = {str(days * _DAY): value for value, days in SPANS.items()}
        expires = spans.get(seconds, "seconds")
    else:
        seconds = ""
    allowed = {choice.value for choice in expiry_choices(account, "").choices if not choice.refusal}
    return {
        "expires": expires if expires in allowed else default_expiry(account),
        "expires_on": query.get("expires_on", "")[:10],
        "expires_in": seconds,
    }
