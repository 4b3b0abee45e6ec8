"""The first page of one site."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest
from apps.protection.traffic_views import recent_traffic_at
from apps.sites import access
from apps.sites.frame import events_of, render_tab
from apps.sites.operations import get_site
from apps.sites.page import site_page


@site_page
@require_safe
def site_overview(request: PageRequest, site_key: str) -> HttpResponse:
    """What the site is, what happens at it, who reaches it, and what was done to it last; as far as one may see it."""
    actor = request.actor
    found = get_site(actor, site_key=site_key)
    oversees = access.may_oversee(actor, found)
    traffic = recent_traffic_at(actor, found) if actor.may("getTraffic") else None
    context = {
        "creator": access.creator_of(found),
        "shares": found.shares.select_related("person").order_by("created_at", "pk") if oversees else None,
        "traffic": traffic,
        "traffic_url": f"{reverse('site_traffic', args=[found.site_key])}?range={traffic['span']}" if traffic else "",
        "install_url": reverse("site_install", args=[found.site_key]),
        "events": events_of(request, found)[:5] if actor.may("getAuditEvents") else None,
    }
    return render_tab(request, found, "overview", context)
