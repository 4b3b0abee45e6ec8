"""The columns of a table of sites, the same for import and export: how each is headed, read and written."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.sites.difficulty import DIFFICULTIES, LEVELS, POW_DIFFICULTIES
from apps.sites.models import INITIAL_DELAYS, PARALLEL_CHALLENGES, REPLAY_COUNTS, VALIDITIES, Growth, Site
from apps.sites.origins import shortest
from apps.sites.settings import LONGEST_SITE_NAME

NAME: Final = "name"
DOMAIN: Final = "domain"
ORGANIZATION: Final = "organization"
_YES: Final = {"yes", "true", "1", "on"}
_NO: Final = {"no", "false", "0", "off"}
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")


class UnreadableValue(Exception):
    """A cell holds no value of its column; `str` is a sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the settings of a site, as a column and as a field.

    Attributes:
        name: as `apps.sites.settings.Settings` has it, and the heading of its column.
        label: for a reader.
        read: the value that a text stands for; it may still be out of range, which the site's settings say.
        allowed: what may be given, for a reader.
        choices: value and label of each, where they are few.
    """

    name: str
    label: str
    read: Callable[[str, str], Any]
    allowed: str
    choices: tuple[tuple[str, str], ...] = ()

    def value_of(self, text: str) -> Any:
        """What a cell stands for.

        Raises:
            UnreadableValue: when it is no value of this kind.
        """
        return self.read(self.name, text.strip())

    def shown(self, value: Any) -> str:
        """A value for a reader."""
        return dict(self.choices).get(spelled(value), spelled(value))


@dataclass(frozen=True, slots=True)
class Heading:
    """What the heading of a table says.

    Attributes:
        places: the column of each name that is understood.
        told: columns of an export that only tell, and are left out.
        unknown: columns that nothing is known of.
        repeated: names that several columns have.
    """

    places: Mapping[str, int]
    told: Sequence[str]
    unknown: Sequence[str]
    repeated: Sequence[str]

    @property
    def missing(self) -> list[str]:
        """The columns that have to be there and are not."""
        return [name for name in (NAME, DOMAIN) if name not in self.places]


def spelled(value: Any) -> str:
    """A value as a cell has it, to be read back."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _boolean(name: str, text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise UnreadableValue(f"{name} is “{text[:40]}”; it is yes or no.")
    return word in _YES


def _number(name: str, text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise UnreadableValue(f"{name} is “{text[:40]}”; it is a whole number.")
    return int(text)


def _word(_name: str, text: str) -> str:
    return text.lower()


def _span(numbers: range) -> str:
    return f"a whole number from {numbers[0]:,} to {numbers[-1]:,}"


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


_YES_OR_NO: Final = (("yes", "Yes"), ("no", "No"))
_GROWTHS: Final = tuple((str(value), str(label)) for value, label in Growth.choices)
_LIVES: Final = tuple((str(seconds), _duration(seconds)) for seconds in VALIDITIES)

SETTINGS: Final = (
    Setting("allow_localhost", "Works on localhost", _boolean, "yes or no", _YES_OR_NO),
    Setting("allow_subdomains", "Works on every subdomain", _boolean, "yes or no", _YES_OR_NO),
    Setting("protection_enabled", "Visitors have to solve something", _boolean, "yes or no", _YES_OR_NO),
    Setting("level", "Level", _number, f"{_span(LEVELS)}; the work doubles every 8 levels"),
    Setting("growth", "Growth", _word, ", ".join(Growth.values), _GROWTHS),
    Setting("initial_delay", "Initial delay in seconds", _number, _span(INITIAL_DELAYS)),
    Setting("max_parallel", "Open challenges of one address", _number, _span(PARALLEL_CHALLENGES)),
    Setting("validity_seconds", "Life of a solution", _number, ", ".join(map(str, VALIDITIES)), _LIVES),
    Setting("max_replay_count", "Verifications of one solution", _number, _span(REPLAY_COUNTS)),
    Setting("fail_open", "Lets pass when the secret is wrong", _boolean, "yes or no", _YES_OR_NO),
)
"""Those that a site has, in the order of an export."""

_DERIVED: Final = (
    Setting("difficulty", "Difficulty", _number, f"{_span(DIFFICULTIES)}; sets the level"),
    Setting("pow_difficulty", "Proof-of-work difficulty", _number, f"{_span(POW_DIFFICULTIES)}; sets the level"),
)
BY_NAME: Final[Mapping[str, Setting]] = {setting.name: setting for setting in (*SETTINGS, *_DERIVED)}
TOLD: Final = ("site_key", "is_active", "created_at")
EXPORTED: Final = (NAME, DOMAIN, ORGANIZATION, *(setting.name for setting in SETTINGS), *TOLD)
UNDERSTOOD: Final = {
    NAME: f"1 to {LONGEST_SITE_NAME} characters; unique in its organization",
    DOMAIN: "one or more, with spaces between them: shop.example, *.shop.example or http://localhost:8000",
    ORGANIZATION: "the name of one that exists; empty for none",
    **{setting.name: setting.allowed for setting in BY_NAME.values()},
}
"""Each column that an import takes, and what it may hold."""

_CALLED_OTHERWISE: Final = dict.fromkeys(("domains", "origin", "origins", "allowed_origins"), DOMAIN)


def heading_of(cells: Iterable[str]) -> Heading:
    """What the first line of a table says about its columns."""
    places: dict[str, int] = {}
    told, unknown, repeated = [], [], []
    for place, cell in enumerate(cells):
        plain = re.sub(r"[\s-]+", "_", cell.lower())
        name = _CALLED_OTHERWISE.get(plain, plain)
        if name in places:
            repeated.append(name)
        elif name in UNDERSTOOD:
            places[name] = place
        elif name in TOLD:
            told.append(name)
        elif cell:
            unknown.append(cell[:60])
    return Heading(places, told, unknown, repeated)


def cells_of(site: Site) -> list[str]:
    """A site as a line of an export."""
    return [
        site.name,
        " ".join(map(shortest, site.allowed_origins)),
        site.organization.name if site.organization else "",
        *(spelled(getattr(site, setting.name)) for setting in SETTINGS),
        site.site_key,
        spelled(site.is_active),
        site.created_at.isoformat(timespec="seconds"),
    ]
