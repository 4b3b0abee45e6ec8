"""What comes in and goes out. Every answer has `success`, in both vendors' words and whatever its status."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.api.prosopo.schemas import PortalProblem


class SiteVerification(msgspec.Struct):
    """A solution to be checked: as `token` for Prosopo's answer, as `response` for Private Captcha's."""

    secret: Annotated[str | None, Meta(description="A site's secret or an API key; or the key as a bearer")] = None
    token: Annotated[str | None, Meta(description="What the widget sent; answered in Prosopo's words")] = None
    response: Annotated[str | None, Meta(description="The same; answered in Private Captcha's words")] = None
    sitekey: Annotated[str | None, Meta(description="With `response`: the site that it has to be for")] = None
    ip: Annotated[str | None, Meta(description="The visitor's address")] = None
    remoteip: Annotated[str | None, Meta(description="The visitor's address, with `response`")] = None
    email: Annotated[str | None, Meta(description="Who the visitor is; access rules may be about it (`userId`)")] = None


class SiteVerified(msgspec.Struct, rename={"error_codes": "error-codes"}, kw_only=True):
    """Whether the visitor may pass."""

    success: bool
    verified: Annotated[bool, Meta(description="The same")] | UnsetType = UNSET
    status: Annotated[str, Meta(description="`ok`, or why not")] | UnsetType = UNSET
    reason: Annotated[str, Meta(description="Why not; or why nothing was checked")] | UnsetType = UNSET
    score: (
        Annotated[
            float,
            Meta(ge=0, le=1, description="How much harder the challenge was than the site's own: 0 not at all"),
        ]
        | UnsetType
    ) = UNSET
    challenge_ts: Annotated[datetime, Meta(description="When the challenge was given")] | UnsetType = UNSET
    hostname: Annotated[str, Meta(description="The host of the page that it was solved on")] | UnsetType = UNSET
    error_codes: list[str] | UnsetType = UNSET


class SiteVerifyError(msgspec.Struct, rename={"error_codes": "error-codes"}):
    """A request that could not be answered: never a success."""

    success: bool
    verified: bool
    error: PortalProblem
    error_codes: list[str]
