"""The pages about tasks: what is going on, what came of it, and the way to stop it."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import models
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.page import PageRequest, page
from apps.listing.csv_lines import csv_lines
from apps.listing.keyset import NEWEST_FIRST, Order, page_of
from apps.tasks import work
from apps.tasks.models import Task

PAGE_SIZE: Final = 25
ITEMS_PAGE_SIZE: Final = 50
IN_ORDER: Final = Order(models.F("index"), descending=False, value_type=int)
CSV_HEADING: Final = ("line", "name", "site_key", "state", "problem", "description", "finished_at")


@page
@require_safe
def tasks(request: PageRequest) -> HttpResponse:
    """The tasks that the reader may see, newest first; asked for anew each second while one is unfinished."""
    found = work.list_tasks(request.actor)
    rows = page_of(found, NEWEST_FIRST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "page": rows,
        "is_live": any(not task.is_finished for task in rows.rows),
        "newer_url": _page_url(reverse("tasks"), cursor=rows.previous_cursor),
        "older_url": _page_url(reverse("tasks"), cursor=rows.next_cursor),
    }
    return render(request, "tasks/_list.html" if request.htmx else "tasks/list.html", context)  # type: ignore[attr-defined]


@page
@require_safe
def task(request: PageRequest, task_id: UUID) -> HttpResponse:
    """One task with its items; asked for anew each second until it has finished, which is told once."""
    found = work.get_task(request.actor, task_id=task_id)
    shows_failed = request.GET.get("show") == "failed"
    items = found.items.failed() if shows_failed else found.items.all()
    rows = page_of(items, IN_ORDER, cursor=request.GET.get("cursor", ""), size=ITEMS_PAGE_SIZE)
    address, show = reverse("task", args=[task_id]), "failed" if shows_failed else None
    context = {
        "task": found,
        "page": rows,
        "shows_failed": shows_failed,
        "may_cancel": request.actor.may("createTask") and not found.is_finished,
        "newer_url": _page_url(address, show=show, cursor=rows.previous_cursor),
        "older_url": _page_url(address, show=show, cursor=rows.next_cursor),
    }
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    answer = render(request, "tasks/_task.html" if is_fragment else "tasks/task.html", context)
    return _telling(answer, found) if is_fragment and found.is_finished else answer


@page
@require_safe
def task_csv(request: PageRequest, task_id: UUID) -> StreamingHttpResponse:
    """What came of every item."""
    lines = csv_lines(CSV_HEADING, _cells(work.get_task(request.actor, task_id=task_id)))
    disposition = f'attachment; filename="task-{task_id}.csv"'
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


@page
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_task(request: PageRequest, task_id: UUID) -> HttpResponse:
    """Ask, then cancel what has not begun."""
    address = reverse("task", args=[task_id])
    if request.method == "POST":
        return _cancelled(request, task_id, address)
    found = work.get_task(request.actor, task_id=task_id)
    request.actor.require("createTask")
    if found.is_finished:
        return redirect(address)
    context = {"task": found, "cancel_url": address, "action_label": "Cancel what is left"}
    return render(request, "tasks/cancel.html", context)


def _cancelled(request: PageRequest, task_id: UUID, address: str) -> HttpResponseRedirect:
    try:
        found = work.cancel_task(request.actor, task_id=task_id)
    except work.TaskFinished as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"“{found.title}” was cancelled. What it had done stays as it is.")
    return HttpResponseRedirect(address)


def _cells(task: Task) -> Iterator[tuple[Any, ...]]:
    for item in task.items.order_by("index").iterator(chunk_size=1000):
        finished_at = item.finished_at.isoformat(timespec="seconds") if item.finished_at else ""
        cells = (item.index + 1, item.name, item.site_key, item.state, item.problem, item.description)
        yield *cells, finished_at


def _telling(answer: HttpResponse, task: Task) -> HttpResponse:
    """The answer with a notice in the corner that the task, which the reader watches, has finished."""
    level = "ok" if task.state == "done" else "warn"
    answer["HX-Trigger"] = json.dumps({"toast": {"text": f"{task.title}: {task.state.label}.", "level": level}})
    return answer


def _page_url(address: str, *, cursor: str | None, show: str | None = None) -> str:
    if cursor is None:
        return ""
    return f"{address}?{urlencode({name: value for name, value in (('show', show), ('cursor', cursor)) if value})}"
