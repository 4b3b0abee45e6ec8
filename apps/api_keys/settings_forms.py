"""The form of the account's API settings."""

from typing import Final

from django import forms

from apps.accounts.operations import KEY_DAYS
from apps.permissions.catalogue import GROUPS

_DAYS_HELP: Final = f"{KEY_DAYS[0]} to {KEY_DAYS[-1]} days. Empty for no limit. With a limit, every new key must end."


class ApiSettingsForm(forms.Form):
    """What the account's API answers, and how long new keys may live."""

    api_is_on = forms.BooleanField(
        label="The API answers",
        required=False,
        help_text="Off: every API key and every sign-in token is refused with 403. Backends go on verifying "
        "with the secrets of their sites.",
    )
    groups_on = forms.MultipleChoiceField(
        label="Parts that the API answers",
        required=False,
        choices=[(group.name, group.label) for group in GROUPS],
    )
    keys_must_end = forms.BooleanField(
        label="Every new key must end",
        required=False,
        help_text="Nobody can make a key that works until somebody deletes it.",
    )
    longest_key_days = forms.IntegerField(
        label="Longest life of a new key, in days",
        required=False,
        min_value=KEY_DAYS[0],
        max_value=KEY_DAYS[-1],
        help_text=_DAYS_HELP,
    )

    @property
    def groups_off(self) -> list[str]:
        """The groups that are not chosen."""
        return [group.name for group in GROUPS if group.name not in self.cleaned_data["groups_on"]]
