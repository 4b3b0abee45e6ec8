"""What comes in and goes out."""

from typing import Annotated, Final

import msgspec

MOST: Final = 1000

Credentials = Annotated[
    list[str],
    msgspec.Meta(
        min_length=1,
        max_length=MOST,
        description="Each whole, as it was found. What is no credential of this server is passed over.",
        examples=[["nct_0123456789ABCDEFGHIJKLMNOPQRSTUV000000"]],
    ),
]


class RevokeCredentials(msgspec.Struct):
    """Credentials that somebody found."""

    credentials: Credentials


class RevocationError(msgspec.Struct):
    """An error of this endpoint."""

    code: str
    message: str
