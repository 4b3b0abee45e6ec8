"""The form that grants credits. What may stand in a field is the operation's business; the form only carries it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms

from apps.audit import clock
from apps.credits.operations import AMOUNTS, LONGEST_REASON, WRONG_AMOUNT

SPANS: Final = {"30": 30, "90": 90, "365": 365}  # days


class GrantForm(forms.Form):
    """How many credits, why, and until when."""

    amount = forms.IntegerField(
        label="Credits",
        min_value=AMOUNTS[0],
        max_value=AMOUNTS[-1],
        error_messages={
            "required": "Say how many credits to grant.",
            "invalid": WRONG_AMOUNT,
            "min_value": WRONG_AMOUNT,
            "max_value": WRONG_AMOUNT,
        },
        widget=forms.NumberInput(attrs={"placeholder": "100", "inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_REASON,
        error_messages={"required": "Say what they are for; it stands in the history and in the audit log."},
        help_text="Shown in the history beside these credits.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Budget for December"}),
    )
    expires = forms.ChoiceField(
        label="Expire",
        choices=(("never", "Never"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("custom", "Date")),
        initial="never",
        widget=forms.RadioSelect,
    )
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="They can be spent until this day ends, in UTC.",
    )

    def clean(self) -> dict[str, Any]:
        """An end by date needs its day."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("expires") == "custom" and not cleaned.get("expires_on") and "expires_on" not in self.errors:
            self.add_error("expires_on", "Choose the last day on which the credits can be spent.")
        return cleaned

    @property
    def expires_at(self) -> datetime | None:
        """When what is left is taken back: after a span from now, at the end of the chosen day in UTC, or never."""
        chosen = self.cleaned_data["expires"]
        if chosen == "custom":
            return datetime.combine(self.cleaned_data["expires_on"], time.max, tzinfo=UTC)
        return clock.now() + timedelta(days=SPANS[chosen]) if chosen in SPANS else None

    def show(self, errors: dict[str, str]) -> None:
        """Put an operation's errors to their fields."""
        end = "expires_on" if self.cleaned_data.get("expires") == "custom" else "expires"
        for field, message in errors.items():
            self.add_error({"expires_at": end}.get(field, field), message)
