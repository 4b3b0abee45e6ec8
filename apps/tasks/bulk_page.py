"""What the pages about many sites at once have in common."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from apps.tasks.models import Task


def leave_for(_task: Task) -> HttpResponse:
    """On to where the sites appear, and change, while the task works."""
    return redirect("sites")


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
