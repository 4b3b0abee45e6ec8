"""django-allauth's forms for second factors, where they are not strict enough or leave no trace."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, TOTP, generate_totp_secret
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import extract_user_from_response
from cryptography.fernet import InvalidToken
from django import forms

from apps.accounts import encryption
from apps.accounts.factor_events import record_wrong_factor


class ActivateAuthenticatorForm(ActivateTOTPForm):  # type: ignore[misc]
    """Keeps the seed encrypted in the session too, and counts the code that proved it as used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session = context.request.session
        stored = session.get(SECRET_SESSION_KEY)
        super().__init__(*args, **kwargs)
        if self.is_bound and stored:
            try:
                self.secret = encryption.decrypt(stored)
            except InvalidToken:  # its pepper was retired meanwhile
                self.secret = generate_totp_secret()
        session[SECRET_SESSION_KEY] = encryption.encrypt(self.secret)

    def clean_code(self) -> str:
        """The code, once."""
        code: str = super().clean_code()
        if not TOTP(Authenticator(user=self.user))._mark_code_used(code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey can be used without the password unless the person chooses otherwise."""

    name = forms.CharField(label="Name", max_length=80, required=False, help_text="To tell your passkeys apart.")
    passwordless = forms.BooleanField(
        label="Sign in with this passkey alone, without the password",
        required=False,
        initial=True,
        help_text="It then asks for your fingerprint, your face or its PIN each time.",
    )


class _RecordsRefusals:
    """Puts a passkey that was not accepted into the log of whom it was meant for."""

    reauthenticated: bool
    user: Any
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        """The passkey that signed."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            person = self.user or _named_person(self.cleaned_data["credential"])
            if person:
                record_wrong_factor(context.request, person, "passkey", is_confirmation=self.reauthenticated)
            raise


class SecondFactorPasskeyForm(_RecordsRefusals, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey after the password."""


class PasskeyAloneForm(_RecordsRefusals, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of the password."""


class ConfirmingPasskeyForm(_RecordsRefusals, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey to confirm that it is you."""


def _named_person(credential: Any) -> Any:
    """The person whom a credential names, if it names one; it is not proved by anything."""
    try:
        return extract_user_from_response(credential)
    except (forms.ValidationError, AttributeError):
        return None
