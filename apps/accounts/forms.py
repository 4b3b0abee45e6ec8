"""The form of the first owner's link."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.permissions.actor import Actor
from apps.permissions.roles import DESCRIPTIONS, Role


class SetUpForm(forms.Form):
    """The account, and the person who will own it."""

    account_name = forms.CharField(
        label="Account name",
        max_length=120,
        help_text="Your company or team.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        help_text="At least 12 characters. A few random words do well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """The password is measured against the other fields too."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        person = User(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
        if password := cleaned.get("password"):
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class NewPersonForm(forms.Form):
    """Somebody new, whose address the invitation names."""

    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        help_text="At least 12 characters. A few random words do well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_password(self) -> str:
        """The password is measured against the address and the name too."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self._email, name=self.cleaned_data.get("name", "")))
        return password


class InvitationForm(forms.Form):
    """Whom to invite, and what they will be. Only an owner may invite an owner."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "jane@example.com"}),
    )
    role = forms.ChoiceField(label="Role", initial=Role.MEMBER)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [role for role in Role if role is not Role.OWNER or actor.role is Role.OWNER]
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(role.value, f"{role.label}: {DESCRIPTIONS[role].lower()}") for role in offered]


class AccountSettingsForm(forms.Form):
    """What holds for everybody in the account."""

    requires_second_factor = forms.BooleanField(
        label="Everybody needs a second factor",
        required=False,
        help_text="Whoever has none gets no further than setting one up. API keys are not touched.",
    )
    lets_shares_wait = forms.BooleanField(
        label="Share sites with addresses that nobody here has yet",
        required=False,
        help_text="Such a share waits, and takes effect when somebody verifies the address.",
    )
