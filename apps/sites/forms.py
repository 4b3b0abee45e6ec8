"""Forms for sites. What may stand in a field is the operation's business; a form only carries it."""

from django import forms

MAX_TYPED: int = 40_000  # characters


class SiteForm(forms.Form):
    """Name and origins, for a new site and for its settings."""

    name = forms.CharField(
        label="Name",
        max_length=200,
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
