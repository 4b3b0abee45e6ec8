"""The contract: it takes no key, for a key is what is handed in."""

from typing import Final

from apps.api.contract import Contract, ErrorShape
from apps.api.credentials import schemas
from apps.api.errors import ApiError


def _error(error: ApiError, _request_id: str) -> schemas.RevocationError:
    return schemas.RevocationError(code=error.code, message=str(error))


credentials_api: Final = Contract(
    name="credentials",
    title="Credentials",
    description="Hand in API keys that have leaked: whoever holds one can end it, without an account here.",
    errors=ErrorShape(schemas.RevocationError, _error),
)
