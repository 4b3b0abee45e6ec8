"""Importing rules from a list of addresses and networks: try it out, see each line, then make them."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_http_methods

from apps.accounts.page import PageRequest, page
from apps.listing.csv_reading import UnreadableTable, text_of
from apps.permissions.refusals import Conflict, Invalid
from apps.protection.rule_forms import EffectForm
from apps.protection.rule_imports import MOST_LINES, Line, import_rules, read_lines

MOST_SHOWN: Final = 200
MOST_BYTES: Final = 900_000


class ImportForm(EffectForm):
    """A list, as a file or as text, and what all of its rules shall do."""

    file = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text=f"One address or network a line, up to {MOST_LINES:,}. What # or ; begins is a comment.",
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,.netset,.ipset,text/plain"}),
    )
    text = forms.CharField(
        label="Or paste the list here",
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(
            attrs={"rows": 10, "spellcheck": "false", "placeholder": "203.0.113.0/24\n2001:db8::/32\n198.51.100.7"}
        ),
    )

    @cached_property
    def content(self) -> str:
        """The list.

        Raises:
            Invalid: when it cannot be read.
        """
        sent: UploadedFile | None = self.cleaned_data["file"]
        if not sent:
            return str(self.cleaned_data["text"])
        if sent.size and sent.size > MOST_BYTES:
            raise Invalid({"lines": f"The file has {sent.size:,} bytes; at most {MOST_BYTES:,} are taken. Split it."})
        try:
            return text_of(bytes(sent.read()))
        except UnreadableTable as refusal:
            raise Invalid({"lines": str(refusal)}) from refusal


@page
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: PageRequest) -> HttpResponse:
    """Try a list out, or make its rules, if it is the one that was agreed to."""
    posted = request.method == "POST"
    form = ImportForm(request.POST if posted else None, request.FILES if posted else None, actor=request.actor)
    context: dict[str, Any] = {}
    if posted and form.is_valid():
        try:
            lines = _lines_of(form)
            if _is_agreed(request, lines):
                return _imported(request, form, lines)
            context = _tried_out(lines)
            form = _again(request, form)
        except Invalid as invalid:
            form.show(invalid.errors)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
    request.actor.require("createRule")
    context |= {"form": form, "cancel_url": reverse("rules")}
    return render(request, "rules/import.html", context, status=422 if form.errors else 200)


def _lines_of(form: ImportForm) -> list[Line]:
    """The lines that say something.

    Raises:
        Invalid: when there is none, or the list cannot be read.
    """
    lines = read_lines(form.content)
    if not lines:
        raise Invalid({"lines": "There is nothing yet. Choose a file, or paste the list."})
    return lines


def _is_agreed(request: PageRequest, lines: list[Line]) -> bool:
    """Whether the reader has seen what this list is, and wants it."""
    good = sum(line.is_good for line in lines)
    return request.POST.get("do") == "import" and request.POST.get("count") == str(good)


def _imported(request: PageRequest, form: ImportForm, lines: list[Line]) -> HttpResponse:
    made = import_rules(request.actor, lines=lines, wanted=form.wanted([]), site_key=form.cleaned_data["site"])
    replaced = f" {made.replaced:,} took the place of one with the same condition." if made.replaced else ""
    count = made.created + made.replaced
    messages.success(request, f"{count:,} rule{'' if count == 1 else 's'} made in the group “{made.group}”.{replaced}")
    return redirect(f"{reverse('rules')}?group={made.group}")


def _tried_out(lines: list[Line]) -> dict[str, Any]:
    bad = [line for line in lines if not line.is_good]
    rewritten = [line for line in lines if line.is_rewritten]
    rest = [line for line in lines if line.is_good and not line.is_rewritten]
    ordered = [*bad, *rewritten, *rest]
    return {
        "lines": ordered[:MOST_SHOWN],
        "left_over": max(len(ordered) - MOST_SHOWN, 0),
        "line_count": len(lines),
        "good_count": len(lines) - len(bad),
        "bad_count": len(bad),
    }


def _again(request: PageRequest, form: ImportForm) -> ImportForm:
    """The form with the list as text in it, so that it is sent again when it is agreed to, also where it was a file."""
    if not form.cleaned_data["file"]:
        return form
    values = request.POST.copy()
    values["text"] = form.content
    return ImportForm(values, actor=request.actor)
