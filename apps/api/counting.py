"""What became of a call with an API key, for the counts on the key's usage page."""

from types import TracebackType
from typing import Self

from django.http import HttpRequest

from apps.accounts.features import SWITCHED_OFF
from apps.api.callers import Caller
from apps.api.contract import Endpoint
from apps.api.errors import ApiError
from apps.api_keys import usage
from apps.api_keys.authentication import ONE_ORGANIZATION, ROLE_LACKS, SELECTED_SITES, KeyRefused
from apps.api_keys.usage_models import CallOutcome
from apps.audit.source import client_address
from apps.permissions.actor import Actor
from apps.permissions.refusals import Forbidden


class CountedCall:
    """Counts the call that is made inside its block, however it ends, when its key is known here.

    Attributes:
        caller: who calls, to be set as soon as it is known.
    """

    def __init__(self, endpoint: Endpoint, request: HttpRequest) -> None:
        self.caller: Caller | None = None
        self._endpoint = endpoint
        self._request = request

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        refusal = _behind(error)
        key = self.caller.key if self.caller else refusal.key if isinstance(refusal, KeyRefused) else None
        if key is None:
            return
        outcome = self._outcome(error)
        reason = _reason(refusal, self.caller.actor if self.caller else None) if outcome is CallOutcome.REFUSED else ""
        operation = self._endpoint.permission or self._endpoint.handler.__name__
        address = client_address(self._request)
        usage.count(key.pk, operation, outcome, reason=reason, works=self.caller is not None, address=address)

    def _outcome(self, error: BaseException | None) -> CallOutcome:
        if error is None:
            return CallOutcome.DONE
        return CallOutcome.of_status(error.status if isinstance(error, ApiError) else 500)


def _behind(error: BaseException | None) -> KeyRefused | Forbidden | None:
    """The refusal that an error tells of."""
    while error is not None:
        if isinstance(error, KeyRefused | Forbidden):
            return error
        error = error.__cause__ or error.__context__
    return None


def _reason(refusal: KeyRefused | Forbidden | None, actor: Actor | None) -> str:
    """A refusal in a few words, of which there is a limited number."""
    if isinstance(refusal, KeyRefused):
        return refusal.why
    if refusal is None or actor is None:
        return ""
    if refusal.why:
        return refusal.why
    permission = refusal.permission
    why = actor.withheld.get(permission, "")
    if why == ROLE_LACKS:
        return f"creator’s role lacks {permission}"
    if why == SELECTED_SITES:
        return f"selected sites only: {permission}"
    if why == ONE_ORGANIZATION:
        return f"one organization only: {permission}"
    if why:  # what is left are the account's switches
        return SWITCHED_OFF
    return f"not on this site: {permission}" if actor.may(permission) else f"lacks {permission}"
