"""Where a request carries its API key, and what a contract says of one that does not work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

from apps.api.errors import MISSING_BODY, MISSING_CREDENTIAL, ApiError, forbidden, invalid_request, unauthorized
from apps.api.json_body import json_body


@dataclass(frozen=True, slots=True)
class Placement:
    """A place for an API key.

    Attributes:
        read: finds the credential in a request; raises `ApiError` where there is none, or more than one.
        refused: the error for one that does not work, given why.
        curl: the header as a line for the shell has it; empty where the key goes elsewhere.
    """

    read: Callable[[HttpRequest], str]
    refused: Callable[[str], ApiError]
    curl: str


def _bearer(request: HttpRequest) -> str:
    given = request.headers.get("Authorization", "")
    if not given:
        raise unauthorized("No API key was sent. Send it as Authorization: Bearer nct_….", problem=MISSING_CREDENTIAL)
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("The Authorization header is not Bearer nct_….")
    return token.strip()


def _x_api_key(request: HttpRequest) -> str:
    token = request.headers.get("X-API-Key", "").strip()
    scheme, _, other = request.headers.get("Authorization", "").partition(" ")
    if not token:
        raise invalid_request("No API key was sent. Send it as X-API-Key: nct_….", problem=MISSING_CREDENTIAL)
    if "," in token or (scheme.lower() == "bearer" and other.strip() != token):
        raise invalid_request("Two different API keys were sent. Send one, as X-API-Key: nct_….")
    return token


def _client_key(request: HttpRequest) -> str:
    """The field `clientKey` of a JSON body."""
    missing = _no_key("No API key was sent. Send it as clientKey in the JSON body.")
    try:
        given = json_body(request)
    except ApiError as error:
        raise missing if error.problem == MISSING_BODY else error from None
    return _only(request, _in_body(given), missing, body=given)


def _apikey_header(request: HttpRequest) -> str:
    """The header `apikey`."""
    missing = _no_key("No API key was sent. Send it in the header apikey.")
    try:
        given = json_body(request)
    except ApiError:
        given = None  # which whoever decodes the body will tell
    return _only(request, request.headers.get("apikey", ""), missing, body=given)


def _apikey_query(request: HttpRequest) -> str:
    """The query's parameter `apiKey`."""
    return _only(request, _in_query(request), _no_key("No API key was sent. Send it as ?apiKey=nct_…."), body=None)


def _only(request: HttpRequest, token: str, missing: ApiError, *, body: Any) -> str:
    """The key from its place, when no other place holds another one."""
    token = token.strip()
    if not token:
        raise missing
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    elsewhere = {
        bearer if scheme.lower() == "bearer" else "",
        request.headers.get("X-API-Key", ""),
        request.headers.get("apikey", ""),
        _in_query(request),
        _in_body(body),
    }
    is_twice_here = "," in token  # the same place twice is joined by a comma
    if is_twice_here or {found.strip() for found in elsewhere} - {"", token}:
        raise invalid_request("Two different API keys were sent. Send one, in the place that this endpoint names.")
    return token


def _in_query(request: HttpRequest) -> str:
    try:
        return ",".join(dict.fromkeys(request.GET.getlist("apiKey")))  # two are none
    except SuspiciousOperation:
        raise invalid_request("The query has too many parameters.") from None


def _in_body(body: Any) -> str:
    found = body.get("clientKey") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""


def _no_key(message: str) -> ApiError:
    return ApiError(401, "unauthorized", message, problem=MISSING_CREDENTIAL)


def _refused_key(message: str) -> ApiError:
    """No working key, in places that no `WWW-Authenticate` speaks of."""
    return ApiError(401, "unauthorized", message)


BEARER: Final = Placement(_bearer, unauthorized, "Authorization: Bearer $GATEHOUSE_KEY")
X_API_KEY: Final = Placement(_x_api_key, forbidden, "X-API-Key: $GATEHOUSE_KEY")
CLIENT_KEY: Final = Placement(_client_key, _refused_key, "")
APIKEY_HEADER: Final = Placement(_apikey_header, _refused_key, "apikey: $GATEHOUSE_KEY")
APIKEY_QUERY: Final = Placement(_apikey_query, _refused_key, "")
