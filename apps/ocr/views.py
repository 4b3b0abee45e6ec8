"""The page on which an image is tried out."""

import base64
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.credits.ledger import BalanceSpent
from apps.credits.operations import get_balance
from apps.ocr import engine
from apps.ocr.forms import ImageForm
from apps.ocr.image_header import read_header
from apps.ocr.images import ImageRefused
from apps.ocr.models import ImageTask, ImageTaskState
from apps.ocr.operations import NoSlot
from apps.ocr.reading import read_now
from apps.permissions.roles import Role


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an image.

    Attributes:
        task: its task.
        seconds: from the question to the answer.
        picture: the image, as an address that holds it.
        width: in pixels.
        height: in pixels.
    """

    task: ImageTask
    seconds: float
    picture: str
    width: int
    height: int

    @property
    def text(self) -> str:
        """What was read; empty where nothing was."""
        return self.task.texts[0] if self.task.state == ImageTaskState.READY else ""


@page
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once(then="read_text")
def read_text(request: PageRequest) -> HttpResponse:
    """Take an image, and show its text, how long that took and what it cost."""
    form = ImageForm(request.POST, request.FILES) if request.method == "POST" else ImageForm()
    if request.method != "POST" or not form.is_valid():
        request.actor.require("createTask")
        return _shown(request, form)
    try:
        return _shown(request, ImageForm(), _read(request, form))
    except (ImageRefused, NoSlot, BalanceSpent) as refusal:
        form.add_error("image", str(refusal))
        return _shown(request, form)


def _read(request: PageRequest, form: ImageForm) -> Outcome:
    image, begun_at = form.content, time.monotonic()
    task = read_now(request.actor, images=[image], is_list=False, wishes=form.wishes)
    seconds = time.monotonic() - begun_at
    header = read_header(image)
    picture = f"data:image/{header.format.lower()};base64,{base64.b64encode(image).decode()}"
    return Outcome(task, seconds, picture, header.width, header.height)


def _shown(request: PageRequest, form: ImageForm, outcome: Outcome | None = None) -> HttpResponse:
    may_grant = request.actor.may("grantCredits") and request.actor.role is Role.OWNER
    balance = get_balance(request.actor).available if request.actor.may("getBalance") else None
    context = {
        "form": form,
        "outcome": outcome,
        "price": settings.OCR_PRICE,
        "balance": balance,
        "is_spent": balance is not None and balance < settings.OCR_PRICE,
        "may_grant": may_grant,
        "is_installed": engine.is_installed(),
    }
    return render(request, "ocr/read_text.html", context, status=422 if form.errors else 200)
