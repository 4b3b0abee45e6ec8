"""Which access rule acts on a visitor: for each request the same answer in every process, from rules in memory.

A process holds the rules of the accounts that it serves. Their version is read with the site (`with_rules_version`),
or in one query by primary key; when it has moved, what has changed since is read, and nothing else.
"""

import gc
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Final
from uuid import UUID

from apps.api_keys.networks import read_address
from apps.audit import clock
from apps.protection import geography
from apps.protection.conditions import UNKNOWN_COUNTRY, Field, handle_of
from apps.protection.rule_index import SELECTED, Entry, Found, RuleIndex
from apps.protection.rule_models import RAISED_BY, CaptchaType, Rule, RuleBook
from apps.protection.rule_models import RuleType as RuleType
from apps.protection.visitors import Visitor
from apps.sites.difficulty import level_for_pow
from apps.sites.models import Site

MOST_RULES_IN_MEMORY: Final = 500_000  # of all accounts together, in one process
READ_WHOLE_AFTER_SECONDS: Final = 86_400.0  # well before a deleted rule's row goes (`rule_models.KEPT_FOR`)
BEHIND_FOR_SECONDS: Final = 10.0  # for longer no request has read its site before the rules were read


@dataclass(frozen=True, slots=True)
class RuleHit:
    """The rule that acts.

    Attributes:
        handle: `userScopeHash`.
        type: block or restrict.
        level: of a restrict that names a difficulty: the level that the challenge has at least; else `None`.
        defers_to_verify: whether a block lets the visitor work and turns them away at the verification.
        description: as its maker wrote it.
        snapshot: the rule as JSON, for the record, because rules expire.
        raises_by: of a restrict that names no difficulty: the levels that the challenge has on top.
    """

    handle: str
    type: RuleType
    level: int | None
    defers_to_verify: bool
    description: str
    snapshot: dict[str, Any]
    raises_by: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule of which every condition holds.

    Attributes:
        rule: its row.
        points: one for each condition and one for the site.
        wins: whether it acts.
        reason: why it does, or does not.
    """

    rule: Rule
    points: int
    wins: bool
    reason: str


@dataclass(slots=True)
class _Held:
    """An account's rules as this process has them.

    Attributes:
        lock: held while they are searched or changed.
        index: the rules.
        version: of the book that they were read at; 0 before they were read.
        whole_at: when all of them were read, by the monotonic clock.
        refreshed_at: when anything of them was read, by the monotonic clock.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    index: RuleIndex = field(default_factory=RuleIndex)
    version: int = 0
    whole_at: float = 0.0
    refreshed_at: float = 0.0


_held: OrderedDict[UUID, _Held] = OrderedDict()
_held_lock = threading.Lock()


def winner(site: Site, visitor: Visitor) -> RuleHit | None:
    """The rule that acts on a visitor of a site; `None` when none does.

    Ranking: the most specific (a point for each condition, one for a site), then the harsher (block, image, puzzle,
    proof of work, plain restrict), then the newer. A rule whose time is over never acts.

    Args:
        site: with `rules_version` where it was read by `with_rules_version`; else its version is asked for.
        visitor: what is known; a condition on what is not known does not hold.
    """
    version = _version_for(site)
    if not version:
        return None
    now = clock.now().timestamp()
    facts = facts_of(visitor)
    with _rules_of(site.account_id, version) as rules:
        found = rules.best(site.pk, facts, lambda entry: _acts(entry, now))
    return _hit(site, found, facts) if found else None


def explain(site: Site, visitor: Visitor) -> list[Candidate]:
    """Every rule of which all conditions hold, the winner first, each with why it wins or loses.

    Args:
        site: as of `winner`.
        visitor: as of `winner`.
    """
    now = clock.now().timestamp()
    with _rules_of(site.account_id, _version_for(site)) as rules:
        found = list(rules.search(site.pk, facts_of(visitor)))
    found.sort(key=lambda one: (_acts(one.entry, now), *one.rank), reverse=True)
    rows = Rule.objects.select_related("site").in_bulk([one.entry.pk for one in found])
    known = [one for one in found if one.entry.pk in rows]
    return [
        Candidate(
            rule=rows[one.entry.pk],
            points=one.shape.points,
            wins=place == 0 and _acts(one.entry, now),
            reason=_reason(known, place, now),
        )
        for place, one in enumerate(known)
    ]


def facts_of(visitor: Visitor) -> dict[Field, str]:
    """What is known of a visitor. A country that the database does not know is one of its own; without one, none."""
    country = visitor.country or (UNKNOWN_COUNTRY if geography.knows_countries() else "")
    address = read_address(visitor.address)
    facts = {
        Field.IP: str(address or ""),
        Field.USER_ID: visitor.user_id,
        Field.JA4: visitor.ja4,
        Field.USER_AGENT: visitor.user_agent,
        Field.COUNTRY: country,
        Field.ASN: str(visitor.asn or ""),
    }
    return {field: value for field, value in facts.items() if value}


def forget_all() -> None:
    """Let go of everything in memory; it is read again when it is needed."""
    with _held_lock:
        _held.clear()


def _version_for(site: Site) -> int:
    known: int | None = getattr(site, "rules_version", None)
    if known is not None:
        return known
    version = RuleBook.objects.filter(account_id=site.account_id).values_list("version", flat=True).first()
    return version or 0


