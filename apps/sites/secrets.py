"""Everything that can be done with a site's secrets. Each is shown by the one answer that makes it."""

from dataclasses import dataclass
from datetime import timedelta

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, mint
from apps.credentials.overlap import AT_ONCE, OVERLAPS
from apps.credentials.plain import PlainSecret
from apps.permissions.actor import Actor
from apps.permissions.naming import clean_name
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict, Invalid, NotFound
from apps.sites import access
from apps.sites.models import MAX_SECRETS, Site, SiteSecret


@dataclass(frozen=True, slots=True)
class SiteWithSecret:
    """A site, and its new secret for the one answer that shows it."""

    site: Site
    secret: PlainSecret
    stored: SiteSecret


@reading("getSecrets")
def list_secrets(actor: Actor, *, site_key: str) -> list[SiteSecret]:
    """What is known of a site's live secrets: never the secrets themselves, newest first.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getSecrets`, or for a site that the actor does not own or oversee.
    """
    site = access.site_to_read(actor, site_key)
    access.require_oversight(actor, site, "getSecrets")
    return list(site.secrets.live(clock.now()).order_by("-created_at", "-pk"))


@operation("createSecret", Action.SECRET_ADDED)
def add_secret(actor: Actor, *, site_key: str, label: str = "") -> SiteWithSecret:
    """Give a site one more secret; the others go on working.

    Args:
        actor: who.
        site_key: in any contract's spelling.
        label: what it is for; may be empty, 120 characters at most.

    Raises:
        Invalid: for a label that cannot be used.
        Conflict: when the site has 10 live secrets.
        NotFound: when there is no such site for the actor.
        Forbidden: without `createSecret`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="createSecret")
    label = clean_name(label, field="label") if label.strip() else ""
    if site.secrets.live(clock.now()).count() >= MAX_SECRETS:
        raise Conflict(
            f"“{site.name}” has {MAX_SECRETS} live secrets, the most that a site can have. Delete one first."
        )
    made = make_secret(actor, site, label)
    changes: Changes = {"secret": (None, made.stored.masked), "label": (None, label)}
    record(actor, Action.SECRET_ADDED, access.target_of(site), changes=changes)
    return made


@operation("rotateSecret", Action.SECRET_ROTATED)
def rotate_secret(actor: Actor, *, site_key: str, overlap: timedelta = AT_ONCE) -> SiteWithSecret:
    """Give a site a new secret in place of every earlier one.

    Args:
        actor: who.
        site_key: in any contract's spelling.
        overlap: how long the earlier secrets go on working, one of `OVERLAPS`; by default not at all.

    Raises:
        Invalid: for another overlap.
        NotFound: when there is no such site for the actor.
        Forbidden: without `rotateSecret`, or for a site that the actor does not own.
    """
    if overlap not in OVERLAPS.values():
        raise Invalid({"overlap": "The overlap is 0, 1 hour, 24 hours or 7 days."})
    site = access.site_to_own(actor, site_key, permission="rotateSecret")
    now = clock.now()
    earlier = site.secrets.live(now)
    names = [secret.masked for secret in earlier.order_by("pk")]
    if overlap:
        earlier.filter(expires_at=None).update(expires_at=now + overlap)
        earlier.filter(expires_at__gt=now + overlap).update(expires_at=now + overlap)
    else:
        site.secrets.all().delete()
    made = make_secret(actor, site)
    site.updated_at = now
    site.save(update_fields=["updated_at"])
    changes: dict[str, tuple[object, object]] = {"secret": (", ".join(names) or None, made.stored.masked)}
    if overlap:
        changes["earlier_secrets_end_at"] = (None, (now + overlap).isoformat())
    record(actor, Action.SECRET_ROTATED, access.target_of(site), changes=changes)
    return made


@operation("deleteSecret", Action.SECRET_DELETED)
def delete_secret(actor: Actor, *, site_key: str, secret_id: int) -> SiteSecret:
    """Delete one of a site's secrets: it stops at once.

    Raises:
        Conflict: when it is the last that would go on working.
        NotFound: when there is no such site or secret for the actor.
        Forbidden: without `deleteSecret`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="deleteSecret")
    secret = site.secrets.live(clock.now()).filter(pk=secret_id).first()
    if secret is None:
        raise NotFound("This site has no such secret. It may have been deleted or rotated away already.")
    if not site.secrets.filter(expires_at=None).exclude(pk=secret_id).exists() and secret.expires_at is None:
        raise Conflict("This is the last live secret of the site. Rotate it instead, or add another first.")
    shown = secret.masked
    secret.delete()
    record(actor, Action.SECRET_DELETED, access.target_of(site), changes={"secret": (shown, None)})
    return secret


def make_secret(actor: Actor, site: Site, label: str = "") -> SiteWithSecret:
    """Mint a secret for a site and store its digest; the caller authorises and records."""
    secret = mint(TokenKind.SITE_SECRET)
    digest = peppers.digest(secret.reveal())
    stored = SiteSecret.objects.create(
        site=site,
        label=label,
        digest=digest.value,
        pepper=digest.pepper,
        last_four=secret.last_four,
        created_by_label=actor.label,
        created_at=clock.now(),
    )
    return SiteWithSecret(site, secret, stored)
