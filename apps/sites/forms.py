"""Forms for sites. What may stand in a field is the operation's business; a form only carries it."""

from django import forms

MAX_TYPED: int = 40_000  # characters
LONGEST_TYPED_NAME: int = 1000  # characters; the operation says how long a name may be


class SiteForm(forms.Form):
    """Name and origins, for a new site and for its settings."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_TYPED_NAME,
        help_text="For your team; visitors do not see it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Shop"}),
    )
    allowed_origins = forms.CharField(
        label="Allowed origins",
        max_length=MAX_TYPED,
        help_text="One a line, such as https://shop.example. The widget works on these and nowhere else.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "https://shop.example"}),
    )

    @property
    def typed_origins(self) -> list[str]:
        """The origins as typed, one an entry; empty lines are left out."""
        typed: str = self.cleaned_data["allowed_origins"]
        return typed.split()

    def show(self, errors: dict[str, str]) -> None:
        """Put an operation's errors to their fields."""
        for field, message in errors.items():
            self.add_error({"allowedOrigins": "allowed_origins"}.get(field, field), message)


class SecretForm(forms.Form):
    """The label of a further secret."""

    label = forms.CharField(
        label="Label",
        max_length=120,
        required=False,
        help_text="What it is for, such as the service that will use it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Checkout service"}),
    )


class RotationForm(forms.Form):
    """How long the earlier secrets go on working."""

    overlap = forms.ChoiceField(
        label="Earlier secrets",
        required=False,
        initial="0",
        choices=(
            ("0", "Stop at once"),
            ("1h", "Go on for 1 hour"),
            ("24h", "Go on for 24 hours"),
            ("7d", "Go on for 7 days"),
        ),
        help_text="Stop them at once when a secret has leaked. Otherwise leave your backends time to change over.",
        widget=forms.RadioSelect,
    )

    @property
    def note(self) -> str:
        """The chosen overlap in a sentence."""
        spans = {"1h": "1 hour", "24h": "24 hours", "7d": "7 days"}
        return f"The earlier secrets of the site go on working for {spans[self.cleaned_data['overlap']]}."


class ShareForm(forms.Form):
    """With whom to share a site, and how far."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "jane@example.com"}),
    )
    level = forms.ChoiceField(
        label="May",
        choices=(("read", "Read: sees the site and its statistics"), ("write", "Write: changes its settings too")),
        initial="read",
        widget=forms.RadioSelect,
    )
