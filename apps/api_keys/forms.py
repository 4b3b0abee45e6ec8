"""The forms of the key editor. What may stand in a field is the operations' business; a form only carries it."""

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
    ("custom", "Date"),
    ("seconds", "Seconds"),
    ("never", "Never"),
)
MOST_SECONDS: Final = 10 * 366 * 86_400
OVERLAP_CHOICES: Final = (
    (
        "0",
        "Stop at once",
        "Choose this when a token has leaked. Whatever still uses one is refused at its next request.",
    ),
    ("1h", "Go on for 1 hour", "Enough to change over one program by hand."),
    ("24h", "Go on for 24 hours", "For programs that read their configuration once a day, or once a deployment."),
    ("7d", "Go on for 7 days", "For many programs, and people who have to be asked."),
)
"""How long the earlier tokens of a key may go on: value, label, and when it is the right one."""


class SiteKeysField(forms.MultipleChoiceField):
    """Site keys; which of them can be chosen, the operation knows."""

    def valid_value(self, value: str) -> bool:
        """Any is carried on."""
        return True


class GrantForm(forms.Form):
    """What a key is given: name, permissions, reach, networks and expiry."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        error_messages={"required": "Name the key after the program or person that will use it."},
        help_text="Shown in the audit log beside everything this key does.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "CI pipeline"}),
    )
    permissions = forms.MultipleChoiceField(
        label="Permissions",
        choices=[(name, name) for name in catalogue.CATALOGUE],
        error_messages={"required": "Choose at least one permission; a key without any could do nothing."},
    )
    reach = forms.ChoiceField(
        label="Reach",
        required=False,
        choices=(
            ("all", "All sites, future ones too"),
            ("organization", "One organization"),
            ("sites", "Selected sites"),
        ),
        widget=forms.RadioSelect,
    )
    organization = forms.IntegerField(
        label="Organization",
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        error_messages={"invalid": "Choose an organization.", "min_value": "Choose an organization."},
    )
    sites = SiteKeysField(label="Sites", required=False)
    further_sites = forms.CharField(
        label="Further sites",
        required=False,
        max_length=40_000,
        help_text="The list shows the first 500. Name others by their site keys, one a line.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "placeholder": "sk_live_…"}),
    )
    networks = forms.CharField(
        label="Networks",
        required=False,
        max_length=4000,
        help_text="One a line, such as 203.0.113.0/24 or 2001:db8::/32. Empty for everywhere.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "placeholder": "203.0.113.0/24"}),
    )
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It works until this day ends, in UTC.",
    )
    expires_in = forms.IntegerField(
        label="Lifetime in seconds",
        required=False,
        min_value=1,
        max_value=MOST_SECONDS,
        help_text="It works for this many seconds from now on: 3600 are an hour, 86400 a day.",
        widget=forms.NumberInput(attrs={"placeholder": "86400"}),
    )

    def clean(self) -> dict[str, Any]:
        """An expiry by date needs its day, one in seconds their number; the reach of an organization needs one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = {"custom": ("expires_on", "Choose the last day on which the key should work.")}
        wanted["seconds"] = ("expires_in", "Say for how many seconds the key should work.")
        field, message = wanted.get(cleaned.get("expires", ""), ("", ""))
        if field and not cleaned.get(field) and field not in self.errors:
            self.add_error(field, message)
        if (
            cleaned.get("reach") == "organization"
            and not cleaned.get("organization")
            and not self["organization"].errors
        ):
            self.add_error("organization", "Choose the organization whose sites the key reaches.")
        return cleaned

    @property
    def site_keys(self) -> list[str] | None:
        """The chosen sites; `None` where they are not to be limited."""
        chosen: list[str] = [*self.cleaned_data["sites"], *self.cleaned_data["further_sites"].split()]
        reach = self.cleaned_data["reach"] or ("sites" if chosen else "all")
        return chosen if reach == "sites" else None

    @property
    def organization_id(self) -> int | None:
        """The chosen organization; `None` where the key is not to be limited to one."""
        return self.cleaned_data["organization"] if self.cleaned_data["reach"] == "organization" else None

    @property
    def typed_networks(self) -> list[str]:
        """The networks as typed, one an entry."""
        typed: str = self.cleaned_data["networks"]
        return typed.replace(",", " ").split()

    @property
    def expires_at(self) -> datetime | None:
        """When the key stops: after a span from now, at the end of the chosen day in UTC, or never."""
        chosen = self.cleaned_data["expires"]
        if chosen == "custom":
            return datetime.combine(self.cleaned_data["expires_on"], time.max, tzinfo=UTC)
        if chosen == "seconds":
            return clock.now() + timedelta(seconds=self.cleaned_data["expires_in"])
        return clock.now() + timedelta(days=SPANS[chosen]) if chosen in SPANS else None

    def show(self, errors: dict[str, str]) -> None:
        """Put an operation's errors to their fields."""
        end = {"custom": "expires_on", "seconds": "expires_in"}.get(self.cleaned_data.get("expires", ""), "expires")
        for field, message in errors.items():
            self.add_error({"expires_at": end}.get(field, field), message)


class KeyForm(GrantForm):
    """A new key."""

    expires = forms.ChoiceField(label="Expires", choices=EXPIRY_CHOICES, initial="90", widget=forms.RadioSelect)


class EditForm(GrantForm):
    """What a key keeps of what it has."""

    expires = forms.ChoiceField(
        label="Expires",
        required=False,
        choices=(("", "As it is"), *EXPIRY_CHOICES[:-1]),
        initial="",
        widget=forms.RadioSelect,
    )


class RotationForm(forms.Form):
    """How long a key's earlier tokens go on working."""

    overlap = forms.ChoiceField(
        label="Earlier tokens",
        required=False,
        choices=[(value, label) for value, label, _ in OVERLAP_CHOICES],
        widget=forms.RadioSelect,
    )

    @property
    def note(self) -> str:
        """What becomes of the earlier tokens, in a sentence."""
        spans = {"1h": "1 hour", "24h": "24 hours", "7d": "7 days"}
        span = spans.get(self.cleaned_data["overlap"])
        if span is None:
            return "Every earlier token of the key has stopped."
        return f"The earlier tokens go on working for {span}, but never beyond the end that they had."
