"""What somebody wants a rule to be, and what is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.audit import clock
from apps.permissions.refusals import Invalid, checked
from apps.protection.conditions import Field, handle_of, parse_conditions
from apps.protection.rule_models import COLUMNS, LONGEST_DESCRIPTION, LONGEST_GROUP, CaptchaType, RuleType
from apps.sites.difficulty import POW_DIFFICULTIES
from apps.sites.models import Site

LONGEST_LIFE: Final = timedelta(days=3650)
IMAGES: Final = range(1, 101)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as somebody asks for it; nothing of it has been checked.

    Attributes:
        type: `block` or `restrict`.
        conditions: the name of a field and the value that it must have, each field once.
        description: why, for a reader.
        group: what it can be deleted with.
        expires_at: when it stops acting; `None` for never.
        captcha_type: of a restrict: `image`, `puzzle`, `pow`, or empty.
        pow_difficulty: of a restrict: 1 to 8.
        solved_images_count: of a restrict; kept for the contract, as are the next three.
        unsolved_images_count: of a restrict.
        image_threshold: of a restrict, 0 to 1.
        frictionless_score: of a restrict, 0 to 1.
        defers_to_verify: of a block: whether it waits for the verification.
    """

    type: str
    conditions: Iterable[tuple[str, str | int]]
    description: str = ""
    group: str = ""
    expires_at: datetime | None = None
    captcha_type: str = ""
    pow_difficulty: int | None = None
    solved_images_count: int | None = None
    unsolved_images_count: int | None = None
    image_threshold: float | None = None
    frictionless_score: float | None = None
    defers_to_verify: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that can be stored: its conditions, and every other column by its name."""

    conditions: dict[Field, str]
    columns: dict[str, Any]

    def handle_at(self, site: Site | None) -> str:
        """The handle that it has on this site, or on all of the account."""
        return handle_of(self.conditions, site.site_key if site else "")

    @property
    def all_columns(self) -> dict[str, Any]:
        """Conditions and everything else, for a row."""
        return {column: self.conditions.get(field, "") for field, column in COLUMNS.items()} | self.columns


_CHANGED_IN_ADDRESSES: Final = frozenset({".", ".."})
"""What browsers take out of an address before they ask for it: `a/../b` would lead to the page that deletes `b`."""

OF_A_RESTRICT: Final = {
    "captcha_type": "captchaType",
    "pow_difficulty": "powDifficulty",
    "solved_images_count": "solvedImagesCount",
    "unsolved_images_count": "unsolvedImagesCount",
    "image_threshold": "imageThreshold",
    "frictionless_score": "frictionlessScore",
}
"""What only a restrict can say: our name, and the contract's."""


def draft_of(wanted: Wanted) -> Draft:
    """Check what is wanted.

    Raises:
        Invalid: with everything that is wrong, by field.
    """
    errors: dict[str, str] = {}
    conditions = checked(parse_conditions, wanted.conditions, errors) or {}
    columns: dict[str, Any] = {
        "type": checked(_type, wanted.type, errors),
        "description": checked(_description, wanted.description, errors),
        "group": checked(clean_group, wanted.group, errors),
        "expires_at": checked(_end, wanted.expires_at, errors),
        "defers_to_verify": wanted.defers_to_verify,
        **{column: getattr(wanted, column) for column in OF_A_RESTRICT},
    }
    _check_options(wanted, errors)
    if errors:
        raise Invalid(errors)
    return Draft(conditions, columns)


def clean_group(text: str) -> str:
    """The name of a group, or nothing.

    Raises:
        Invalid: when it is too long, or has characters that cannot be seen.
    """
    group = text.strip()
    if len(group) > LONGEST_GROUP or not group.isprintable():
        raise Invalid({"ruleGroupId": f"A group has a name of at most {LONGEST_GROUP} printable characters."})
    if not _CHANGED_IN_ADDRESSES.isdisjoint(group.split("/")):
        raise Invalid({"ruleGroupId": "A group's name has no “.” or “..” by itself, at either side of a slash."})
    return group


def _type(text: str) -> RuleType:
    if text not in RuleType.values:
        raise Invalid({"type": f"type is “{text[:20]}”; it is “block” or “restrict”."})
    return RuleType(text)


def _description(text: str) -> str:
    found = " ".join(text.split())
    if len(found) > LONGEST_DESCRIPTION or not found.isprintable():
        raise Invalid({"description": f"A description has at most {LONGEST_DESCRIPTION} printable characters."})
    return found


def _end(moment: datetime | None) -> datetime | None:
    now = clock.now()
    if moment is not None and moment <= now:
        raise Invalid({"expiry": "The rule would end in the past. Give it an end that is still to come, or none."})
    if moment is not None and moment > now + LONGEST_LIFE:
        raise Invalid({"expiry": "The rule would end in more than ten years. Give it an earlier end, or none."})
    return moment


def _check_options(wanted: Wanted, errors: dict[str, str]) -> None:
    if wanted.type == RuleType.BLOCK:
        for column, name in OF_A_RESTRICT.items():
            if getattr(wanted, column) not in ("", None):
                errors[name] = f"{name} is for a rule that restricts. A block asks for nothing: leave it out."
        return
    if wanted.defers_to_verify:
        errors["deferToVerify"] = "Only a block can wait for the verification. Leave deferToVerify out."
    if wanted.captcha_type and wanted.captcha_type not in CaptchaType.values:
        errors["captchaType"] = f"captchaType is “{wanted.captcha_type[:20]}”; it is image, puzzle or pow."
    if wanted.pow_difficulty is not None and wanted.pow_difficulty not in POW_DIFFICULTIES:
        errors["powDifficulty"] = f"powDifficulty is {POW_DIFFICULTIES[0]} to {POW_DIFFICULTIES[-1]}."
    for column in ("solved_images_count", "unsolved_images_count"):
        if getattr(wanted, column) is not None and getattr(wanted, column) not in IMAGES:
            errors[OF_A_RESTRICT[column]] = f"{OF_A_RESTRICT[column]} is {IMAGES[0]} to {IMAGES[-1]}."
    for column in ("image_threshold", "frictionless_score"):
        share = getattr(wanted, column)
        if share is not None and not 0 <= share <= 1:
            errors[OF_A_RESTRICT[column]] = f"{OF_A_RESTRICT[column]} is 0 to 1."
