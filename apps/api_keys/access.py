"""Access returns the key or refuses. Who may not see a key gets the answer of one that does not exist."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from apps.accounts.models import Organization
from apps.api_keys.models import ApiKey
from apps.audit.record import Target
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.refusals import Forbidden, Invalid, NotFound
from apps.permissions.roles import Role
from apps.sites import site_key as spelling
from apps.sites.access import NO_SUCH_SITE, NoSuchOrganization, organization_to_read
from apps.sites.models import Site

NO_SUCH_KEY: Final = "There is no API key with this id here. It may have been deleted."
NOT_TO_BE_HANDED: Final = (
    "Only the creator of a key or an owner of the account can rotate it: the new token acts as its creator."
)


class NoSuchKey(NotFound):
    """There is no such key, or the actor may not know of it."""


def target_of(key: ApiKey) -> Target:
    """The key as the audit log names it."""
    return Target("key", str(key.pk), key.name)


def key_to_read(actor: Actor, key_id: UUID) -> ApiKey:
    """The key with this id.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    key = ApiKey.objects.visible_to(actor).select_related("created_by", "account").filter(pk=key_id).first()
    if key is None:
        raise NoSuchKey(NO_SUCH_KEY)
    return key


def key_to_change(actor: Actor, key_id: UUID) -> ApiKey:
    """The key with this id, locked until the transaction ends.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    return keys_to_change(actor, [key_id])[0]


def keys_to_change(actor: Actor, key_ids: Sequence[UUID]) -> list[ApiKey]:
    """The keys with these ids, locked until the transaction ends, in one order for everybody.

    Raises:
        NotFound: when there is one among them that the actor may not know of.
    """
    visible = ApiKey.objects.visible_to(actor).select_related("account")
    keys = list(visible.select_for_update(of=("self",)).filter(pk__in=key_ids).order_by("pk"))
    if len(keys) != len(set(key_ids)) or not keys:
        raise NoSuchKey(NO_SUCH_KEY)
    return keys


def chosen_sites(actor: Actor, site_keys: Sequence[str]) -> list[Site]:
    """The sites that a key is limited to, in one query.

    Raises:
        Invalid: for none, or one that the actor may not know of.
    """
    if not site_keys:
        raise Invalid({"sites": "Choose at least one site, or let the key reach all of them."})
    wanted = {spelling.read(site_key) for site_key in site_keys}
    sites = list(Site.objects.visible_to(actor).filter(key__in=[key for key in wanted if key]))
    if len(sites) < len(wanted):
        raise Invalid({"sites": NO_SUCH_SITE})
    return sites


def chosen_organization(actor: Actor, organization_id: int) -> Organization:
    """The organization that a key is limited to.

    Raises:
        Invalid: for one that the actor may not know of.
        Forbidden: for a key that is limited to another one.
    """
    try:
        return organization_to_read(actor, organization_id, permission="createApiKey")
    except NoSuchOrganization as refusal:
        raise Invalid({"organization": str(refusal)}) from None


def chosen_reach(
    actor: Actor, site_keys: Sequence[str] | None, organization_id: int | None
) -> tuple[frozenset[int] | None, int | None]:
    """The numbers of the sites, and of the organization, that a key is limited to; each `None` where it is not.

    Raises:
        Invalid: for both, or one that the actor may not know of.
        Forbidden: for another organization than the one that the key which asks is limited to.
    """
    if site_keys is not None and organization_id is not None:
        raise Invalid({"organization": "Choose an organization or single sites, not both."})
    if organization_id is not None:
        return None, chosen_organization(actor, organization_id).pk
    sites = None if site_keys is None else chosen_sites(actor, site_keys)
    return None if sites is None else frozenset(site.pk for site in sites), None


def may_be_handed(actor: Actor, key: ApiKey) -> bool:
    """Whether the actor may have a new token of the key, which acts as its creator: that person and owners may."""
    return key.created_by_id == actor.person_id or actor.role is Role.OWNER or actor.kind is ActorKind.SYSTEM


def require_to_be_handed(actor: Actor, key: ApiKey) -> None:
    """Refuse to hand a new token of the key to anybody but its creator and owners.

    Raises:
        Forbidden: saying who may.
    """
    if not may_be_handed(actor, key):
        raise Forbidden(NOT_TO_BE_HANDED, permission="updateApiKey", target=target_of(key))
