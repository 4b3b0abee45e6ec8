"""Forms that take effect once: reloading the page that shows a secret must not make another."""

import functools
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from apps.accounts.models import SentForm
from apps.audit import clock

ALREADY_SENT: Final = (
    "This form was sent already, so nothing was done a second time. What it showed is shown only once."
)


def sent_once(then: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let a view see each filled form once; a second sending of it is answered by going on.

    The form carries `{% once %}`, a number of its own. Reloading an answer, or pressing a button twice,
    sends the same number again.

    Args:
        then: the URL name to go on to; it takes the view's own arguments.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def run(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
            if request.method == "POST" and not _is_first(request.POST.get("once", "")):
                messages.info(request, ALREADY_SENT)
                return HttpResponseRedirect(reverse(then, kwargs=kwargs))
            return view(request, **kwargs)

        return run

    return decorate


def _is_first(number: str) -> bool:
    """Whether this form has not been sent before; decided by the database, so also for two at the same moment."""
    if not number:
        return True
    try:
        key = UUID(number)
    except ValueError:
        return True
    _, is_new = SentForm.objects.get_or_create(number=key, defaults={"sent_at": clock.now()})
    return is_new
