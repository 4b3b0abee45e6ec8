"""Where a request carries its API key, and what a contract says of one that does not work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from apps.api.errors import MISSING_CREDENTIAL, ApiError, forbidden, invalid_request, unauthorized


@dataclass(frozen=True, slots=True)
class Placement:
    """A place for an API key.

    Attributes:
        read: finds the credential in a request; raises `ApiError` where there is none, or more than one.
        refused: the error for one that does not work, given why.
        curl: the header as a line for the shell has it.
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


BEARER: Final = Placement(_bearer, unauthorized, "Authorization: Bearer $GATEHOUSE_KEY")
X_API_KEY: Final = Placement(_x_api_key, forbidden, "X-API-Key: $GATEHOUSE_KEY")
