"""Every component on one page, for those who build pages. Served in development only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.page import public_to_read
from apps.listing.chart import Bar, Chart, Series

CURL = "curl https://captcha.example.com/api/sites \\\n  -H 'Authorization: Bearer nct_…'"


class ExampleForm(forms.Form):
    """One field of each kind, with values that show their errors."""

    name = forms.CharField(help_text="Shown in the log beside everything this key does.")
    email = forms.EmailField(label="E-mail address")
    networks = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), required=False, label="Only from these networks"
    )
    role = forms.ChoiceField(choices=[("member", "Member"), ("viewer", "Viewer")])
    mode = forms.ChoiceField(choices=[("on", "On"), ("off", "Off")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="I know that this cannot be undone")


GROUPS: list[dict[str, Any]] = [
    {
        "slug": "sites",
        "label": "Sites",
        "help": "Names, domains, settings",
        "permissions": [("getSites", 0, ""), ("createSite", 1, "getSites"), ("deleteSite", 1, "getSites")],
    },
    {
        "slug": "secrets",
        "label": "Secrets",
        "help": "Rotate; a secret is never readable",
        "permissions": [("getSecrets", 0, "getSites"), ("rotateSecret", 1, "getSecrets getSites")],
    },
    {"slug": "traffic", "label": "Traffic", "help": "Counts over time", "permissions": [("getTraffic", 0, "getSites")]},
]


@public_to_read
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in the current theme."""
    if not settings.DEVELOPMENT:
        raise Http404
    if request.method == "GET":
        messages.success(request, "Shop was created.")
        messages.error(request, "The last owner cannot leave. Make somebody else an owner first.")
    now = timezone.now()
    context = {
        "form": ExampleForm(),
        "failed": ExampleForm({"name": "", "email": "nobody", "mode": "maybe"}, auto_id="failed_%s"),
        "now": now,
        "earlier": now - timedelta(hours=3),
        "later": now + timedelta(days=12),
        "tabs": [("Overview", "#", True), ("Secrets", "#", False), ("Sharing", "#", False), ("Settings", "#", False)],
        "curl": CURL,
        "snippets": [("With curl", CURL)],
        "secret": "nct_0123456789abcdefghijABCDEFGHIJ12examples",
        "chart": _chart(now),
        "groups": GROUPS,
    }
    return render(request, "dashboard/styleguide.html", context)


def _chart(now: datetime) -> Chart:
    """A week and a half of calls."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [(320 + 37 * day % 210, 9 * day % 31, 4 * day % 19, 45 if day == 6 else 0, day % 3) for day in range(11)]
    return Chart(
        id="sample-chart",
        caption="Calls in the last 11 days",
        by="day",
        series=[Series(paint, paint.title()) for paint in ("done", "refused", "invalid", "limited", "failed")],
        bars=[Bar(today - timedelta(days=10 - day), counts) for day, counts in enumerate(days)],
    )
