"""The dry run of an import: what each line of a table would create, and what is wrong with it. It changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apps.accounts.models import Account, Organization
from apps.listing.csv_reading import Record, UnreadableTable, records_of
from apps.permissions.actor import Actor
from apps.sites.models import Site
from apps.sites.origins import HostsAndOrigins
from apps.sites.settings import Naming, set_name, set_origins, set_settings
from apps.tasks.bulk_columns import BY_NAME, DOMAIN, NAME, ORGANIZATION, Heading, UnreadableValue, heading_of

MOST_LINES: Final = 10_000  # that create a site
MOST_DOMAINS: Final = 30_000  # in a file; each takes a moment to check
MOST_COLUMNS: Final = 100
_NAMES_AT_ONCE: Final = 1000
_COLUMN_OF: Final = {"allowedOrigins": DOMAIN}


@dataclass(slots=True)
class Line:
    """One line, and what it would create.

    Attributes:
        number: in the file, from 1.
        name: as given.
        domains: hosts and origins, as given.
        organization: the name of one, as given; empty for none.
        organization_id: its number, where there is one.
        settings: those that are given, by name.
        errors: what is wrong, by column; a line without any is good.
    """

    number: int
    name: str
    domains: list[str]
    organization: str = ""
    organization_id: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether it would create a site."""
        return not self.errors

    @property
    def shown_settings(self) -> list[tuple[str, str]]:
        """Label and value of each setting that is given."""
        return [(BY_NAME[name].label, BY_NAME[name].shown(value)) for name, value in self.settings.items()]

    @property
    def task_input(self) -> dict[str, Any]:
        """What a task creates the site with."""
        return {
            "name": self.name,
            "domains": self.domains,
            "organization_id": self.organization_id,
            "naming": Naming.UNIQUE_IN_ORGANIZATION.value,
            "settings": self.settings,
        }


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a table would do as things stand.

    Attributes:
        heading: which columns it has.
        lines: its lines in their order.
        room: how many sites the account has still room for; `None` for any number.
    """

    heading: Heading
    lines: list[Line]
    room: int | None

    @property
    def good(self) -> list[Line]:
        """The lines that would create a site."""
        return [line for line in self.lines if line.is_good]

    @property
    def bad(self) -> list[Line]:
        """The lines with something wrong."""
        return [line for line in self.lines if not line.is_good]


def dry_run(actor: Actor, text: str) -> DryRun:
    """What a table would do if this actor took it now.

    Args:
        actor: who.
        text: the file.

    Raises:
        UnreadableTable: when it has no usable heading, no lines or too many, or cannot be read.
    """
    records = records_of(text)
    first = next(records, None)
    if first is None:
        raise UnreadableTable("There is nothing in it. Its first line names the columns, such as name,domain.")
    heading = _usable_heading(first)
    organizations = dict(Organization.objects.visible_to(actor).values_list("name", "pk"))
    lines: list[Line] = []
    for record in records:
        if len(lines) == MOST_LINES:
            raise UnreadableTable(f"It has more than {MOST_LINES:,} lines. Split it into several files.")
        lines.append(_line(heading, record, len(first.cells), organizations))
    if sum(len(line.domains) for line in lines) > MOST_DOMAINS:
        raise UnreadableTable(f"It has more than {MOST_DOMAINS:,} domains. Split it into several files.")
    for line in lines:
        _judge(line)
    if not lines:
        raise UnreadableTable("It has a heading and no line below it. Each further line creates a site.")
    _refuse_taken_names(actor, lines)
    return DryRun(heading, lines, _refuse_beyond_room(actor, lines))


def _usable_heading(first: Record) -> Heading:
    if len(first.cells) > MOST_COLUMNS:
        raise UnreadableTable(f"Its first line has {len(first.cells):,} columns; at most {MOST_COLUMNS} are read.")
    heading = heading_of(first.cells)
    if heading.missing:
        raise UnreadableTable(
            f"Its first line has no column {' and no column '.join(heading.missing)}."
            " It names the columns, such as name,domain."
        )
    if heading.repeated:
        raise UnreadableTable(f"Its first line names {', '.join(heading.repeated)[:200]} more than once. Keep one.")
    return heading


def _line(heading: Heading, record: Record, width: int, organizations: Mapping[str, int]) -> Line:
    """One line, read and not judged yet."""
    given = {name: record.cells[place] for name, place in heading.places.items() if place < len(record.cells)}
    line = Line(record.number, given.get(NAME, ""), given.get(DOMAIN, "").split(), given.get(ORGANIZATION, ""))
    if len(record.cells) > width:
        line.errors["line"] = f"It has {len(record.cells)} cells, and the heading {width}. Quote cells with separators."
    for name, setting in BY_NAME.items():
        if given.get(name):
            try:
                line.settings[name] = setting.value_of(given[name])
            except UnreadableValue as unreadable:
                line.errors[name] = str(unreadable)
    if line.organization:
        line.organization_id = organizations.get(line.organization)
        if line.organization_id is None:
            line.errors[ORGANIZATION] = f"There is no organization “{line.organization[:60]}”. Create it first."
    return line


def _judge(line: Line) -> None:
    """Let the site's own rules say what is wrong, on a site that is never stored."""
    site, found = Site(), dict[str, str]()
    set_name(site, line.name, Naming.FREE, found)
    set_origins(site, HostsAndOrigins(line.domains), found)
    set_settings(site, line.settings, found)  # type: ignore[arg-type]  # read from columns of these names
    for name, text in found.items():
        line.errors.setdefault(_COLUMN_OF.get(name, name), text)


def _refuse_taken_names(actor: Actor, lines: list[Line]) -> None:
    """Names are unique in an organization: in the file, where the first line has it, and among the sites there are."""
    taken = _taken_names(actor, {line.name for line in lines})
    seen: dict[tuple[int | None, str], int] = {}
    for line in lines:
        place = (line.organization_id, line.name)
        if NAME in line.errors or ORGANIZATION in line.errors:
            continue
        if place in taken:
            line.errors[NAME] = "A site of this name is there already. Names are unique in an organization."
        elif place in seen:
            line.errors[NAME] = f"Line {seen[place]} has the same name. Names are unique in an organization."
        else:
            seen[place] = line.number


def _taken_names(actor: Actor, names: Iterable[str]) -> set[tuple[int | None, str]]:
    wanted, taken = sorted(names), set[tuple[int | None, str]]()
    living = Site.objects.living().filter(account_id=actor.own_account_id)
    for start in range(0, len(wanted), _NAMES_AT_ONCE):
        some = living.filter(name__in=wanted[start : start + _NAMES_AT_ONCE])
        taken.update(some.values_list("organization_id", "name"))
    return taken


def _refuse_beyond_room(actor: Actor, lines: list[Line]) -> int | None:
    """Where the account may have only so many sites, refuse the good lines that are too many, from the end."""
    account = Account.objects.get(pk=actor.own_account_id)
    if account.most_sites is None:
        return None
    room = max(account.most_sites - Site.objects.living().filter(account=account).count(), 0)
    for line in [line for line in lines if line.is_good][room:]:
        line.errors["limit"] = (
            f"The account has room for {room:,} more of {account.most_sites:,} sites, and this is one too many."
        )
    return room
