"""The first page after signing in."""

from datetime import timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.api_keys.models import EXPIRES_SOON
from apps.api_keys.operations import list_keys
from apps.audit import clock
from apps.audit.operations import list_events
from apps.protection.traffic_views import recent_traffic
from apps.sites.operations import list_sites

RECENT: Final = 8


@page
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    """What there is, what needs attention, and what happened last; each as far as the reader may see it."""
    actor = request.actor
    sites = list_sites(actor)
    keys = list_keys(actor) if actor.may("getApiKeys") else None
    events = list_events(actor) if actor.may("getAuditEvents") else None
    now = clock.now()
    expiring = (
        keys.filter(expires_at__gt=now, expires_at__lte=now + EXPIRES_SOON).order_by("expires_at")
        if keys is not None
        else None
    )
    context = {
        "active_sites": sites.active().count(),
        "inactive_sites": sites.inactive().count(),
        "recent_sites": sites.order_by("-updated_at", "-pk")[:5],
        "keys_count": keys.count() if keys is not None else None,
        "expiring_keys": expiring,
        "events_today": events.filter(at__gte=now - timedelta(days=1)).count() if events is not None else None,
        "refused_today": events.filter(at__gte=now - timedelta(days=1), outcome="refused").count()
        if events is not None
        else None,
        "recent_events": events[:RECENT] if events is not None else None,
        "traffic": recent_traffic(actor) if actor.may("getTraffic") else None,
        "may_create_site": actor.may("createSite"),
        "may_create_key": actor.may("createApiKey"),
    }
    return render(request, "dashboard/overview.html", context)
