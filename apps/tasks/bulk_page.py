"""What the pages about many sites at once have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from apps.tasks.models import Task

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one page of many, with the way to the next ones.

    Attributes:
        rows: those of the page.
        previous_url: where the ones before are; empty on the first page.
        next_url: where the ones behind are; empty on the last.
    """

    rows: Sequence[Any]
    previous_url: str
    next_url: str


def part_of(rows: Sequence[Any], address: str, asked: str) -> Part:
    """A page of rows that are all at hand.

    Args:
        rows: all of them.
        address: of the first page.
        asked: the page that was asked for, from 1; what is none is the nearest one.
    """
    last = max(-(-len(rows) // PAGE_SIZE), 1)
    place = min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    address += "&page=" if "?" in address else "?page="
    return Part(
        rows[(place - 1) * PAGE_SIZE : place * PAGE_SIZE],
        f"{address}{place - 1}" if place > 1 else "",
        f"{address}{place + 1}" if place < last else "",
    )


def leave_for(task: Task) -> HttpResponse:
    """On to where it shows how far the task is."""
    return redirect("task", task_id=task.pk)


def csv_download(lines: Iterable[str], filename: str) -> StreamingHttpResponse:
    """A table to save.

    Args:
        lines: as `csv_lines` makes them.
        filename: what it is called.
    """
    disposition = f'attachment; filename="{filename}"'
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
