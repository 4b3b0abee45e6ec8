"""Whether a password alone is enough to act as a person: `/login` cannot ask for a second factor."""

from typing import Final

from allauth.mfa.utils import is_mfa_enabled

from apps.accounts.models import User

HAS_ONE: Final = (
    "This person signs in with a second factor, which this endpoint cannot ask for. Create an API key and send that."
)
NEEDS_ONE: Final = (
    "An account of this person asks everybody for a second factor, which this endpoint cannot. "
    "Create an API key and send that."
)


def why_not_by_password(person: User) -> str:
    """Why a password alone is not enough for this person; empty where it is."""
    if is_mfa_enabled(person):
        return HAS_ONE
    if person.memberships.filter(account__requires_second_factor=True).exists():
        return NEEDS_ONE
    return ""
