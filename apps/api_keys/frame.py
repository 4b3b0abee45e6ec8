"""The one page that shows a key's token."""

from django.http import HttpResponse
from django.shortcuts import render

from apps.accounts.page import PageRequest
from apps.api_keys.operations import KeyWithToken
from apps.api_keys.portrait import portrait_of
from apps.api_keys.snippets import first_calls


def show_token(request: PageRequest, made: KeyWithToken, note: str = "") -> HttpResponse:
    """The answer that shows a new token, with calls to try it, and where it works.

    Args:
        request: the form that made it.
        made: the key and its token.
        note: for a rotation, what became of the earlier tokens.
    """
    token, portrait = made.token.reveal(), portrait_of(made.key, request.actor)
    base_url = request.build_absolute_uri("/").rstrip("/")
    unusable = {name for names in portrait.withheld.values() for name in names}
    context = {
        "key": made.key,
        "token": token,
        "note": note,
        "portrait": portrait,
        "address": request.actor.source.ip,
        "snippets": first_calls(made.key, token, base_url, usable=set(made.key.permissions) - unusable),
    }
    return render(request, "api_keys/token_shown.html", context)
