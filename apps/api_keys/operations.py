"""Everything that can be done with API keys before and after their life: finding, creating, noting their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from apps.accounts.models import Account
from apps.api_keys import access
from apps.api_keys.grant import Grant, most_of, require_allowed_end, require_within
from apps.api_keys.models import ApiKey, ApiKeyQuerySet, ApiKeyToken
from apps.api_keys.networks import parse_networks
from apps.api_keys.notices import Notice, notify
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, mint
from apps.credentials.plain import PlainSecret
from apps.permissions import catalogue
from apps.permissions.actor import Actor, system
from apps.permissions.models import ReachedOrganization, ReachedSite
from apps.permissions.naming import clean_name
from apps.permissions.operation import SYSTEM_ONLY, operation, reading
from apps.permissions.refusals import Invalid, checked


@dataclass(frozen=True, slots=True)
class KeyWithToken:
    """A key, and its new token for the one answer that shows it."""

    key: ApiKey
    token: PlainSecret


@reading("getApiKeys")
def list_keys(actor: Actor) -> ApiKeyQuerySet:
    """The keys that the actor may see, with their creators.

    Raises:
        Forbidden: without `getApiKeys`.
    """
    return ApiKey.objects.visible_to(actor).select_related("created_by")


@reading("getApiKeys")
def get_key(actor: Actor, *, key_id: UUID) -> ApiKey:
    """One key.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `getApiKeys`.
    """
    return access.key_to_read(actor, key_id)


@operation("createApiKey", Action.KEY_CREATED)
def create_key(
    actor: Actor,
    *,
    name: str,
    permissions: Sequence[str],
    expires_at: datetime | None,
    site_keys: Sequence[str] | None = None,
    organization_id: int | None = None,
    networks: Sequence[str] | None = None,
    owner_id: int | None = None,
) -> KeyWithToken:
    """Create a key. It can do nothing that its creator cannot.

    Args:
        actor: who creates it. A key gives at most what it is itself, and by default its own reach and networks.
        name: 1 to 120 characters.
        permissions: at least one name from the catalogue, each held by the actor.
        expires_at: when it stops working; `None` for never.
        site_keys: the sites that it reaches; `None` for all, future ones included.
        organization_id: the one organization whose sites it reaches, future ones included; instead of `site_keys`.
        networks: CIDR blocks that it may be used from; `None` or none for everywhere.
        owner_id: the person it belongs to, where the system creates it for somebody.

    Raises:
        Invalid: for a name, a permission, a site, a network or a time that cannot be used.
        NotFound: for a site that the actor may not know of.
        Forbidden: without `createApiKey`, or for a permission that the actor does not hold.
    """
    account = Account.objects.get(pk=actor.own_account_id)
    most = most_of(actor)
    errors = permission_errors(permissions)
    cleaned = checked(clean_name, name, errors)
    blocks = most.networks if networks is None else checked(parse_networks, networks, errors)
    checked(partial(require_allowed_end, account=account), expires_at, errors)
    if errors or cleaned is None or blocks is None:
        raise Invalid(errors)
    own = Grant(frozenset(permissions), most.site_ids, tuple(blocks), expires_at, most.organization_id)
    grant = own.with_reach(*access.chosen_reach(actor, site_keys, organization_id))
    require_within(grant, most)
    key, token = _store(actor, account, cleaned, grant, owner_id or actor.person_id)
    notify(key, Notice.CREATED, actor=actor.label)
    record(actor, Action.KEY_CREATED, access.target_of(key), changes=_created(key))
    return KeyWithToken(key, token)


def add_token(key: ApiKey) -> PlainSecret:
    """Mint a token for a key and store its digest; the caller authorises, records, and saves the key."""
    token = mint(TokenKind.API_KEY)
    digest = peppers.digest(token.reveal())
    key.last_four = token.last_four
    ApiKeyToken.objects.create(
        key=key, digest=digest.value, pepper=digest.pepper, last_four=token.last_four, created_at=clock.now()
    )
    return token


def permission_errors(permissions: Sequence[str]) -> dict[str, str]:
    """What is wrong with a choice of permissions."""
    if unknown := catalogue.unknown(permissions):
        return {"permissions": f"There is no permission {', '.join(map(repr, unknown[:5]))}."}
    if not permissions:
        return {"permissions": "Choose at least one permission; a key without any could do nothing."}
    return {}


def reach_in_words(key: ApiKey) -> str | list[str]:
    """The sites that a key reaches, as the log names them."""
    if key.organization:
        return f"all sites of the organization “{key.organization}”"
    return "all sites" if key.reaches_all_sites else sorted(key.sites.values_list("name", flat=True))


@operation(SYSTEM_ONLY, Action.KEY_EXPIRED)
def record_expiry(actor: Actor, *, key_id: UUID) -> bool:
    """Write into the log, once, that a key's time is over.

    Returns:
        Whether it was written now; false when it already stood there, or the key is gone.
    """
    now = clock.now()
    if not ApiKey.objects.expired_at(now).filter(pk=key_id).update(expiry_recorded_at=now):
        return False
    key = ApiKey.objects.get(pk=key_id)
    notify(key, Notice.EXPIRED)
    expired_at = key.expires_at.isoformat() if key.expires_at else None
    record(actor, Action.KEY_EXPIRED, access.target_of(key), changes={"expires_at": (expired_at, "over")})
    return True


def record_expired_keys() -> int:
    """Put the end of every key that has expired since the last time into its account's log.

    Returns:
        How many were written.
    """
    expired = list(ApiKey.objects.expired_at(clock.now()).values_list("pk", "account_id"))
    worker = Source("worker")
    return sum(record_expiry(system(worker, account_id), key_id=key_id) for key_id, account_id in expired)


def _store(
    actor: Actor, account: Account, name: str, grant: Grant, creator_id: int | None
) -> tuple[ApiKey, PlainSecret]:
    if creator_id is None:
        raise RuntimeError("A key belongs to a person: name one with owner_id.")
    key = ApiKey(
        account=account,
        name=name,
        permissions=catalogue.in_order(grant.permissions),
        reaches_all_sites=grant.reaches_all_sites,
        networks=list(grant.networks),
        created_by_id=creator_id,
        created_at=clock.now(),
        expires_at=grant.ends_at,
    )
    key.save(force_insert=True)
    token = add_token(key)
    key.save(update_fields=["last_four"])
    if grant.organization_id is not None:
        ReachedOrganization.objects.create(key=key, organization_id=grant.organization_id)
    ReachedSite.objects.bulk_create([ReachedSite(key=key, site_id=site_id) for site_id in grant.site_ids or ()])
    return key, token


def _created(key: ApiKey) -> Changes:
    return {
        "name": (None, key.name),
        "permissions": (None, key.permissions),
        "sites": (None, reach_in_words(key)),
        "networks": (None, key.networks or "everywhere"),
        "expires_at": (None, key.expires_at.isoformat() if key.expires_at else "never"),
        "key": (None, key.masked),
    }
