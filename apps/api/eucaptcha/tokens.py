"""The token of a sign-in: signed, short-lived, and worth nothing once the password changes or sessions are ended."""

from datetime import timedelta
from typing import Any, Final

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import User
from apps.api.callers import LOGIN_TOKEN, Caller, CredentialRefused, key_caller
from apps.api.eucaptcha.second_factor import why_not_by_password
from apps.audit import clock
from apps.audit.record import Source
from apps.credentials.format import TokenKind

LIFETIME: Final = timedelta(hours=1)
REMEMBERED_LIFETIME: Final = timedelta(hours=24)
REFUSED: Final = (
    "This is neither an API key, which begins with nct_, nor a token of /login that still works. "
    "Sign in again, or check that the key was copied whole."
)
_SALT: Final = "gatehouse.eucaptcha.login"
_signer = signing.TimestampSigner(sep=".", salt=_SALT)  # only characters that RFC 6750 allows behind `Bearer`


def issue_token(person: User, *, is_remembered: bool) -> str:
    """A token that acts as a person until it ends.

    It ends early when their password changes, when they sign sessions out from elsewhere, and when they may no
    longer sign in.

    Args:
        person: who has just proved who they are.
        is_remembered: whether it works for 24 hours instead of one.
    """
    end = clock.now() + (REMEMBERED_LIFETIME if is_remembered else LIFETIME)
    return _signer.sign_object({"person": person.pk, "until": int(end.timestamp()), "password": _mark_of(person)})


def key_or_person(token: str, source: Source) -> Caller:
    """The API key or the signed-in person behind what stands after `Bearer`.

    Raises:
        CredentialRefused: when it is neither.
    """
    if token.startswith(TokenKind.API_KEY):
        return key_caller(token, source)
    person = _person_of(token)
    if person is None:
        raise CredentialRefused(REFUSED)
    return Caller(f"person {person.pk}", LOGIN_TOKEN, source, person=person)


def _person_of(token: str) -> User | None:
    try:
        said: dict[str, Any] = _signer.unsign_object(token, max_age=REMEMBERED_LIFETIME)
    except signing.BadSignature:
        return None
    if said["until"] <= clock.now().timestamp():
        return None
    person = User.objects.filter(pk=said["person"], is_active=True).first()
    if person is None or not constant_time_compare(said["password"], _mark_of(person)):
        return None
    return None if why_not_by_password(person) else person


def _mark_of(person: User) -> str:
    """What changes with the password and with every ended session, and gives away nothing of either."""
    text = f"{person.get_session_auth_hash()} {person.sessions_ended}"
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()
