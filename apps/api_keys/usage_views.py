"""The page about what a key was used for."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.api_keys.usage_models import CallOutcome
from apps.api_keys.usage_reading import Grain, KeyUsageReport, key_usage, key_usage_cells
from apps.listing.chart import Chart, Series
from apps.listing.csv_lines import csv_lines

CSV_HEADING: Final = ("hour", "operation", "outcome", "reason", "calls")
_SHOWN: Final = {Grain.HOUR: "48 hours", Grain.DAY: "30 days"}


@page
@require_safe
def usage(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Calls by time, outcome and operation; refusals, networks, and what the key may do."""
    grain = Grain.HOUR if request.GET.get("by") == Grain.HOUR else Grain.DAY
    report = key_usage(request.actor, key_id=key_id, grain=grain)
    context = {
        "report": report,
        "key": report.key,
        "chart": _chart(report),
        "shown": _SHOWN[grain],
        "grains": [(f"By {choice}", f"?by={choice}", choice is grain) for choice in Grain],
        "outcomes": CallOutcome,
        "log_url": f"{reverse('log')}?{urlencode({'actor': str(key_id)})}"
        if request.actor.may("getAuditEvents")
        else "",
    }
    return render(request, "api_keys/usage.html", context)


@page
@require_safe
def usage_csv(request: PageRequest, key_id: UUID) -> StreamingHttpResponse:
    """Every count of 30 days."""
    lines = csv_lines(CSV_HEADING, key_usage_cells(request.actor, key_id=key_id))
    disposition = f'attachment; filename="key-usage-{key_id}.csv"'
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _chart(report: KeyUsageReport) -> Chart:
    return Chart(
        id="calls-over-time",
        caption=f"Calls in the last {_SHOWN[report.grain]}",
        by=report.grain.value,
        series=[Series(outcome.value, str(outcome.label)) for outcome in CallOutcome],
        bars=report.times,
    )
