"""Second factors: an authenticator app, passkeys, recovery codes. The flows are django-allauth's."""

import io
from typing import Any, Final

import qrcode
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from qrcode.image.svg import SvgPathFillImage

from apps.accounts import encryption
from apps.accounts.models import Account

FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor; recovery codes only stand in for one."""

PROTECTED_MEMBER: Final = models.Exists(
    Authenticator.objects.filter(user_id=models.OuterRef("person_id"), type__in=FACTORS)
)
"""Of memberships: whether the person has a second factor."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds are encrypted at rest; the product's own name and words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or it was used already. Wait for the next one and try again.",
        "unverified_email": "Confirm your e-mail address first. Otherwise nobody could help you back in.",
    }

    def encrypt(self, text: str) -> str:
        """What is stored of a seed."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The seed again."""
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        """How the authenticator app names this server."""
        return f"Gatehouse ({context.request.get_host()})"

    def build_totp_svg(self, url: str) -> str:
        """The QR code on white, so that it can be read in the dark theme too."""
        picture = io.BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(picture)
        return picture.getvalue().decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:
        """A name to begin with; the person may change it."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}"


def is_protected(person_id: int) -> bool:
    """Whether the person has set up an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user_id=person_id, type__in=FACTORS).exists())


def lacks_required_factor(request: Any) -> bool:
    """Whether the account that the request acts in wants a second factor, and the person has none."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return False
    membership = getattr(request, "membership", None)
    if membership and membership.account_id == actor.account_id:
        is_required = membership.account.requires_second_factor
    else:
        is_required = Account.objects.filter(pk=actor.account_id, requires_second_factor=True).exists()
    return is_required and not is_protected(request.user.pk)
