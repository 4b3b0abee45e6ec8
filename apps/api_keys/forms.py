"""The form of the key editor."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms

from apps.audit import clock
from apps.permissions import catalogue

SPANS: Final = {"7": 7, "30": 30, "90": 90, "365": 365}  # days
EXPIRY_CHOICES: Final = (
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "1 year"),
    ("custom", "Custom"),
    ("never", "Never"),
)


class KeyForm(forms.Form):
    """Name, expiry and permissions of a new key."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        error_messages={"required": "Name the key after the program or person that will use it."},
        help_text="Shown in the audit log beside everything this key does.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "CI pipeline"}),
    )
    expires = forms.ChoiceField(label="Expires", choices=EXPIRY_CHOICES, initial="90", widget=forms.RadioSelect)
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It works until this day ends, in UTC.",
    )
    permissions = forms.MultipleChoiceField(
        label="Permissions",
        choices=[(name, name) for name in catalogue.CATALOGUE],
        error_messages={"required": "Choose at least one permission; a key without any could do nothing."},
    )

    def clean(self) -> dict[str, Any]:
        """A custom expiry needs its day."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("expires") == "custom" and not cleaned.get("expires_on") and "expires_on" not in self.errors:
            self.add_error("expires_on", "Choose the last day on which the key should work.")
        return cleaned

    @property
    def expires_at(self) -> datetime | None:
        """When the key stops: after a span from now, at the end of the chosen day in UTC, or never."""
        chosen = self.cleaned_data["expires"]
        if chosen == "never":
            return None
        if chosen == "custom":
            return datetime.combine(self.cleaned_data["expires_on"], time.max, tzinfo=UTC)
        return clock.now() + timedelta(days=SPANS[chosen])

    def show(self, errors: dict[str, str]) -> None:
        """Put an operation's errors to their fields."""
        for field, message in errors.items():
            self.add_error(
                {"expires_at": "expires_on" if self.cleaned_data.get("expires") == "custom" else "expires"}.get(
                    field, field
                ),
                message,
            )
