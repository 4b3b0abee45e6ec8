"""The pages about records: searching them, and the story of one."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.listing import days
from apps.listing.csv_lines import csv_lines
from apps.listing.keyset import page_of
from apps.permissions.refusals import NotFound
from apps.protection.outcome_words import WORDS, words_for
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord, CaptchaRecordQuerySet, Device, RecordStatus
from apps.protection.record_rows import COLUMNS, LAST_RECORDED_FIRST, RecordRow, cells_of
from apps.protection.record_story import story_of
from apps.protection.records import RecordFilter, count_up_to, get_record, search_records
from apps.protection.rules import list_rules
from apps.sites import operations as sites
from apps.sites import site_key

PAGE_SIZE: Final = 50
CHUNK: Final = 2000  # records held in memory at once by an export
_FIELDS: Final = ("q", "site", "status", "outcome", "address", "country", "device", "rule", "user", *days.FIELDS)
_SELDOM: Final = frozenset({Outcome.TEST_PASSED, Outcome.TEST_FAILED})


@page
@require_safe
def records(request: PageRequest) -> HttpResponse:
    """Records, filtered, newest first, in keyset pages that cost the same at any depth."""
    chosen = _chosen(request.GET)
    found = _found(request, chosen)
    rows = page_of(
        found.select_related("site"), LAST_RECORDED_FIRST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE
    )
    query = urlencode({name: value for name, value in chosen.items() if value})
    listed = sites.list_sites(request.actor).to_choose_from(chosen["site"])
    total, is_exact = count_up_to(found)
    context = {
        "page": rows,
        "rows": [RecordRow(row) for row in rows.rows],
        "total": total,
        "total_is_exact": is_exact,
        "chosen": chosen,
        "is_filtered": bool(query),
        "query": query,
        "sites": [(site.site_key, site.name) for site in listed],
        "statuses": RecordStatus.choices,
        "outcomes": [(outcome.value, words.label) for outcome, words in WORDS.items() if outcome not in _SELDOM],
        "devices": Device.choices,
        "newer_url": _page_url(query, rows.previous_cursor),
        "older_url": _page_url(query, rows.next_cursor),
    }
    is_fragment = bool(request.htmx) and request.htmx.target == "records"  # type: ignore[attr-defined]
    return render(request, "protection/_records.html" if is_fragment else "protection/records.html", context)


@page
@require_safe
def record(request: PageRequest, record_id: UUID) -> HttpResponse:
    """The story of one challenge."""
    found = get_record(request.actor, record_id=record_id)
    context = {
        "record": found,
        "row": RecordRow(found),
        "words": words_for(found.outcome),
        "story": story_of(found),
        "is_never_given": found.issued_at is None and found.status == RecordStatus.BLOCKED,
        "rule_url": _rule_url(request, found),
        "same_address_url": _search_url(address=found.address),
        "same_user_url": _search_url(user=found.user_id),
        "same_rule_url": _search_url(rule=found.rule_handle),
    }
    return render(request, "protection/record.html", context)


@page
@require_safe
def records_csv(request: PageRequest) -> StreamingHttpResponse:
    """What is filtered, as CSV."""
    found = _found(request, _chosen(request.GET)).select_related("site")
    lines = csv_lines(tuple(COLUMNS), (cells_of(row) for row in found.iterator(chunk_size=CHUNK)))
    disposition = 'attachment; filename="captcha-records.csv"'
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _found(request: PageRequest, chosen: dict[str, str]) -> CaptchaRecordQuerySet:
    """The records that fit; of a site that the reader does not know, none."""
    wanted = RecordFilter(
        status=chosen["status"],
        outcome=chosen["outcome"],
        address=chosen["address"],
        country=chosen["country"],
        device=chosen["device"],
        rule=chosen["rule"],
        user_id=chosen["user"],
        text=chosen["q"],
        first=days.start_of(chosen["from"], chosen["zone"]),
        end=days.end_of(chosen["to"], chosen["zone"]),
    )
    try:
        return search_records(request.actor, wanted=wanted, site_key=chosen["site"])
    except NotFound:
        return CaptchaRecord.objects.none()


def _chosen(query: QueryDict) -> dict[str, str]:
    chosen = {name: query.get(name, "").strip()[:200] for name in _FIELDS}
    if key := site_key.read(chosen["site"]):
        chosen["site"] = site_key.spell(key)
    known = (("status", RecordStatus.values), ("outcome", list(Outcome)), ("device", Device.values))
    return days.with_known_zone(chosen | {name: "" for name, values in known if chosen[name] not in values})


def _rule_url(request: PageRequest, found: CaptchaRecord) -> str:
    """The rule that acted, as long as there is one that the reader may see."""
    if not found.rule_handle or not request.actor.may("getRules"):
        return ""
    is_there = list_rules(request.actor).filter(handle=found.rule_handle).exists()
    return reverse("rule", args=[found.rule_handle]) if is_there else ""


def _search_url(**wanted: Any) -> str:
    """The search for records that are alike in one thing; empty where there is nothing to be alike in."""
    return f"{reverse('records')}?{urlencode(wanted)}" if all(wanted.values()) else ""


def _page_url(query: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"{reverse('records')}?{query}{'&' if query else ''}cursor={cursor}"
