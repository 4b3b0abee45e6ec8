"""Writing notes: records and counts, all of a batch or nothing, exact however many processes write at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from apps.counting.upsert import insert, insert_returning
from apps.protection.record_drafts import Row, rows_of
from apps.protection.record_models import CaptchaRecord
from apps.protection.record_notes import Cell, Notes
from apps.protection.rule_models import Rule
from apps.protection.spans import Grain
from apps.protection.traffic_models import (
    BUCKETS,
    COUNTS,
    ROLL_UPS,
    SOLVE_BOUNDS_MS,
    Traffic,
)
from apps.sites.models import Site

_FIELDS: Final = (
    "id",
    "account",
    "site",
    "recorded_at",
    "issued_at",
    "answered_at",
    "status",
    "outcome",
    "reason",
    "accepted",
    "refused",
    "solutions",
    "solve_ms",
    "level",
    "address",
    "user_agent",
    "device",
    "country",
    "asn",
    "ja4",
    "user_id",
    "origin",
    "rule_handle",
    "rule_type",
    "rule",
)
_TOLD_BY_THE_LAST: Final = ("status", "outcome", "reason", "user_id", "rule_handle", "rule_type", "rule")
_JOINED: Final = (
    "DO UPDATE SET "
    + ", ".join(
        f"{name} = CASE WHEN {{table}}.accepted > 0 THEN {{table}}.{name} ELSE excluded.{name} END"
        for name in _TOLD_BY_THE_LAST
    )
    + ", "
    + ", ".join(f"{name} = {{table}}.{name} + excluded.{name}" for name in ("accepted", "refused", "solutions"))
    + ", solve_ms = COALESCE({table}.solve_ms, excluded.solve_ms)"
    + ", answered_at = CASE WHEN {table}.answered_at > excluded.answered_at"
    " THEN {table}.answered_at ELSE excluded.answered_at END"
    " WHERE {table}.site_id = excluded.site_id"
)
"""A challenge that is answered again stays one record; the first acceptance stays, else the last refusal counts."""

_CELL: Final = ("site", "begins_at")
_ADDED: Final = "DO UPDATE SET " + ", ".join(f"{name} = {{table}}.{name} + excluded.{name}" for name in COUNTS)

Counts = dict[tuple[int, datetime], dict[str, int]]


def store(notes: Notes) -> int:
    """Write a batch; the caller opens the transaction, so that it is all of it or nothing.

    Rows are written in one order by everybody, so that no two processes wait for each other. What belongs to a site
    that was purged meanwhile is dropped.

    Returns:
        How many records were written.

    Raises:
        django.db.Error: when the database is away; nothing was written then.
    """
    wanted = {cell.site_id for cell in notes.counts} | {story.site_id for story in notes.stories()}
    known = set(Site.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    rows = rows_of(story for story in notes.stories() if story.site_id in known)
    _copy_rules(rows.values())
    solved = _write_records(rows)
    counts = _by_minute(notes.counts, known)
    for row in solved:
        _count_solution(counts, row)
    for grain, model in ROLL_UPS.items():
        _add(model, _rolled_up(counts, grain))
    return len(rows)


def bucket_of(solve_ms: int) -> str:
    """The column that counts solutions which took so long."""
    place = sum(solve_ms > bound for bound in SOLVE_BOUNDS_MS)
    return BUCKETS[place]


def _write_records(rows: Mapping[UUID, Row]) -> list[Row]:
    """Write them, and find those whose challenge was solved for the first time.

    A row that is written is locked, and says how many solutions it has now: if that is as many as this batch brought,
    there was none before. So each solved challenge is found once in all, whatever process writes it.
    """
    values = [[row[name] for name in _FIELDS] for _, row in sorted(rows.items())]
    written = insert_returning(
        CaptchaRecord, _FIELDS, values, unique=("id",), conflict=_JOINED, returning=("id", "solutions")
    )
    return [rows[key] for key, solutions in written if solutions and solutions == rows[key]["solutions"]]


def _copy_rules(rows: Iterable[Row]) -> None:
    """Copy in the rules that only their handles are known of: an answer carries no more of the challenge's rule."""
    told = [row for row in rows if row["rule_handle"] and not row["rule"]]
    if not told:
        return
    wanted = Rule.objects.select_related("site").filter(handle__in={row["rule_handle"] for row in told})
    rules = {(rule.account_id, rule.handle): rule for rule in wanted}
    for row in told:
        if rule := rules.get((row["account"], row["rule_handle"])):
            row["rule_type"], row["rule"] = rule.type, _snapshot_of(rule)


def _snapshot_of(rule: Rule) -> dict[str, Any]:
    """The rule as `matching.RuleHit.snapshot` has it."""
    return {
        "userScopeHash": rule.handle,
        "type": rule.type,
        "description": rule.description,
        "conditions": [{"field": str(field), "value": value} for field, value in rule.conditions.items()],
        "siteKey": rule.site.site_key if rule.site else None,
        "ruleGroupId": rule.group or None,
        "captchaType": rule.captcha_type or None,
        "powDifficulty": rule.pow_difficulty,
        "deferToVerify": rule.defers_to_verify,
    }


def _by_minute(cells: Mapping[Cell, int], known: set[int]) -> Counts:
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for cell, count in cells.items():
        if cell.site_id in known:
            counts[cell.site_id, cell.minute][cell.name] += count
    return counts


def _count_solution(counts: Counts, row: Row) -> None:
    cell = counts[row["site"], Grain.MINUTE.begin(row["answered_at"])]
    cell["solved"] += 1
    if row["solve_ms"] is not None:
        cell["solve_ms_total"] += row["solve_ms"]
        cell[bucket_of(row["solve_ms"])] += 1


def _rolled_up(counts: Counts, grain: Grain) -> Counts:
    sums: Counts = defaultdict(lambda: defaultdict(int))
    for (site_id, moment), cell in counts.items():
        into = sums[site_id, grain.begin(moment)]
        for name, count in cell.items():
            into[name] += count
    return sums


def _add(model: type[Traffic], counts: Counts) -> None:
    rows = [[*key, *(cell.get(name, 0) for name in COUNTS)] for key, cell in sorted(counts.items())]
    insert(model, (*_CELL, *COUNTS), rows, unique=_CELL, conflict=_ADDED)
