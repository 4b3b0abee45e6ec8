"""Many rules at once from a list of addresses and networks: what each line is, and the operation that takes them."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.db import connection

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.counting.upsert import insert
from apps.permissions.actor import Actor
from apps.permissions.operation import operation
from apps.permissions.refusals import Invalid
from apps.protection import rule_access as access
from apps.protection.conditions import Conditions, Field, canonical, handle_of, is_network
from apps.protection.rule_drafts import Draft, Wanted, clean_group, draft_of
from apps.protection.rule_models import COLUMNS, Rule
from apps.protection.rules import new_row, next_version, require_room, told_of
from apps.sites import site_key as site_keys

MOST_LINES: Final = 20_000
_AT_ONCE: Final = 500  # rows of one statement
_COMMENT: Final = re.compile(r"[#;]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list.

    Attributes:
        number: from 1.
        text: as it stands there, without its comment.
        field: address or network; `None` where it is neither.
        value: in its canonical spelling.
        problem: why it cannot be taken; empty where it can.
    """

    number: int
    text: str
    field: Field | None
    value: str
    problem: str

    @property
    def is_good(self) -> bool:
        """Whether it becomes a rule."""
        return not self.problem

    @property
    def is_rewritten(self) -> bool:
        """Whether it is taken otherwise than it was written."""
        return self.is_good and self.value != self.text.lower()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made.

    Attributes:
        created: rules that were not there.
        replaced: rules that took the place of one with the same scope.
        group: what they can be deleted with.
    """

    created: int
    replaced: int
    group: str


def read_lines(text: str) -> list[Line]:
    """The lines of a list that say something, each judged by itself; what `#` or `;` begins is a comment.

    Raises:
        Invalid: for more than 20,000.
    """
    found: list[Line] = []
    seen: dict[str, int] = {}
    for number, whole in enumerate(text.splitlines(), start=1):
        words = _COMMENT.split(whole, maxsplit=1)[0].strip()
        if not words:
            continue
        line = _judged(number, words)
        if line.is_good and (first := seen.setdefault(line.value, number)) != number:
            line = replace(line, problem=f"The same as line {first}.")
        found.append(line)
        if len(found) > MOST_LINES:
            raise Invalid({"lines": f"The list has more than {MOST_LINES:,} lines. Split it into several."})
    return found


def import_rules(actor: Actor, *, lines: Sequence[Line], wanted: Wanted, site_key: str = "") -> Imported:
    """Make a rule of each good line, in the place of one with the same scope; all of them or none.

    Everything is made ready first, because on SQLite nobody else writes meanwhile, and verification writes, too.

    Args:
        actor: who.
        lines: as `read_lines` gives them; those with a problem are left out.
        wanted: what all of them shall be; its conditions are not looked at, and without a group they get one.
        site_key: the site that they act on, in any contract's spelling; empty for all of the account.

    Raises:
        Invalid: with everything that is wrong, by field; or when no line is good.
        NotFound: for a site that the actor may not know of.
        TooManyRules: when the account would have more than it may have.
        Forbidden: without `createRule`, or where the actor may not change the site, or the whole account.
    """
    good = [line for line in lines if line.is_good and line.field]
    if not good:
        raise Invalid({"lines": "No line of the list is an address or a network that is not in it twice."})
    named = replace(wanted, group=clean_group(wanted.group) or new_group("import"))
    drafts = _drafts(named, good)
    key = site_keys.read(site_key)
    canonical_key = site_keys.spell(key) if key else ""
    scopes = {handle_of(draft.conditions, canonical_key): draft.conditions for draft in drafts}
    return put_rules(actor, scopes=scopes, example=drafts[0], site_key=site_key)


@operation("createRule", Action.RULES_IMPORTED)
def put_rules(actor: Actor, *, scopes: Mapping[str, Conditions], example: Draft, site_key: str = "") -> Imported:
    """Write the rules that `import_rules` has made ready, and one event.

    Args:
        actor: who.
        scopes: the conditions of each rule by the handle that it has on the site.
        example: one of them; the others differ in their conditions alone.
        site_key: the site that they act on; empty for all of the account.

    Raises:
        NotFound: for a site that the actor may not know of.
        TooManyRules: when the account would have more than it may have.
        Forbidden: without `createRule`, or where the actor may not change the site, or the whole account.
    """
    site = access.place_to_write(actor, site_key, permission="createRule")
    version = next_version(actor.own_account_id)
    known = _count_known(actor.own_account_id, list(scopes))
    require_room(actor.own_account_id, len(scopes) - known)
    row = new_row(actor, example, site, version)
    _write(row, scopes)
    made = Imported(len(scopes) - known, known, row.group)
    told = {name: (None, value) for name, value in told_of(row).items() if name != "conditions" and value}
    counts = {"created": (None, made.created), "replaced": (None, made.replaced)}
    record(actor, Action.RULES_IMPORTED, Target("rule group", made.group, made.group), changes=counts | told)
    return made


def new_group(word: str) -> str:
    """The name of a group that nobody has named."""
    return f"{word}-{clock.now():%Y-%m-%d}-{secrets.token_hex(3)}"


def _judged(number: int, words: str) -> Line:
    field = Field.IP_MASK if is_network(words) else Field.IP
    try:
        return Line(number, words, field, canonical(field, words), "")
    except Invalid as invalid:
        return Line(number, words[:80], None, "", str(invalid))


def _drafts(wanted: Wanted, good: Sequence[Line]) -> list[Draft]:
    """A draft of each line; what they have in common is checked once."""
    columns = draft_of(replace(wanted, conditions=[(str(good[0].field), good[0].value)])).columns
    return [Draft({line.field: line.value}, columns) for line in good if line.field]


def _count_known(account_id: UUID, handles: Sequence[str]) -> int:
    """How many of these handles the account has rules for already.

    Which of them were deleted is not asked of the database: SQLite would read all of the account's rules for it, and
    not only these.
    """
    rules = Rule.objects.filter(account_id=account_id)
    parts = (handles[start : start + _AT_ONCE] for start in range(0, len(handles), _AT_ONCE))
    deletions = (rules.filter(handle__in=part).values_list("deleted_at", flat=True) for part in parts)
    return sum(deleted_at is None for part in deletions for deleted_at in part)


def _write(row: Rule, scopes: Mapping[str, Conditions]) -> None:
    """Store a rule for each scope; everything else is the row's."""
    named = {"handle": "", **dict.fromkeys(COLUMNS.values(), "")}
    fields = [field for field in Rule._meta.concrete_fields if field.name != "id"]
    shared = {field.name: field.value_from_object(row) for field in fields if field.name not in named}
    rows = [[handle, *(conditions.get(field, "") for field in COLUMNS)] for handle, conditions in scopes.items()]
    columns = [
        connection.ops.quote_name(str(field.column)) for field in fields if field.name not in {"account", "handle"}
    ]
    replaced = "DO UPDATE SET " + ", ".join(f"{column} = excluded.{column}" for column in columns)
    insert(Rule, list(named), rows, unique=("account", "handle"), conflict=replaced, shared=shared)
