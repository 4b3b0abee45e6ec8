"""Many rules at once from a list of addresses and networks: what each line is, and the operation that takes them."""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation
from apps.permissions.refusals import Invalid
from apps.protection import rule_access as access
from apps.protection.conditions import Field, canonical, handle_of, is_network
from apps.protection.rule_drafts import Draft, Wanted, clean_group, draft_of
from apps.protection.rule_models import Rule
from apps.protection.rules import columns_to_replace, new_row, next_version, require_room, told_of
from apps.sites.models import Site

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


def known_handles(account_id: UUID, values: Iterable[tuple[Field, str]], site: Site | None) -> set[str]:
    """The handles among those of single-condition rules that the account has rules for already."""
    site_key = site.site_key if site else ""
    handles = [handle_of({field: value}, site_key) for field, value in values]
    return {
        handle
        for some in _in_parts(handles)
        for handle in Rule.objects.kept()
        .filter(account_id=account_id, handle__in=some)
        .values_list("handle", flat=True)
    }


@operation("createRule", Action.RULES_IMPORTED)
def import_rules(actor: Actor, *, lines: Sequence[Line], wanted: Wanted, site_key: str = "") -> Imported:
    """Make a rule of each good line, in the place of one with the same scope; all of them or none.

    Args:
        actor: who.
        lines: as `read_lines` gives them; those with a problem are left out.
        wanted: what all of them shall be; its conditions are not looked at, and without a group they get one.
        site_key: the site that they act on; empty for all of the account.

    Raises:
        Invalid: with everything that is wrong, by field; or when no line is good.
        NotFound: for a site that the actor may not know of.
        TooManyRules: when the account would have more than it may have.
        Forbidden: without `createRule`, or where the actor may not change the site, or the whole account.
    """
    good = [line for line in lines if line.is_good and line.field]
    if not good:
        raise Invalid({"lines": "No line of the list is an address or a network that is not in it twice."})
    wanted = replace(wanted, group=clean_group(wanted.group) or new_group("import"))
    drafts = _drafts(wanted, good)
    site = access.place_to_write(actor, site_key, permission="createRule")
    version = next_version(actor.own_account_id)
    values = [(line.field, line.value) for line in good if line.field]
    known = known_handles(actor.own_account_id, values, site)
    require_room(actor.own_account_id, len(good) - len(known))
    rows = [new_row(actor, draft, site, version) for draft in drafts]
    Rule.objects.bulk_create(
        rows,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["account", "handle"],
        update_fields=columns_to_replace(),
    )
    made = Imported(len(good) - len(known), len(known), wanted.group)
    told = {name: (None, value) for name, value in told_of(rows[0]).items() if name != "conditions" and value}
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


def _in_parts(handles: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(handles), _AT_ONCE):
        yield handles[start : start + _AT_ONCE]
