"""What an account has switched off for its API: all of it, or the permissions of single groups."""

from typing import Final

from apps.accounts.models import Account
from apps.permissions.catalogue import CATALOGUE, GROUPS

API_IS_OFF: Final = "The API is switched off for this account. An owner can switch it on in the account's settings."
SWITCHED_OFF: Final = "switched off"  # for counts
_LABELS: Final = {group.name: group.label for group in GROUPS}


def withheld_by(account: Account) -> dict[str, str]:
    """The permissions that the account's switches take from every API key and sign-in token, each with the reason."""
    if not account.api_is_on:
        return dict.fromkeys(CATALOGUE, API_IS_OFF)
    return {
        name: f"{_LABELS[permission.group]} is switched off for this account's API. An owner can switch it on."
        for name, permission in CATALOGUE.items()
        if permission.group in account.groups_off
    }
