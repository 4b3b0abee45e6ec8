"""The encrypted seeds of second factors: which pepper each hangs on, and moving them to the newest."""

from collections.abc import Iterator
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db import transaction

from apps.accounts import encryption
from apps.credentials import peppers

_HAVE_SEEDS: Final = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
_TEXTS: Final = ("secret", "seed")
_LISTS: Final = ("migrated_codes",)


def peppers_of_seeds() -> Iterator[tuple[str, int | None]]:
    """Of each factor that has a seed, its person's address and the number of the oldest pepper that it needs.

    The number is `None` where no pepper reads it: that of its making is gone.
    """
    factors = Authenticator.objects.filter(type__in=_HAVE_SEEDS).select_related("user").order_by("pk")
    for factor in factors.iterator():
        numbers = [encryption.pepper_of(text) for text in _encrypted(factor.data)]
        if numbers:
            yield factor.user.email, None if None in numbers else min(number for number in numbers if number)


def reencrypt_seeds() -> tuple[int, int]:
    """Encrypt every seed under the newest pepper that is not yet. Each factor is one step; it can be done again.

    Returns:
        How many factors were moved, and how many cannot be: no pepper reads them.
    """
    moved = unreadable = 0
    for pk in list(Authenticator.objects.filter(type__in=_HAVE_SEEDS).values_list("pk", flat=True)):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if factor is None:  # removed meanwhile
                continue
            numbers = {encryption.pepper_of(text) for text in _encrypted(factor.data)}
            if None in numbers:
                unreadable += 1
            elif numbers - {peppers.newest()}:
                factor.data = _moved(factor.data)
                factor.save(update_fields=["data"])
                moved += 1
    return moved, unreadable


def _encrypted(stored: dict[str, Any]) -> list[str]:
    """What is encrypted in a factor, as django-allauth stores it."""
    return [stored[name] for name in _TEXTS if name in stored] + [
        text for name in _LISTS for text in stored.get(name, [])
    ]


def _moved(stored: dict[str, Any]) -> dict[str, Any]:
    texts = {name: _again(stored[name]) for name in _TEXTS if name in stored}
    lists = {name: [_again(text) for text in stored[name]] for name in _LISTS if name in stored}
    return stored | texts | lists


def _again(encrypted: str) -> str:
    return encryption.encrypt(encryption.decrypt(encrypted))
