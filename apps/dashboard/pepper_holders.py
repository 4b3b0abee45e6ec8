"""What hangs on each pepper: what would stop working without it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models

from apps.accounts.models import RESTORABLE_FOR, Invitation
from apps.accounts.seeds import peppers_of_seeds
from apps.api_keys.models import ApiKeyToken
from apps.audit import clock
from apps.sites.models import SiteSecret

NAMED: Final = 20  # of each kind; of more, the number is enough to see that it is too early
FACTORS: Final = "second factors"


@dataclass(frozen=True, slots=True)
class Holders:
    """Those of one kind that hang on one pepper.

    Attributes:
        kind: what they are, in the plural.
        count: how many.
        names: who, as far as a list is readable.
    """

    kind: str
    count: int
    names: list[str]


def holders_by_pepper() -> Mapping[int | None, list[Holders]]:
    """What hangs on each pepper that anything hangs on; under `None` the factors that no pepper reads.

    What is over for good (deleted keys, expired secrets, used invitations) hangs on nothing. A disabled key and
    the secrets of a site that can still be restored do.
    """
    now = clock.now()
    found: dict[int | None, list[Holders]] = {}
    kinds: list[tuple[str, models.QuerySet[Any], Callable[[Any], str]]] = [
        ("API key tokens", live_key_tokens(now).select_related("key__account"), _key_name),
        ("site secrets", live_secrets(now).select_related("site__account"), _secret_name),
        ("open invitations", Invitation.objects.open(now).select_related("account"), _invitation_name),
    ]
    for kind, rows, name_of in kinds:
        counts = rows.order_by().values_list("pepper").annotate(count=models.Count("pk")).order_by("pepper")
        for pepper, count in counts:
            names = [name_of(row) for row in rows.filter(pepper=pepper).order_by("pk")[:NAMED]]
            found.setdefault(pepper, []).append(Holders(kind, count, names))
    for number, people in _people_by_pepper().items():
        found.setdefault(number, []).append(Holders(FACTORS, len(people), people[:NAMED]))
    return found


def live_key_tokens(now: datetime) -> models.QuerySet[ApiKeyToken]:
    """The tokens that prove a key, or will again once it is enabled."""
    return ApiKeyToken.objects.live(now).filter(key__deleted_at=None).exclude(key__expires_at__lte=now)


def live_secrets(now: datetime) -> models.QuerySet[SiteSecret]:
    """The secrets that work, or will again once their site is restored."""
    restorable = models.Q(site__deleted_at=None) | models.Q(site__deleted_at__gt=now - RESTORABLE_FOR)
    return SiteSecret.objects.live(now).filter(restorable)


def described(holders: Iterable[Holders]) -> str:
    """`2 API keys, 1 site secret`."""
    return ", ".join(f"{one.count} {one.kind if one.count != 1 else one.kind.removesuffix('s')}" for one in holders)


def _people_by_pepper() -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = {}
    for email, number in peppers_of_seeds():
        found.setdefault(number, []).append(email)
    return found


def _key_name(token: ApiKeyToken) -> str:
    return f"{token.masked} of “{token.key.name}”, {token.key.account.name}{_last_use(token)}"


def _secret_name(secret: SiteSecret) -> str:
    label = f" “{secret.label}”" if secret.label else ""
    return f"{secret.masked}{label} of “{secret.site.name}”, {secret.site.account.name}{_last_use(secret)}"


def _invitation_name(invitation: Invitation) -> str:
    if invitation.account is None:
        return "the link for the first owner"
    return f"{invitation.email}, {invitation.account.name}, until {invitation.expires_at:%Y-%m-%d}"


def _last_use(token: ApiKeyToken | SiteSecret) -> str:
    return f", last used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else ", never used"