def _acts(entry: Entry, now: float) -> bool:
    return entry.expires_at is None or entry.expires_at > now


@contextmanager
def _rules_of(account_id: UUID, version: int) -> Iterator[RuleIndex]:
    """The account's rules, at least as new as `version`, for this thread alone inside the block."""
    with _held_lock:
        held = _held.setdefault(account_id, _Held())
        _held.move_to_end(account_id)
    with held.lock:
        _refresh(account_id, held, version)
        yield held.index


def _refresh(account_id: UUID, held: _Held, version: int) -> None:
    """Read what has changed since. Another thread may be further already; an old copy of the database is read whole."""
    now = time.monotonic()
    was_put_back = version < held.version and now - held.refreshed_at > BEHIND_FOR_SECONDS
    if not held.version or was_put_back or now - held.whole_at > READ_WHOLE_AFTER_SECONDS:
        held.index = RuleIndex()
        with _without_collector():
            held.index.take(_rows(Rule.objects.kept().filter(account_id=account_id)))
        held.whole_at = now
    elif version > held.version:
        held.index.take(_rows(Rule.objects.filter(account_id=account_id, version__gt=held.version)))
    else:
        return
    held.version, held.refreshed_at = version, now
    _stay_bounded(account_id)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let nothing look for garbage meanwhile: among 100,000 new rules there is none, and looking doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _rows(rules: Any) -> Any:
    return rules.values_list(*SELECTED).iterator(chunk_size=5000)


def _stay_bounded(asked_for: UUID) -> None:
    """Let go of the accounts that were not asked for the longest, but never of the one that is asked for now."""
    with _held_lock:
        total = sum(len(held.index) for held in _held.values())
        for account_id in [account_id for account_id in _held if account_id != asked_for]:
            if total <= MOST_RULES_IN_MEMORY:
                return
            total -= len(_held.pop(account_id).index)


def _hit(site: Site, found: Found, facts: dict[Field, str]) -> RuleHit:
    shape, entry = found
    options = entry.options
    conditions = _conditions_of(found, facts)
    snapshot = {
        "userScopeHash": handle_of(conditions, site.site_key if shape.is_for_site else ""),
        "type": options.type,
        "description": options.description,
        "conditions": [{"field": str(field), "value": value} for field, value in conditions.items()],
        "siteKey": site.site_key if shape.is_for_site else None,
        "ruleGroupId": options.group or None,
        "captchaType": options.captcha_type or None,
        "powDifficulty": options.pow_difficulty,
        "deferToVerify": options.defers_to_verify,
    }
    restricts, difficulty = options.type == RuleType.RESTRICT, options.pow_difficulty
    return RuleHit(
        handle=str(snapshot["userScopeHash"]),
        type=RuleType(options.type),
        level=level_for_pow(difficulty, site.level) if restricts and difficulty is not None else None,
        defers_to_verify=options.defers_to_verify,
        description=options.description,
        snapshot=snapshot,
        raises_by=RAISED_BY[options.captcha_type] if restricts and difficulty is None else 0,
    )


def _conditions_of(found: Found, facts: dict[Field, str]) -> dict[Field, str]:
    """The conditions of a rule that matches: its values are those of the visitor, its network lies around them."""
    shape = found.shape
    conditions = {field: facts[field] for field in shape.fields}
    if shape.ip_version:
        conditions[Field.IP_MASK] = str(ip_network(f"{facts[Field.IP]}/{shape.prefix_length}", strict=False))
    return {field: conditions[field] for field in Field if field in conditions}


def _reason(ranked: Sequence[Found], place: int, now: float) -> str:
    """Why the rule at this place of the ranking acts, or does not."""
    one, first = ranked[place], ranked[0]
    if not _acts(one.entry, now):
        ended_at = datetime.fromtimestamp(one.entry.expires_at or 0, UTC)
        return f"It expired at {ended_at:%Y-%m-%d %H:%M} UTC."
    if place == 0:
        rivals = [rival for rival in ranked[1:] if _acts(rival.entry, now)]
        return _why(one, rivals[0]) if rivals else "It is the only rule of which everything holds."
    return _why_not(one, first)


def _why(one: Found, rival: Found) -> str:
    if one.shape.points > rival.shape.points:
        return f"It is the most specific: {_points(one)} against {_points(rival)} of the next."
    if one.entry.options.harshness > rival.entry.options.harshness:
        return f"It is as specific as the next ({_points(one)}), and harsher: {_does(one)} against {_does(rival)}."
    return f"It is as specific and as harsh as the next ({_points(one)}, {_does(one)}), and newer."


def _why_not(one: Found, first: Found) -> str:
    if one.shape.points < first.shape.points:
        return f"It is less specific: {_points(one)} against {_points(first)}."
    if one.entry.options.harshness < first.entry.options.harshness:
        return f"It is as specific ({_points(one)}), and milder: {_does(one)} against {_does(first)}."
    return f"It is as specific and as harsh ({_points(one)}, {_does(one)}), and older."


def _points(one: Found) -> str:
    return "1 point" if one.shape.points == 1 else f"{one.shape.points} points"


def _does(one: Found) -> str:
    options = one.entry.options
    if options.type == RuleType.BLOCK:
        return "block"
    return f"restrict ({CaptchaType(options.captcha_type).label.lower()})" if options.captcha_type else "restrict"
