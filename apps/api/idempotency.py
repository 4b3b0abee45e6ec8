"""`Idempotency-Key`: a request that is sent again, because its answer was lost, is answered and not done again.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
import re
from typing import Any, Final

import msgspec

from apps.api import errors
from apps.api.contract import Call
from apps.sites.requests import NamedRequest
from apps.tasks.models import LONGEST_IDEMPOTENCY_KEY

HEADER: Final = "Idempotency-Key"
PATTERN: Final = f"^[ -~]{{1,{LONGEST_IDEMPOTENCY_KEY}}}$"
_encoder = msgspec.json.Encoder(order="deterministic")


def named_request(call: Call, endpoint: str) -> NamedRequest | None:
    """The request under the name that its sender gave it; `None` where it has none.

    Args:
        call: the request.
        endpoint: the path as the contract names it: one key is for one request at one endpoint.

    Raises:
        ApiError: 400 for a key that cannot be used.
    """
    key = idempotency_key(call)
    return NamedRequest(key, _digest_of(endpoint, call.body)) if key else None


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
            f"{HEADER} has 1 to {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters. "
            "A UUID of its own for each request is best."
        )
    return str(given)


def _digest_of(endpoint: str, body: Any) -> bytes:
    """SHA-256 of what is asked for: the order of its fields, and spaces between them, make no difference."""
    return hashlib.sha256(endpoint.encode() + b"\n" + _encoder.encode(body)).digest()
