"""Forms that take effect once: reloading the page that shows a secret must not make another."""

import functools
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from apps.accounts.models import SentForm
from apps.accounts.next_page import next_page_url
from apps.audit import clock

ALREADY_SENT: Final = (
    "This form was sent already, so nothing was done a second time. What it showed is shown only once."
)


def sent_once(then: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let a view see each filled form once; a second sending of it is answered by going on.

    The form carries `{% once %}`, a number of its own. Reloading an answer, or pressing a button twice,
    sends the same number again. A form that was refused, or that failed, was not sent: going back to it,
    correcting it and sending it again works.

    Args:
        then: the URL name to go on to; it takes the view's arguments, or the first of them.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def run(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
            number = _number(request.POST.get("once", "")) if request.method == "POST" else None
            if number is None:
                return view(request, **kwargs)
            if not _is_first(number):
                messages.info(request, ALREADY_SENT)
                return HttpResponseRedirect(next_page_url(then, kwargs))
            has_taken_effect = False
            try:
                answer = view(request, **kwargs)
                has_taken_effect = answer.status_code < 400
                return answer
            finally:
                if not has_taken_effect:
                    SentForm.objects.filter(number=number).delete()

        return run

    return decorate


def _number(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _is_first(number: UUID) -> bool:
    """Whether this form has not been sent before; decided by the database, so also for two at the same moment."""
    _, is_new = SentForm.objects.get_or_create(number=number, defaults={"sent_at": clock.now()})
    return is_new
