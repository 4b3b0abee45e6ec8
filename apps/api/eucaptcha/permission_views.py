"""Permissions: who shares a site. A share that waits for its address to be verified has a negative number."""

from typing import Any, Final

from apps.api.contract import JSON, LD_JSON, MERGE_PATCH, Call
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import BASE, sitekeys_api
from apps.api.eucaptcha.paging import page_of_list
from apps.api.eucaptcha.reach import NO_SUCH_SITEKEY, missing_as, number, place_at, site_number
from apps.api.times import to_the_second
from apps.permissions.models import Share, ShareLevel, WaitingShare
from apps.permissions.refusals import Invalid
from apps.sites import access, sharing

COLLECTION: Final = f"{BASE}/sitekey-permissions"
NO_SUCH_PERMISSION: Final = "There is no permission with this id here. It may have been removed already."
_ITEM: Final = f"{COLLECTION}/{{id}}"


@sitekeys_api.endpoint(
    "GET",
    COLLECTION,
    summary="List permissions",
    permission="getPermissions",
    query=schemas.OfSitekey,
    answer=schemas.PermissionCollection,
    statuses=(400, 401, 403, 404, 422, 429),
)
def list_permissions(call: Call) -> schemas.PermissionCollection:
    """Who a site is shared with, oldest first, 30 a page; those who wait for their address to be verified last."""
    query: schemas.OfSitekey = call.query
    with missing_as(NO_SUCH_SITEKEY):
        place = place_at(call.caller, number(str(query.sitekey_id)))
        shares: list[Share | WaitingShare] = [*sharing.list_shares(place.actor, site_key=place.site_key)]
        shares += sharing.list_waiting_shares(place.actor, site_key=place.site_key)
    page = page_of_list(shares, query.page, COLLECTION, sitekey_id=query.sitekey_id)
    return schemas.PermissionCollection(
        iri=COLLECTION,
        total_items=page.total,
        member=[schemas.Permission(**_fields(share)) for share in page.rows],
        view=page.view,
    )


@sitekeys_api.endpoint(
    "POST",
    COLLECTION,
    summary="Grant a permission",
    permission="grantPermission",
    body=schemas.Grant,
    takes=(JSON, LD_JSON),
    answer=schemas.Granted,
    status=201,
    statuses=(400, 401, 403, 404, 409, 413, 415, 422, 429),
)
def grant_permission(call: Call) -> schemas.Granted:
    """Let a person here read or write a site, at once. Granting again replaces what they had."""
    body: schemas.Grant = call.body
    level = _level(body.permission)
    with missing_as(NO_SUCH_SITEKEY, instead_of=access.NO_SUCH_SITE):
        place = place_at(call.caller, site_number(body.sitekey_id))
        share = sharing.share_site(place.actor, site_key=place.site_key, email=body.email, level=level)
    fields = _fields(share)
    verb = "will, once the address is verified," if isinstance(share, WaitingShare) else "may now"
    return schemas.Granted(**fields, message=f"{fields['email']} {verb} {level.value} this sitekey.")


@sitekeys_api.endpoint(
    "PATCH",
    _ITEM,
    summary="Update a permission",
    permission="updatePermission",
    body=schemas.PermissionPatch,
    takes=(JSON, LD_JSON, MERGE_PATCH),
    answer=schemas.Permission,
    statuses=(400, 401, 403, 404, 413, 415, 422, 429),
)
def update_permission(call: Call) -> schemas.Permission:
    """Change what a person may do with a site, from their next request on."""
    body: schemas.PermissionPatch = call.body
    level = _level(body.permission)
    with missing_as(NO_SUCH_PERMISSION):
        share_id, site_id = _share(call)
        place = place_at(call.caller, site_id)
        changed: Share | WaitingShare
        if share_id < 0:
            changed = sharing.change_waiting_share(
                place.actor, site_key=place.site_key, share_id=-share_id, level=level
            )
        else:
            changed = sharing.change_share(place.actor, site_key=place.site_key, share_id=share_id, level=level)
    return schemas.Permission(**_fields(changed))


@sitekeys_api.endpoint(
    "DELETE",
    _ITEM,
    summary="Remove a permission",
    permission="removePermission",
    answer=None,
    status=204,
    statuses=(401, 403, 404, 429),
)
def remove_permission(call: Call) -> None:
    """Stop sharing a site with a person; their next request finds nothing."""
    with missing_as(NO_SUCH_PERMISSION):
        share_id, site_id = _share(call)
        place = place_at(call.caller, site_id)
        if share_id < 0:
            sharing.remove_waiting_share(place.actor, site_key=place.site_key, share_id=-share_id)
        else:
            sharing.remove_share(place.actor, site_key=place.site_key, share_id=share_id)


def _share(call: Call) -> tuple[int, int | None]:
    """The number in the path, and that of the site it belongs to; 0 and `None` for a share that is not there."""
    share_id = number(call.path["id"]) or 0
    shares: Any = WaitingShare.objects if share_id < 0 else Share.objects
    return share_id, shares.filter(pk=abs(share_id)).values_list("site_id", flat=True).first()


def _level(text: str) -> ShareLevel:
    if text not in ShareLevel.values:
        raise Invalid({"permission": f"permission is “{text[:20]}”; it is “write” or “read”."})
    return ShareLevel(text)


def _fields(share: Share | WaitingShare) -> dict[str, Any]:
    waits = isinstance(share, WaitingShare)
    email, name = (share.email, "") if isinstance(share, WaitingShare) else (share.person.email, share.person.name)
    first, _, last = name.partition(" ")
    share_id = -share.pk if waits else share.pk
    return {
        "iri": f"{COLLECTION}/{share_id}",
        "id": share_id,
        "email": email,
        "firstname": first,
        "lastname": last,
        "permission": str(share.level),
        "created_at": to_the_second(share.created_at),
    }
