"""The tags of every page: icons, times, form fields, copying, and the small parts that take a list.

A template builtin: no `{% load %}` is needed, not even for `{% static %}`.
templates/components/README.md shows how each is used.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import do_static, static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.browsers import browser_in_words

register = template.Library()
register.tag("static", do_static)
register.simple_tag(browser_in_words)

SPRITE = "img/icons.svg"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Lengths in seconds; a month and a year are good enough for "2 months ago", the exact time is in the title.
UNITS = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3600), ("minute", 60))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite.

    Args:
        name: its Lucide name, or `gatehouse` for our own mark.
        label: what it says to those who cannot see it; without one it is decoration and hidden from them.
    """
    href = f"{static(SPRITE)}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def once() -> SafeString:
    """Number a form, so that `apps.accounts.once.sent_once` can tell a second sending of it."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4())


@register.simple_tag
def moment(at: datetime | None, none: str = "Never") -> SafeString | str:
    """Write a time in UTC; a script turns it into the reader's own zone and leaves UTC in the title.

    Args:
        at: an aware time.
        none: what to write when there is no time.
    """
    if at is None:
        return none
    utc = at.astimezone(UTC)
    text = f"{utc.day} {MONTHS[utc.month - 1]} {utc:%Y, %H:%M} UTC"
    return format_html('<time datetime="{}" title="{}" data-local>{}</time>', iso(utc), exact(utc), text)


@register.simple_tag
def ago(at: datetime | None, none: str = "Never") -> SafeString | str:
    """Write how long ago a time was, or how far ahead it is, in its largest unit: "3 hours ago", "in 2 days".

    Args:
        at: an aware time.
        none: what to write when there is no time.
    """
    if at is None:
        return none
    utc = at.astimezone(UTC)
    return format_html('<time datetime="{}" title="{}">{}</time>', iso(utc), exact(utc), distance(utc, timezone.now()))


def iso(utc: datetime) -> str:
    """Return the form that the `datetime` attribute wants."""
    return f"{utc:%Y-%m-%dT%H:%M:%SZ}"


def exact(utc: datetime) -> str:
    """Return the form for titles, to the second."""
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC"


def distance(at: datetime, now: datetime) -> str:
    """Return the words for the time between two moments, rounded down to whole units."""
    seconds = int((now - at).total_seconds())
    for unit, length in UNITS:
        count = abs(seconds) // length
        if count:
            words = f"{count} {unit}" if count == 1 else f"{count} {unit}s"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now" if seconds >= 0 else "in a moment"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", hint: str | None = None, optional: bool = False) -> dict[str, Any]:
    """Render a form field: label, control, help and error, tied together for assistive technology.

    Args:
        bound: the field, as in `form.name`.
        label: replaces the form's own label.
        hint: replaces the form's help text; an empty one removes it.
        optional: mark the field as optional.
    """
    widget = bound.field.widget
    help_text = bound.help_text if hint is None else hint
    described = [f"{bound.auto_id}_helptext"] if help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if widget.attrs.get("placeholder") in (bound.label, label):
        attributes["placeholder"] = False  # it would only say what the label says
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "control": bound.as_widget(attrs=None if is_group else attributes),
        "label": label or bound.label,
        "help_text": help_text,
        "described_by": " ".join(described),
        "optional": optional,
        "kind": "group" if is_group else "check" if isinstance(widget, CheckboxInput) else "plain",
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | str | None) -> dict[str, Any]:
    """List every error of the given forms, each linked to its field; nothing when there are none.

    A page without a form may still name one: Django hands over an empty text for it.
    """
    return {"errors": [error for form in forms if isinstance(form, BaseForm) for error in form_errors(form)]}


def form_errors(form: BaseForm) -> Iterator[tuple[str, str, str]]:
    """Yield (id of the control, label, message) for every error of a form; no id for those of the whole form."""
    if not form.is_bound:
        return
    for message in form.non_field_errors():
        yield "", "", str(message)
    for bound in form:
        # A group of radios or checkboxes has no control of its own name: the first choice takes the focus.
        is_group = isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple)
        target = f"{bound.auto_id}_0" if is_group else bound.auto_id
        for message in bound.errors:
            yield target, str(bound.label or ""), str(message)


@register.inclusion_tag("components/copy_button.html")
def copy_button(text: str = "", target: str = "", label: str = "Copy", what: str = "") -> dict[str, str]:
    """Offer to copy a text; the button appears where scripts run.

    Args:
        text: the text itself.
        target: or the id of the element whose value or text is copied. For secrets, always this one.
        label: what the button says.
        what: what is copied, for those who hear the button out of its context: "the site key".
    """
    return {"text": str(text), "target": target, "label": label, "what": what}


@register.inclusion_tag("components/crumbs.html")
def crumbs(*steps: str) -> dict[str, list[tuple[str, str]]]:
    """Show the way here: label, URL, label, URL, …, and last the label of this page."""
    return {"steps": list(zip_longest(steps[::2], steps[1::2], fillvalue=""))}
