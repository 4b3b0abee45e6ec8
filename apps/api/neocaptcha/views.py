"""The endpoints: each only translates between the wire and an operation."""

from typing import Final
from uuid import UUID

from apps.accounts.models import Account
from apps.api.contract import Call
from apps.api.idempotency import named_request
from apps.api.neocaptcha import schemas
from apps.api.neocaptcha.contracts import sites_api
from apps.api.times import to_the_second
from apps.permissions import catalogue
from apps.permissions.refusals import Forbidden, NotFound
from apps.sites import operations, secrets, site_key
from apps.sites.models import Site
from apps.sites.requests import create_site_once

CREATED: Final = "Site created successfully. Save the siteSecret - it cannot be retrieved again."
CREATED_BEFORE: Final = (
    "This request created the site before, so no second one was created. The siteSecret was shown in the first answer "
    "only, and is masked here. If you do not have it, rotate the site's secret."
)
ROTATED: Final = (
    "Site secret rotated successfully. Save the new siteSecret - it cannot be retrieved again. "
    "Update your backend immediately."
)
_SITES: Final = "/api/v1/sites"
_SITE: Final = f"{_SITES}/{{siteKey}}"


@sites_api.endpoint(
    "POST",
    _SITES,
    summary="Create a site",
    permission="createSite",
    body=schemas.CreateSite,
    answer=schemas.CreatedSite,
    status=201,
    statuses=(400, 401, 403, 404, 409, 413, 415, 429),
    takes_idempotency_key=True,
)
def create_site(call: Call) -> schemas.CreatedSite:
    """A site with a new key and its first secret, which is in this answer only: a repeated one has it masked."""
    body: schemas.CreateSite = call.body
    _require_own_account(call, body.account_id, "createSite")
    created = create_site_once(
        call.actor, request=named_request(call, _SITES), name=body.name, allowed_origins=body.allowed_origins
    )
    return schemas.CreatedSite(
        site_key=created.site.site_key,
        site_secret=created.secret,
        name=created.site.name,
        allowed_origins=created.site.allowed_origins,
        is_active=created.site.is_active,
        created_at=to_the_second(created.site.created_at),
        message=CREATED_BEFORE if created.is_repeated else CREATED,
    )


@sites_api.endpoint(
    "GET",
    _SITES,
    summary="List sites",
    permission="getSites",
    query=schemas.ListSites,
    answer=schemas.SiteList,
    statuses=(400, 401, 403, 404, 429),
)
def list_sites(call: Call) -> schemas.SiteList:
    """Every site of the account that the key reaches, inactive ones included, oldest first."""
    query: schemas.ListSites = call.query
    _require_own_account(call, query.account_id, "getSites")
    fields = ("key", "name", "is_active", "created_at", "updated_at", "allowed_origins")
    rows = operations.list_sites(call.actor).order_by("pk").values_list(*fields)
    return schemas.SiteList(
        [
            schemas.ListedSite(
                site_key.spell(key), name, is_active, to_the_second(created), to_the_second(updated), origins
            )
            for key, name, is_active, created, updated, origins in rows
        ]
    )


@sites_api.endpoint(
    "GET",
    _SITE,
    summary="Get a site",
    permission="getSite",
    answer=schemas.Site,
    statuses=(401, 403, 404, 429),
)
def get_site(call: Call) -> schemas.Site:
    """One site. Its secret is never shown again."""
    return _site(operations.get_site(call.actor, site_key=call.path["siteKey"]))


@sites_api.endpoint(
    "PATCH",
    _SITE,
    summary="Update a site",
    permission="updateSite",
    body=schemas.UpdateSite,
    answer=schemas.Site,
    statuses=(400, 401, 403, 404, 413, 415, 429),
)
def update_site(call: Call) -> schemas.Site:
    """Change the name, the allowed origins or the state; all or nothing. Deactivating needs `deleteSite` too."""
    body: schemas.UpdateSite = call.body
    site = operations.update_site(
        call.actor,
        site_key=call.path["siteKey"],
        name=body.name if isinstance(body.name, str) else None,
        allowed_origins=body.allowed_origins if isinstance(body.allowed_origins, list) else None,
        is_active=body.is_active if isinstance(body.is_active, bool) else None,
    )
    return _site(site)


@sites_api.endpoint(
    "DELETE",
    _SITE,
    summary="Deactivate a site",
    permission="deleteSite",
    answer=schemas.Deactivated,
    statuses=(401, 403, 404, 429),
)
def deactivate_site(call: Call) -> schemas.Deactivated:
    """The record stays; verification for the site stops at once. Doing it again changes nothing."""
    operations.deactivate_site(call.actor, site_key=call.path["siteKey"])
    return schemas.Deactivated(success=True)


@sites_api.endpoint(
    "POST",
    f"{_SITE}/rotate-secret",
    summary="Rotate a site's secret",
    permission="rotateSecret",
    answer=schemas.RotatedSecret,
    statuses=(401, 403, 404, 429),
)
def rotate_secret(call: Call) -> schemas.RotatedSecret:
    """A new secret, in this answer only; every earlier one stops with this request."""
    rotated = secrets.rotate_secret(call.actor, site_key=call.path["siteKey"])
    return schemas.RotatedSecret(
        site_key=rotated.site.site_key,
        new_site_secret=rotated.secret.reveal(),
        name=rotated.site.name,
        updated_at=to_the_second(rotated.site.updated_at),
        message=ROTATED,
    )


@sites_api.endpoint(
    "GET",
    "/api/v1/whoami",
    summary="Look at the key itself",
    answer=schemas.WhoAmI,
    statuses=(401, 429),
)
def whoami(call: Call) -> schemas.WhoAmI:
    """The key's name, account, permissions and expiry: a harmless first call."""
    return schemas.WhoAmI(
        name=call.key.name,
        account_id=call.key.account_id,
        account_name=call.key.account.name,
        permissions=catalogue.in_order(call.actor.permissions),
        expires_at=to_the_second(call.key.expires_at),
    )


def _require_own_account(call: Call, account_id: UUID, permission: str) -> None:
    """The contract demands 403 for another account that exists, and 404 for one that does not."""
    if account_id == call.actor.account_id:
        return
    if not Account.objects.filter(pk=account_id).exists():
        raise NotFound("There is no account with this accountId.")
    raise Forbidden("accountId names another account than this API key's.", permission=permission)


def _site(site: Site) -> schemas.Site:
    return schemas.Site(
        site_key=site.site_key,
        name=site.name,
        allowed_origins=site.allowed_origins,
        is_active=site.is_active,
        created_at=to_the_second(site.created_at),
        updated_at=to_the_second(site.updated_at),
    )
