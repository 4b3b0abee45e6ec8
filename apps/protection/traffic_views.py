"""The pages about traffic: of the account, and of one site."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection import traffic_charts as charts
from apps.protection.spans import Grain
from apps.protection.traffic import count_traffic, total_of, traffic_by_site
from apps.protection.traffic_charts import Span, span_of
from apps.sites import operations as sites
from apps.sites.frame import render_tab
from apps.sites.models import Site
from apps.sites.page import site_page

SITES_SHOWN: Final = 50


@page
@require_safe
def account_traffic(request: PageRequest) -> HttpResponse:
    """What happens at all the sites that the reader sees, by time and by site."""
    span = span_of(request.GET.get("range", ""))
    context = _counts(request.actor, span, [])
    if _is_live_part(request):
        return render(request, "protection/_traffic.html", context)
    first, end = span.bounds(clock.now())
    by_site = traffic_by_site(request.actor, first=first, end=end, grain=span.grain)
    context |= {
        "by_site": by_site[:SITES_SHOWN],
        "more_sites": max(0, len(by_site) - SITES_SHOWN),
        "first_site": sites.list_sites(request.actor).order_by("-created_at", "-pk").first(),
        "records_url": reverse("records") if request.actor.may("searchCaptchaRecords") else "",
    }
    return render(request, "protection/traffic.html", context)


@site_page
@require_safe
def site_traffic(request: PageRequest, site_key: str) -> HttpResponse:
    """What happens at one site."""
    found = sites.get_site(request.actor, site_key=site_key)
    span = span_of(request.GET.get("range", ""))
    context = _counts(request.actor, span, [found.site_key])
    if _is_live_part(request):
        return render(request, "protection/_traffic.html", context)
    records_url = f"{reverse('records')}?site={found.site_key}"
    context |= {"records_url": records_url if request.actor.may("searchCaptchaRecords") else ""}
    return render_tab(request, found, "traffic", context, template="protection/site_traffic.html")


def recent_traffic(actor: Actor) -> dict[str, Any]:
    """What the overview shows: the last 24 hours of all the sites that the reader sees."""
    return _counts(actor, Span.DAY, [])


def recent_traffic_at(actor: Actor, site: Site) -> dict[str, Any]:
    """What a site's overview shows: its last 7 days."""
    return _counts(actor, Span.WEEK, [site.site_key])


def _counts(actor: Actor, span: Span, site_keys: list[str]) -> dict[str, Any]:
    now = clock.now()
    first, end = span.bounds(now)
    pieces = count_traffic(actor, first=first, end=end, grain=span.grain, site_keys=site_keys)
    total = total_of(pieces)
    return {
        "span": span,
        "is_live": span is Span.LIVE,
        "spans": [(choice.label, f"?range={choice.value}", choice is span) for choice in Span],
        "now": now,
        "total": total,
        "is_quiet": total.is_nothing,
        "has_no_traffic_yet": total.is_nothing and _was_never_any(actor, site_keys),
        "sums": charts.sums_of(total),
        "challenges": charts.challenges(pieces, total, span),
        "verifications": charts.verifications(pieces, span),
        "solve_rate": charts.solve_rate(pieces, span),
        "time_to_solve": charts.time_to_solve(pieces, span),
    }


def _was_never_any(actor: Actor, site_keys: list[str]) -> bool:
    """Whether the last 90 days saw nothing: then what is missing is the widget, not visitors."""
    first, end = Span.QUARTER.bounds(clock.now())
    return total_of(count_traffic(actor, first=first, end=end, grain=Grain.DAY, site_keys=site_keys)).is_nothing


def _is_live_part(request: HttpRequest) -> bool:
    """Whether the part of the page asks for itself that shows what happens now."""
    return bool(request.htmx) and request.htmx.target == "traffic"  # type: ignore[attr-defined]
