"""Signing in as a person."""

from apps.api.contract import JSON, LD_JSON, Call, Credential
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import BASE, sitekeys_api
from apps.api.eucaptcha.sign_in import sign_in
from apps.api.eucaptcha.tokens import issue_token


@sitekeys_api.endpoint(
    "POST",
    f"{BASE}/login",
    summary="Sign in as a person",
    credential=Credential.NONE,
    body=schemas.SignIn,
    takes=(JSON, LD_JSON),
    answer=schemas.SignedIn,
    statuses=(400, 401, 413, 415, 422, 429),
)
def login(call: Call) -> schemas.SignedIn:
    """A token for `Authorization: Bearer` that acts as you, for an hour. Refused where you have a second factor."""
    body: schemas.SignIn = call.body
    person = sign_in(call.request, body.email, body.password)
    return schemas.SignedIn(success=True, token=issue_token(person, is_remembered=body.remember_me))
