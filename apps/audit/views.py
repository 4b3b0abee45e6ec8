"""The pages about the audit log."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.audit import operations
from apps.audit.actions import Action
from apps.audit.export import csv_lines, json_lines
from apps.audit.models import Outcome
from apps.audit.operations import EventFilter
from apps.listing import days
from apps.listing.keyset import LAST_IN_CHAIN_FIRST, page_of

PAGE_SIZE: Final = 50
LARGEST_SEQUENCE: Final = (1 << 63) - 1
_FIELDS: Final = ("actor", "action", "outcome", "site", *days.FIELDS)


@page
@require_safe
def log(request: PageRequest) -> HttpResponse:
    """The log: filtered, newest first, keyset pages at the same cost at any depth."""
    chosen = _chosen(request.GET)
    events = operations.list_events(request.actor)
    cursor = request.GET.get("cursor", "")
    rows = page_of(_filter(chosen).narrow(events), LAST_IN_CHAIN_FIRST, cursor=cursor, size=PAGE_SIZE)
    query = urlencode({name: value for name, value in chosen.items() if value})
    context = {
        "page": rows,
        "chosen": chosen,
        "is_filtered": bool(query),
        "query": query,
        "actions": Action.choices,
        "outcomes": Outcome.choices,
        "newer_url": _page_url(query, rows.previous_cursor),
        "older_url": _page_url(query, rows.next_cursor),
        "may_export": request.actor.may("exportAuditEvents"),
    }
    is_fragment = bool(request.htmx) and request.htmx.target == "events"  # type: ignore[attr-defined]
    return render(request, "audit/_list.html" if is_fragment else "audit/log.html", context)


@page
@require_safe
def event(request: PageRequest, sequence: int) -> HttpResponse:
    """One event with its differences and its place in the chain."""
    found = operations.get_event(request.actor, sequence=min(sequence, LARGEST_SEQUENCE))
    has_next = operations.list_events(request.actor).filter(sequence=found.sequence + 1).exists()
    return render(request, "audit/event.html", {"event": found, "has_next": has_next})


@page
@require_safe
def check(request: PageRequest) -> HttpResponse:
    """Whether the log stands as it was written, read from its first event to its last."""
    return render(request, "audit/check.html", {"report": operations.check_log(request.actor)})


@page
@require_safe
def export_csv(request: PageRequest) -> StreamingHttpResponse:
    """What is filtered, as CSV."""
    events = operations.export_events(request.actor, wanted=_filter(_chosen(request.GET)), form="csv")
    return _download(csv_lines(events), "text/csv; charset=utf-8", "audit-log.csv")


@page
@require_safe
def export_jsonl(request: PageRequest) -> StreamingHttpResponse:
    """What is filtered, as JSON Lines."""
    events = operations.export_events(request.actor, wanted=_filter(_chosen(request.GET)), form="jsonl")
    return _download(json_lines(events), "application/jsonl", "audit-log.jsonl")


def _download(lines: Any, content_type: str, filename: str) -> StreamingHttpResponse:
    disposition = f'attachment; filename="{filename}"'
    return StreamingHttpResponse(lines, content_type=content_type, headers={"Content-Disposition": disposition})


def _chosen(query: QueryDict) -> dict[str, str]:
    chosen = {name: query.get(name, "").strip()[:200] for name in _FIELDS}
    chosen["action"] = chosen["action"] if chosen["action"] in Action.values else ""
    chosen["outcome"] = chosen["outcome"] if chosen["outcome"] in Outcome.values else ""
    return days.with_known_zone(chosen)


def _filter(chosen: dict[str, str]) -> EventFilter:
    return EventFilter(
        actor=chosen["actor"],
        action=chosen["action"],
        outcome=chosen["outcome"],
        site=chosen["site"],
        first=days.start_of(chosen["from"], chosen["zone"]),
        end=days.end_of(chosen["to"], chosen["zone"]),
        described={name: value for name, value in chosen.items() if value},
    )


def _page_url(query: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"{reverse('log')}?{query}{'&' if query else ''}cursor={cursor}"
