"""Importing sites from a file: try it out, see line by line what would happen, then let a task create them."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.audit import clock
from apps.listing.csv_lines import csv_lines
from apps.listing.csv_reading import MOST_BYTES, UnreadableTable, text_of
from apps.permissions.refusals import NotFound
from apps.tasks.bulk_columns import UNDERSTOOD
from apps.tasks.bulk_lines import MOST_LINES, DryRun, dry_run
from apps.tasks.bulk_models import SiteImport, keep_file
from apps.tasks.bulk_page import csv_download, leave_for, part_of
from apps.tasks.kinds import Kind
from apps.tasks.work import start_task

_GONE: Final = (
    "This file is not here any more. It is kept for a day, until it is imported or another one is tried out."
    " Try it out again."
)
_TEMPLATE: Final = (
    ("Shop", "shop.example", "", "yes", "medium", "21600"),
    ("Booking", "booking.example http://localhost:8000", "", "", "fast", ""),
)
_TEMPLATE_HEADING: Final = ("name", "domain", "organization", "protection_enabled", "growth", "validity_seconds")


class ImportForm(forms.Form):
    """A file, or its text."""

    table = forms.FileField(
        label="CSV file",
        required=False,
        allow_empty_file=True,
        help_text=f"UTF-8; up to {MOST_LINES:,} lines and {MOST_BYTES:,} bytes. Comma, semicolon or tab.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    text = forms.CharField(
        label="Or paste it here",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 8,
                "spellcheck": "false",
                "maxlength": 900_000,
                "placeholder": "name,domain\nShop,shop.example",
            }
        ),
    )

    @property
    def content(self) -> bytes:
        """What was sent, no more of it than shows that it is too much.

        Raises:
            UnreadableTable: when there is none, or two.
        """
        sent: UploadedFile | None = self.cleaned_data["table"]
        typed: str = self.cleaned_data["text"]
        if sent and typed.strip():
            raise UnreadableTable("There is a file and a pasted text. Send one of them.")
        if not sent and not typed.strip():
            raise UnreadableTable("There is nothing yet. Choose a file, or paste its text.")
        if not sent:
            return typed.encode("utf-8", "replace")
        if sent.size and sent.size > MOST_BYTES:
            raise UnreadableTable(f"The file has {sent.size:,} bytes; at most {MOST_BYTES:,} are taken. Split it.")
        return bytes(sent.read())


@page
@require_http_methods(["GET", "HEAD", "POST"])
def import_sites(request: PageRequest) -> HttpResponse:
    """Take a file and try it out. Nothing is created."""
    request.actor.require("createSite")
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        try:
            text = text_of(form.content)
            dry_run(request.actor, text)
        except UnreadableTable as refusal:
            form.add_error("table" if form.cleaned_data["table"] else "text", str(refusal))
        else:
            kept = keep_file(person_id=request.user.pk, account_id=request.actor.own_account_id, text=text)
            return redirect("import_check", import_id=kept.pk)
    context = {"form": form, "columns": UNDERSTOOD.items()}
    return render(request, "bulk/import.html", context, status=422 if form.errors else 200)


@page
@require_safe
def import_template(request: PageRequest) -> StreamingHttpResponse:
    """A file to begin with."""
    request.actor.require("createSite")
    return csv_download(csv_lines(_TEMPLATE_HEADING, _TEMPLATE), "sites-template.csv")


@page
@require_safe
def import_check(request: PageRequest, import_id: UUID) -> HttpResponse:
    """What the file would do now, line by line, those with errors first."""
    request.actor.require("createSite")
    kept = _kept(request, import_id)
    return _shown(request, kept, dry_run(request.actor, kept.text))


@page
@require_POST
@sent_once(then="sites")
def import_start(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Start the task that creates the sites, if the file would still do what was shown."""
    kept = _kept(request, import_id)
    found = dry_run(request.actor, kept.text)
    good = found.good
    if request.POST.get("count") != str(len(good)) or (found.bad and request.POST.get("leave_out") != "yes"):
        request.actor.require("createSite")
        messages.error(request, "Nothing was created: the lines below are not those that were agreed to. Look again.")
        return _shown(request, kept, found, status=409)
    title = f"Import {_counted(len(good))}"
    task = start_task(
        request.actor,
        kind=Kind.SITES_CREATE,
        inputs=[line.task_input for line in good],
        title=title,
        idempotency_key=f"import {kept.pk}",
    )
    kept.delete()
    messages.success(request, f"{_counted(len(good))} are being created. They have no secret until somebody adds one.")
    return leave_for(task)


def _kept(request: PageRequest, import_id: UUID) -> SiteImport:
    mine = SiteImport.objects.open_for(request.user.pk, request.actor.own_account_id, clock.now())
    kept = mine.filter(pk=import_id).first()
    if kept is None:
        raise NotFound(_GONE)
    return kept


def _shown(request: PageRequest, kept: SiteImport, found: DryRun, *, status: int = 200) -> HttpResponse:
    show = request.GET.get("show", "")
    lines = {"bad": found.bad, "good": found.good}.get(show, found.bad + found.good)
    url = reverse("import_check", args=[kept.pk])
    address = f"{url}?show={show}" if show in ("bad", "good") else url
    context: dict[str, Any] = {
        "kept": kept,
        "dry_run": found,
        "good_count": len(found.good),
        "bad_count": len(found.bad),
        "part": part_of(lines, address, request.GET.get("page", "")),
        "tabs": [
            (f"All {len(found.lines):,}", url, show not in ("bad", "good")),
            (f"With errors {len(found.bad):,}", f"{url}?show=bad", show == "bad"),
            (f"Good {len(found.good):,}", f"{url}?show=good", show == "good"),
        ],
    }
    return render(request, "bulk/import_check.html", context, status=status)


def _counted(count: int) -> str:
    return f"{count:,} site{'' if count == 1 else 's'}"
