"""Who asks for a verification: a site's backend, by site key and secret."""

import hmac
from typing import Final
from uuid import UUID

from apps.audit import clock
from apps.credentials import peppers
from apps.credentials.format import TokenKind, is_well_formed
from apps.credentials.last_use import note_use
from apps.sites import site_key as spelling
from apps.sites.models import Site, SiteSecret

REFUSED: Final = "The site key and the secret do not belong together. Check both; a rotated secret stops at once."
_NO_SITE: Final = UUID(int=0)


class InvalidCredentials(Exception):
    """The site key is unknown, or the secret is not one of its; told apart by neither text nor time.

    Attributes:
        secret_is_known: whether the secret is a live one, of another site: its holder may be told.
    """

    def __init__(self, *, secret_is_known: bool) -> None:
        super().__init__(REFUSED)
        self.secret_is_known = secret_is_known


def authenticate_site(site_key: str, secret: str) -> Site:
    """The site that this secret belongs to, active or not.

    The secret is looked up by its digest, in one query whether the site key is right, wrong or unknown.

    Args:
        site_key: in any contract's spelling.
        secret: as the backend sent it.

    Raises:
        InvalidCredentials: when the two do not belong together.
    """
    key = spelling.read(site_key)
    found = _look_up(secret)
    if found is None or key is None or not hmac.compare_digest(found.site.key.bytes, key.bytes):
        raise InvalidCredentials(secret_is_known=found is not None)
    note_use(SiteSecret.objects.all(), found, secret, clock.now())
    return found.site


def authenticate_secret(secret: str) -> Site:
    """The site that this secret belongs to, active or not, for contracts in which a request names no site.

    Args:
        secret: as the backend sent it.

    Raises:
        InvalidCredentials: when it belongs to none.
    """
    found = _look_up(secret)
    if found is None:
        raise InvalidCredentials(secret_is_known=False)
    note_use(SiteSecret.objects.all(), found, secret, clock.now())
    return found.site


def _look_up(secret: str) -> SiteSecret | None:
    """The live secret, with its site. One query, also for what cannot be a secret: no answer is quicker than others."""
    candidates = peppers.digests(secret) if is_well_formed(TokenKind.SITE_SECRET, secret) else [bytes(32)]
    live = SiteSecret.objects.live(clock.now())
    return live.select_related("site").filter(digest__in=candidates, site__deleted_at=None).first()


def passes_without_credentials(site_key: str) -> bool:
    """Whether the site with this key, in any spelling, asked to let visitors pass when its secret is wrong.

    One query, also for what cannot be a site key.
    """
    key = spelling.read(site_key) or _NO_SITE
    return Site.objects.living().active().filter(key=key, fail_open=True).exists()
