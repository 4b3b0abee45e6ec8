"""The rules of an account in memory, so that finding those that match costs the same for ten and for 100,000.

Rules that ask about the same fields share a table; rules about networks share one for each length of a prefix. In a
table, a rule's values are its key, and a scope exists once in an account: so each table holds at most one rule that
matches, and a look-up finds it. What is searched is the number of tables, not of rules.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Final, NamedTuple

from apps.protection.conditions import Field
from apps.protection.rule_models import COLUMNS, CaptchaType, RuleType

HARSHNESS: Final[Mapping[str, int]] = {"": 0, CaptchaType.POW: 1, CaptchaType.PUZZLE: 2, CaptchaType.IMAGE: 3}
BLOCKS: Final = 4
_BITS: Final = {4: 32, 6: 128}
SPARE_OPTIONS: Final = 1000  # that no rule has any more; beyond them, and one a rule, they are let go of
_EXACT: Final = tuple(field for field in Field if field is not Field.IP_MASK)

Facts = Mapping[Field, str]
"""What is known of a visitor, by the field that asks for it; what is not known is not in it."""


class Shape(NamedTuple):
    """What the rules of one table have in common.

    Attributes:
        is_for_site: whether they are for one site each.
        fields: those that must be equal.
        ip_version: of their networks: 4 or 6; 0 for rules without one.
        prefix_length: of their networks.
    """

    is_for_site: bool
    fields: tuple[Field, ...]
    ip_version: int
    prefix_length: int

    @property
    def points(self) -> int:
        """How specific they are: one point for each condition and one for the site."""
        return len(self.fields) + self.is_for_site + (self.ip_version > 0)


class Options(NamedTuple):
    """What a rule does; equal ones are held once, however many rules of an import have them."""

    type: str
    description: str
    group: str
    captcha_type: str
    pow_difficulty: int | None
    defers_to_verify: bool

    @property
    def harshness(self) -> int:
        """The higher, the harsher: block, image, puzzle, proof of work, plain restrict."""
        return BLOCKS if self.type == RuleType.BLOCK else HARSHNESS[self.captcha_type]


class Entry(NamedTuple):
    """One rule in a table.

    Attributes:
        pk: its number in the database.
        options: what it does.
        created_at: epoch seconds.
        expires_at: epoch seconds; `None` for never.
    """

    pk: int
    options: Options
    created_at: float
    expires_at: float | None


class Found(NamedTuple):
    """A rule of which every condition holds, whether its time is over or not."""

    shape: Shape
    entry: Entry

    @property
    def rank(self) -> tuple[int, int, float, int]:
        """The highest wins: the most specific, then the harsher, then the newer."""
        return self.shape.points, self.entry.options.harshness, self.entry.created_at, self.entry.pk


SELECTED: Final = (
    "pk",
    "site_id",
    *COLUMNS.values(),
    "type",
    "description",
    "group",
    "captcha_type",
    "pow_difficulty",
    "defers_to_verify",
    "created_at",
    "expires_at",
    "deleted_at",
)
"""The columns that an index is made from."""

_Key = tuple[Any, ...]
_Place = tuple[Shape, _Key]


class RuleIndex:
    """The rules of one account that were not deleted. Not for several threads to change at once."""

    def __init__(self) -> None:
        self.tables: dict[Shape, dict[_Key, Entry]] = {}
        self._places: dict[int, _Place] = {}
        self._options: dict[Options, Options] = {}
        self._in_order: list[Shape] = []

    def __len__(self) -> int:
        return len(self._places)

    def take(self, rows: Iterable[_Key]) -> None:
        """Add, replace or remove rules.

        Args:
            rows: the columns `SELECTED` of each; one with `deleted_at` goes.
        """
        for row in rows:
            self._remove(row[0])
            if row[-1] is None:
                self._add(row)
        if len(self._options) > 2 * len(self) + SPARE_OPTIONS:
            self._options = {entry.options: entry.options for table in self.tables.values() for entry in table.values()}
        self._in_order = sorted(self.tables, key=lambda shape: -shape.points)

    def search(self, site_id: int, facts: Facts) -> Iterator[Found]:
        """Every rule that matches, the most specific first.

        Args:
            site_id: the number of the site that the visitor is at.
            facts: what is known of the visitor.
        """
        read = ip_address(facts[Field.IP]) if Field.IP in facts else None
        version, number = (read.version, int(read)) if read else (0, 0)
        for shape in self._in_order:
            if shape.ip_version and shape.ip_version != version:
                continue
            values = tuple([facts.get(field) for field in shape.fields])
            if None in values:
                continue
            prefix = number >> (_BITS[version] - shape.prefix_length) if shape.ip_version else 0
            entry = self.tables[shape].get((site_id if shape.is_for_site else 0, prefix, *values))
            if entry is not None:
                yield Found(shape, entry)

    def best(self, site_id: int, facts: Facts, acts: Callable[[Entry], bool]) -> Found | None:
        """The winner among those that match and for which `acts` holds."""
        winner: Found | None = None
        for found in self.search(site_id, facts):
            if winner is not None and found.shape.points < winner.shape.points:
                break  # all that follow are less specific
            if acts(found.entry) and (winner is None or found.rank > winner.rank):
                winner = found
        return winner

    def _add(self, row: _Key) -> None:
        pk, site_id, *columns = row[: 2 + len(COLUMNS)]
        options = Options(*row[2 + len(COLUMNS) : -3])
        options = self._options.setdefault(options, options)
        created_at, expires_at = row[-3], row[-2]
        place = _place(site_id, dict(zip(COLUMNS, columns, strict=True)))
        entry = Entry(pk, options, created_at.timestamp(), expires_at.timestamp() if expires_at else None)
        self.tables.setdefault(place[0], {})[place[1]] = entry
        self._places[pk] = place

    def _remove(self, pk: int) -> None:
        place = self._places.pop(pk, None)
        if place is None:
            return
        table = self.tables[place[0]]
        del table[place[1]]
        if not table:
            del self.tables[place[0]]


def _place(site_id: int | None, values: dict[Field, str]) -> _Place:
    """The table that a rule belongs into, and its key there."""
    fields = tuple([field for field in _EXACT if values[field]])
    prefix, version, length = 0, 0, 0
    if mask := values[Field.IP_MASK]:
        first, _, bits = mask.partition("/")
        version, length = 6 if ":" in first else 4, int(bits)
        packed = inet_pton(AF_INET6 if version == 6 else AF_INET, first)  # 10 times as quick as `ip_network`
        prefix = int.from_bytes(packed, "big") >> (_BITS[version] - length)
    shape = Shape(site_id is not None, fields, version, length)
    return shape, (site_id or 0, prefix, *[values[field] for field in fields])
