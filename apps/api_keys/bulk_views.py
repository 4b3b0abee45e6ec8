"""Disabling and deleting several keys at once: ask, naming each of them; then do it to all or to none."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.page import PageRequest, page
from apps.api_keys import access, life, operations
from apps.api_keys.choice import choice_from
from apps.api_keys.models import ApiKey
from apps.permissions.refusals import Invalid, NotFound


@page
@require_http_methods(["GET", "HEAD", "POST"])
def disable(request: PageRequest) -> HttpResponse:
    """Ask, naming the keys; then switch them off."""
    if request.method == "POST":
        return _done(request, life.disable_keys, "disabled")
    context = {"action_label": "Disable", "is_harmless": True}
    return _asked(request, "updateApiKey", "api_keys/disable_several.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PageRequest) -> HttpResponse:
    """Ask, naming the keys; then delete them for good."""
    if request.method == "POST":
        return _done(request, life.delete_keys, "deleted")
    return _asked(request, "deleteApiKey", "api_keys/delete_several.html", {"action_label": "Delete"})


def _asked(request: PageRequest, permission: str, template: str, context: dict[str, Any]) -> HttpResponse:
    """The question, about those of the chosen keys that are still there."""
    wanted = _ids(request.GET.getlist("keys")[: life.MOST_AT_ONCE])
    keys = list(operations.list_keys(request.actor).filter(pk__in=wanted).order_by("name", "pk"))
    request.actor.require(permission)
    back_url = _list_url(request.GET.get("list", ""))
    if not keys:
        messages.info(request, "Choose the keys first: check the box at the start of their rows.")
        return redirect(back_url)
    label = f"{context['action_label']} {_counted(keys)}"
    context |= {"keys": keys, "list": request.GET.get("list", ""), "action_label": label, "cancel_url": back_url}
    return render(request, template, context)


def _done(request: PageRequest, change: Callable[..., int], done: str) -> HttpResponse:
    """The change, and back to the list as it was filtered."""
    chosen = _ids(request.POST.getlist("keys"))
    try:
        count = change(request.actor, key_ids=chosen)
    except Invalid as refusal:
        messages.error(request, str(refusal))
    else:
        counted = f"{count} key{'' if count == 1 else 's'}"
        messages.success(request, f"{counted} {done}. Requests with them are refused from now on.")
    return redirect(_list_url(request.POST.get("list", "")))


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise NotFound(access.NO_SUCH_KEY) from error


def _list_url(query: str) -> str:
    """The list as it was filtered; anything else in `query` is left out."""
    wanted = choice_from(QueryDict(query[:1000].encode("utf-8", "replace"))).query()
    return reverse("keys") + (f"?{wanted}" if wanted else "")


def _counted(keys: list[ApiKey]) -> str:
    return f"{len(keys)} key{'' if len(keys) == 1 else 's'}"
