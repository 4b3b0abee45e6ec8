"""Signing in with address and password, as a program does: counted together with the attempts on the sign-in page."""

from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from apps.accounts.adapter import AccountAdapter
from apps.accounts.models import User
from apps.accounts.sign_ins import record_of_person, record_refused_sign_in
from apps.api.errors import ApiError, rate_limited, unauthorized
from apps.api.eucaptcha.second_factor import why_not_by_password
from apps.audit.actions import Action

SURFACE: Final = "eucaptcha"
WRONG: Final = "The e-mail address or the password is wrong."
INACTIVE: Final = "This person was deactivated. Ask an owner or admin of the account."
UNVERIFIED: Final = "This e-mail address is not verified yet. Follow the link in the message that was sent to it."
_RETRY_AFTER: Final = 60  # seconds


class _Adapter(AccountAdapter):
    """Checks passwords as the sign-in page does; the caller records what came of it."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the refusal to the caller, who knows the door."""


def sign_in(request: HttpRequest, email: str, password: str) -> User:
    """The person with this address and password.

    A wrong password and an unknown address cost the same and read the same; that a person is deactivated,
    unverified or has a second factor is said only to whoever knows the password.

    Args:
        request: where the attempt comes from.
        email: as sent.
        password: as sent.

    Raises:
        ApiError: 401, saying why; 429 after too many attempts from this address or for this e-mail address.
    """
    email = email.strip().lower()
    person = _checked(request, email, password)
    if person is None:
        record_refused_sign_in(request, email, surface=SURFACE)
        raise unauthorized(WRONG)
    if reason := _why_not(person, email):
        record_of_person(request, person, Action.SIGN_IN_REFUSED, refused_because=reason, surface=SURFACE)
        raise unauthorized(reason)
    changes = {"with": (None, ["password"])}
    record_of_person(request, person, Action.SIGN_IN_SUCCEEDED, changes=changes, surface=SURFACE)
    return person


def _checked(request: HttpRequest, email: str, password: str) -> User | None:
    if not ratelimit.consume(request, action="login"):
        raise _too_many()
    try:
        found: User | None = _Adapter(request).authenticate(request, email=email, password=password)
    except ValidationError:
        raise _too_many() from None
    return found


def _why_not(person: User, email: str) -> str:
    if not person.is_active:
        return INACTIVE
    if not EmailAddress.objects.filter(user=person, email__iexact=email, verified=True).exists():
        return UNVERIFIED
    return why_not_by_password(person)


def _too_many() -> ApiError:
    return rate_limited("Too many sign-in attempts. Try again in a few minutes.", _RETRY_AFTER)
