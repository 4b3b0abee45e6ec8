"""Properties, which are this product's sites: read at once, changed in batches by tasks."""

from typing import Final

from apps.api.contract import Call
from apps.api.privatecaptcha import batches, ids, schemas
from apps.api.privatecaptcha.codes import Code, business
from apps.api.privatecaptcha.contracts import BATCH_STATUSES, READING_STATUSES, platform_api, success
from apps.api.privatecaptcha.ids import IdSpace
from apps.api.privatecaptcha.organization_views import organization_in_path
from apps.sites import operations
from apps.sites.models import Site
from apps.tasks import work
from apps.tasks.kinds import Kind

MOST_PER_PAGE: Final = 50
_LAST_PAGE: Final = 10**9
_ORDERS: Final = {
    "date_asc": ("created_at", "pk"),
    "date_desc": ("-created_at", "-pk"),
    "name_asc": ("name", "pk"),
    "name_desc": ("-name", "-pk"),
}


@platform_api.endpoint(
    "GET",
    "/org/{org_id}/properties",
    summary="List an organization's properties",
    permission="getSites",
    query=schemas.PageQuery,
    answer=schemas.PropertiesAnswer,
    statuses=READING_STATUSES,
)
def get_org_properties(call: Call) -> schemas.PropertiesAnswer:
    """A part of the organization's properties that the key reaches, at most 50."""
    query: schemas.PageQuery = call.query
    organization = organization_in_path(call, "getSites")
    page, per_page = min(query.page, _LAST_PAGE), max(1, min(query.per_page, MOST_PER_PAGE))
    sites = operations.list_sites(call.actor).filter(organization=organization)
    ordered = sites.order_by(*_ORDERS.get(query.sort, _ORDERS["date_asc"]))
    found = list(ordered[page * per_page : (page + 1) * per_page + 1])
    pagination = schemas.Pagination(query.page, per_page, has_more=len(found) > per_page)
    listed = [schemas.ListedProperty(_id(site), site.name, site.key.hex) for site in found[:per_page]]
    return schemas.PropertiesAnswer(success(call), schemas.PropertyPage(listed, pagination), pagination)


@platform_api.endpoint(
    "GET",
    "/org/{org_id}/property/{property_id}",
    summary="Get one property",
    permission="getSite",
    answer=schemas.PropertyAnswer,
    statuses=READING_STATUSES,
)
def get_org_property(call: Call) -> schemas.PropertyAnswer:
    """A property with its settings. One that is not in this organization is none: 1212."""
    organization = organization_in_path(call, "getSite")
    number = ids.decode(IdSpace.PROPERTY, call.path["property_id"]) or 0
    key = Site.objects.filter(pk=number, organization=organization).values_list("key", flat=True).first()
    if key is None:
        raise business(Code.ID_INVALID)
    site = operations.get_site(call.actor, site_key=str(key))
    return schemas.PropertyAnswer(success(call), _shown(site))


@platform_api.endpoint(
    "POST",
    "/org/{org_id}/properties",
    summary="Create properties",
    permission="createSite",
    body=list[schemas.NewProperty],
    answer=schemas.StartedTaskAnswer,
    statuses=BATCH_STATUSES,
    takes_idempotency_key=True,
)
def post_org_properties(call: Call) -> schemas.StartedTaskAnswer:
    """Start a task that creates 1 to 128 properties, without secrets; where one cannot be, none is."""
    organization = organization_in_path(call, "createSite")
    batch = batches.creations(call, organization)
    return _started(call, Kind.SITES_CREATE, batch, "Create", f" in {organization.name}")


@platform_api.endpoint(
    "PUT",
    "/properties",
    summary="Change properties",
    permission="updateSite",
    body=list[schemas.PropertyChange],
    answer=schemas.StartedTaskAnswer,
    statuses=BATCH_STATUSES,
    takes_idempotency_key=True,
)
def put_properties(call: Call) -> schemas.StartedTaskAnswer:
    """Start a task that changes 1 to 128 properties. A field that is left out keeps its value."""
    call.actor.require("updateSite")
    return _started(call, Kind.SITES_UPDATE, batches.changes(call), "Change")


@platform_api.endpoint(
    "DELETE",
    "/properties",
    summary="Delete properties",
    permission="deleteSite",
    body=list[schemas.PropertyId],
    answer=schemas.StartedTaskAnswer,
    statuses=BATCH_STATUSES,
    takes_idempotency_key=True,
)
def delete_properties(call: Call) -> schemas.StartedTaskAnswer:
    """Start a task that deletes 1 to 128 properties; an id that is given twice counts once."""
    call.actor.require("deleteSite")
    return _started(call, Kind.SITES_DELETE, batches.deletions(call), "Delete")


def _started(call: Call, kind: Kind, batch: batches.Batch, verb: str, where: str = "") -> schemas.StartedTaskAnswer:
    title = f"{verb} {len(batch.inputs)} properties{where}"
    task = work.start_task(
        call.actor, kind=kind, inputs=batch.inputs, title=title, idempotency_key=batch.idempotency_key
    )
    return schemas.StartedTaskAnswer(success(call), schemas.StartedTask(task.pk.hex))


def _id(site: Site) -> str:
    return ids.encode(IdSpace.PROPERTY, site.pk)


def _shown(site: Site) -> schemas.Property:
    return schemas.Property(
        id=_id(site),
        name=site.name,
        domain=site.domain,
        sitekey=site.key.hex,
        level=site.level,
        growth=site.growth,
        validity_seconds=site.validity_seconds,
        allow_subdomains=site.allow_subdomains,
        allow_localhost=site.allow_localhost,
        max_replay_count=site.max_replay_count,
    )
