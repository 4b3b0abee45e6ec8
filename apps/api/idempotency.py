"""`Idempotency-Key`: a request that is sent again, because its answer was lost, is answered and not done again.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from apps.api import errors
from apps.api.contract import Call
from apps.permissions.actor import Actor
from apps.sites.operations import create_site
from apps.sites.requests import RequestedSite, create_site_once

HEADER: Final = "Idempotency-Key"
LONGEST_KEY: Final = 255  # characters
PATTERN: Final = f"^[ -~]{{1,{LONGEST_KEY}}}$"
_encoder = msgspec.json.Encoder(order="deterministic")


def create_requested_site(
    call: Call, actor: Actor, *, endpoint: str, name: str, allowed_origins: Sequence[str]
) -> RequestedSite:
    """The site that a request asks for; where it carries a key, the same one however often it is sent.

    Args:
        call: the request.
        actor: who asks.
        endpoint: the path as the contract names it: one key is for one request at one endpoint.
        name: of the site.
        allowed_origins: of the site.

    Raises:
        ApiError: 400 for a key that cannot be used.
        Refused: as the operations do.
    """
    key = idempotency_key(call)
    if not key:
        made = create_site(actor, name=name, allowed_origins=allowed_origins)
        return RequestedSite(made.site, made.secret.reveal(), is_repeated=False)
    return create_site_once(
        actor,
        idempotency_key=key,
        request=digest_of(endpoint, call.body),
        name=name,
        allowed_origins=allowed_origins,
    )


def idempotency_key(call: Call) -> str:
    """What the caller named the request; empty where it has no name.

    Raises:
        ApiError: 400 for one that cannot be used.
    """
    given = call.request.headers.get(HEADER)
    if given is None:
        return ""
    if not re.fullmatch(PATTERN, given):
        raise errors.invalid_request(
            f"{HEADER} has 1 to {LONGEST_KEY} printable ASCII characters. A UUID of its own for each request is best."
        )
    return str(given)


def digest_of(endpoint: str, body: Any) -> bytes:
    """SHA-256 of what is asked for: the order of its fields, and spaces between them, make no difference."""
    return hashlib.sha256(endpoint.encode() + b"\n" + _encoder.encode(body)).digest()
