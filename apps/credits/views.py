"""The pages about credits: what there is, where it went, and the way to more."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import models
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.confirmation import confirmed
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.credits import operations
from apps.credits.forms import GrantForm
from apps.credits.models import EntryKind, Grant, LedgerEntryQuerySet
from apps.credits.spending import DAYS_SHOWN, CreditsReport, get_credits_report
from apps.listing.chart import Chart, Series
from apps.listing.csv_lines import csv_lines
from apps.listing.keyset import Order, page_of
from apps.permissions.actor import Actor
from apps.permissions.refusals import Invalid
from apps.permissions.roles import Role

PAGE_SIZE: Final = 25
LAST_ENTERED_FIRST: Final = Order(models.F("id"), descending=True, value_type=int)
CSV_HEADING: Final = ("at", "kind", "credits", "available", "price", "reference", "by", "reason")


@page
@require_safe
def credits(request: PageRequest) -> HttpResponse:
    """The balance, what was spent each day, and the history."""
    kind, work = _kind(request), _work(request)
    entries = operations.list_entries(request.actor, kind=kind, work=work).with_work()
    query = {name: str(value) for name, value in (("kind", kind), ("work", work)) if value}
    rows = page_of(entries, LAST_ENTERED_FIRST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "page": rows,
        "kind": kind,
        "work": work,
        "query": urlencode(query),
        "kinds": EntryKind.choices,
        "newer_url": _page_url(query, rows.previous_cursor),
        "older_url": _page_url(query, rows.next_cursor),
    }
    if request.htmx and request.htmx.target == "history":  # type: ignore[attr-defined]
        return render(request, "credits/_history.html", context)
    report, now = get_credits_report(request.actor), operations.get_balance(request.actor)
    may_grant = request.actor.may("grantCredits") and request.actor.role is Role.OWNER
    context |= {"report": report, "now": now, "is_low": now.available < report.price}
    command = f"manage.py grant_credits --account {request.actor.account_id} --amount 100"
    context |= {"chart": _chart(report), "may_grant": may_grant, "command": command}
    return render(request, "credits/credits.html", context)


@page
@require_safe
def credits_csv(request: PageRequest) -> StreamingHttpResponse:
    """The history, as it is filtered, newest first."""
    entries = operations.list_entries(request.actor, kind=_kind(request), work=_work(request))
    lines = csv_lines(CSV_HEADING, _cells(entries))
    headers = {"Content-Disposition": 'attachment; filename="credits.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _may_grant(actor: Actor, *, permission: str, **_: object) -> None:
    actor.require(permission)
    operations.require_owner(actor)


@page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(operations.grant_credits, may=_may_grant)
@sent_once(then="credits")
def grant(request: PageRequest) -> HttpResponse:
    """Grant credits to the account that the owner works in."""
    form = GrantForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (granted := _granted(request, form)):
        words = "1 credit is" if granted.amount == 1 else f"{granted.amount:,} credits are"
        messages.success(request, f"{words} granted. They can be spent from now on.")
        return redirect("credits")
    return render(request, "credits/grant.html", {"form": form}, status=422 if form.errors else 200)


def _granted(request: PageRequest, form: GrantForm) -> Grant | None:
    """The grant; `None` when the form shows what cannot be used."""
    amount, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
    try:
        return operations.grant_credits(request.actor, amount=amount, reason=reason, expires_at=form.expires_at)
    except Invalid as refusal:
        form.show(refusal.errors)
        return None


def _chart(report: CreditsReport) -> Chart:
    return Chart(
        id="credits-by-day",
        caption=f"Credits spent in the last {DAYS_SHOWN} days",
        by="day",
        series=[Series("done", "Spent"), Series("limited", "Refunded")],
        bars=report.days,
    )


def _cells(entries: LedgerEntryQuerySet) -> Iterator[tuple[Any, ...]]:
    for entry in entries.order_by("-pk").iterator(chunk_size=1000):
        price = "" if entry.price is None else entry.price
        said = (price, entry.reference or "", entry.actor_label, entry.reason)
        yield entry.at.isoformat(timespec="seconds"), entry.kind, entry.amount, entry.available, *said


def _kind(request: PageRequest) -> str:
    chosen = request.GET.get("kind", "")
    return chosen if chosen in EntryKind.values else ""


def _work(request: PageRequest) -> UUID | None:
    """The piece of work that the address names; what is no id counts as not asked."""
    try:
        return UUID(request.GET.get("work", ""))
    except ValueError:
        return None


def _page_url(query: dict[str, str], cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"{reverse('credits')}?{urlencode({**query, 'cursor': cursor})}"
