"""Who asks for a verification: a site's backend, by site key and secret."""

import hmac
from typing import Final

from apps.audit import clock
from apps.credentials import peppers
from apps.credentials.format import TokenKind, is_well_formed
from apps.credentials.last_use import note_use
from apps.sites import site_key as spelling
from apps.sites.models import Site, SiteSecret

REFUSED: Final = "The site key and the secret do not belong together. Check both; a rotated secret stops at once."


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
    well_formed = is_well_formed(TokenKind.SITE_SECRET, secret)
    candidates = peppers.digests(secret) if well_formed else [bytes(32)]
    now = clock.now()
    live = SiteSecret.objects.live(now)
    found = live.select_related("site").filter(digest__in=candidates, site__deleted_at=None).first()
    if found is None or key is None or not hmac.compare_digest(found.site.key.bytes, key.bytes):
        raise InvalidCredentials(secret_is_known=found is not None)
    note_use(SiteSecret.objects.all(), found, secret, now)
    return found.site


def passes_without_credentials(site_key: str) -> bool:
    """Whether the site with this key, in any spelling, asked to let visitors pass when its secret is wrong."""
    key = spelling.read(site_key)
    return key is not None and Site.objects.living().active().filter(key=key, fail_open=True).exists()
