"""One request through one endpoint: method, key, limit, decoding, view, answer; and every error in its shape."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.hashing import TooManySignIns
from apps.accounts.page import Access
from apps.api import errors, limits
from apps.api.callers import KEY_EXPIRES, Caller, CredentialRefused
from apps.api.contract import JSON, Call, Contract, Credential, Endpoint
from apps.api.counting import CountedCall
from apps.api.decoding import decode_body, decode_query
from apps.api.errors import ApiError, Violation
from apps.audit.actions import Action
from apps.audit.source import client_address, request_id, source_of
from apps.permissions.operation import record_refusal
from apps.permissions.refusals import Conflict, Forbidden, Invalid, NotFound, Refused

log = structlog.get_logger(__name__)

VERIFY: Final = "verify"
_ACCESS: Final = {
    Credential.BEARER_KEY: Access.KEY,
    Credential.SITE_SECRET: Access.SITE_SECRET,
    Credential.SITE_SECRET_OR_KEY: Access.SITE_SECRET,
    Credential.NONE: Access.PUBLIC,
}
_encoder = msgspec.json.Encoder()


def path_view(contract: Contract, endpoints: Sequence[Endpoint]) -> Callable[..., HttpResponse]:
    """The Django view for one path: picks the endpoint by method and answers in the contract's shape.

    Args:
        contract: whose errors are answered.
        endpoints: those on this path, at most one a method.
    """
    by_method = {endpoint.method: endpoint for endpoint in endpoints}

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        endpoint = by_method.get(_asked_method(request))
        if endpoint is None:
            return error_answer(contract, errors.method_not_allowed(request.method or "", by_method), request)
        counted = CountedCall(endpoint, request)
        answer = run(endpoint, request, path, counted)
        for name, value in contract.headers(request).items():
            answer[name] = value
        if endpoint.permission:
            answer.setdefault(errors.ACCEPTED_PERMISSIONS, endpoint.permission)
        if counted.caller and (end := counted.caller.near_end):
            answer[KEY_EXPIRES] = f"{end:%Y-%m-%dT%H:%M:%SZ}"
        if counted.caller and contract.tells_limits:
            for name, value in limits.window_of(counted.caller, verifies=endpoint.permission == VERIFY).items():
                answer[name] = value
        return answer

    def run(endpoint: Endpoint, request: HttpRequest, path: dict[str, str], counted: CountedCall) -> HttpResponse:
        try:
            with counted:
                return _answer(contract, endpoint, request, path, counted)
        except ApiError as error:
            return error_answer(contract, error, request)
        except TooManySignIns:
            return error_answer(contract, errors.too_busy(), request)
        except (OperationalError, InterfaceError) as error:
            log.error("database_away", error=str(error).strip(), path=request.path)
            answer = error_answer(contract, errors.unavailable(), request)
            answer._has_been_logged = True  # type: ignore[attr-defined]  # a line each is enough: there may be many
            return answer
        except Exception:
            log.exception("api_request_failed")
            return error_answer(contract, errors.internal(), request)

    view.access = {one.method: _ACCESS[one.credential] for one in endpoints}  # type: ignore[attr-defined]
    return view


def error_answer(contract: Contract, error: ApiError, request: HttpRequest) -> HttpResponse:
    """An error as the contract words it."""
    status = contract.status_of(error)
    shape = contract.shape_of(status)
    body = _encoder.encode(shape.make(error, request_id(request)))
    headers = dict(error.headers) | _id_headers(contract, request)
    return HttpResponse(body, status=status, content_type=shape.content_type, headers=headers)


def _id_headers(contract: Contract, request: HttpRequest) -> dict[str, str]:
    return dict.fromkeys(contract.id_headers, request_id(request))


def _asked_method(request: HttpRequest) -> str:
    """The method that the request stands for: HEAD asks for what GET answers."""
    return "GET" if request.method == "HEAD" else request.method or ""


def _answer(
    contract: Contract, endpoint: Endpoint, request: HttpRequest, path: dict[str, str], counted: CountedCall
) -> HttpResponse:
    def recognise(token: str) -> Caller:
        counted.caller = caller = _authenticated(contract, request, token)
        limits.count_request(caller, verifies=endpoint.permission == VERIFY)
        caller.require_api()
        return caller

    try:
        takes_key = endpoint.credential is Credential.BEARER_KEY
        caller = recognise(contract.placement.read(request)) if takes_key else None
        query, body = decode_query(request, endpoint.query), decode_body(request, endpoint)
        answer = endpoint.handler(Call(request, path, query, body, caller, recognise))
    except Forbidden as refusal:
        if counted.caller:
            limits.count_refusal(counted.caller)
        if counted.caller and counted.caller.actor:
            record_refusal(counted.caller.actor, Action.READING_REFUSED, refusal)
        raise errors.forbidden(str(refusal), refusal.permission, problem=contract.problem_of(refusal)) from refusal
    except Refused as refusal:
        raise _error_of(contract, refusal) from refusal
    if endpoint.answer is None:
        response = HttpResponse(status=endpoint.status, headers=dict(endpoint.headers))
        del response["Content-Type"]
        return response
    body = _encoder.encode(answer)
    return HttpResponse(body, status=endpoint.status, content_type=JSON, headers=_id_headers(contract, request))


def _authenticated(contract: Contract, request: HttpRequest, token: str) -> Caller:
    try:
        return contract.authenticate(token, source_of(request, contract.name))
    except CredentialRefused as refusal:
        limits.count_wrong_credentials(client_address(request))
        raise contract.placement.refused(str(refusal)) from refusal


def _error_of(contract: Contract, refusal: Refused) -> ApiError:
    problem = contract.problem_of(refusal)
    if isinstance(refusal, NotFound):
        return errors.not_found(str(refusal), problem=problem)
    if isinstance(refusal, Conflict):
        return ApiError(409, "conflict", str(refusal), problem=problem)
    if isinstance(refusal, Invalid):
        violations = [Violation(name, text, "invalid") for name, text in refusal.errors.items()]
        return errors.invalid_fields(violations, problem=problem or errors.INVALID_BODY)
    return errors.internal()
