"""Organizations: named groups of properties."""

from apps.accounts import models
from apps.api.contract import Call
from apps.api.privatecaptcha import ids, names, schemas
from apps.api.privatecaptcha.codes import Code, Unusable, business
from apps.api.privatecaptcha.contracts import CHANGING_STATUSES, READING_STATUSES, platform_api, success
from apps.api.privatecaptcha.ids import IdSpace
from apps.sites import access, organizations


@platform_api.endpoint(
    "GET",
    "/orgs",
    summary="List the organizations",
    permission="getOrganizations",
    answer=schemas.OrganizationsAnswer,
    statuses=READING_STATUSES,
)
def get_orgs(call: Call) -> schemas.OrganizationsAnswer:
    """The organizations that the key knows of, oldest first."""
    found = organizations.list_organizations(call.actor).order_by("pk")
    return schemas.OrganizationsAnswer(success(call), [_shown(organization) for organization in found])


@platform_api.endpoint(
    "POST",
    "/org",
    summary="Create an organization",
    permission="createOrganization",
    body=schemas.NewOrganization,
    answer=schemas.OrganizationAnswer,
    statuses=CHANGING_STATUSES,
)
def post_org(call: Call) -> schemas.OrganizationAnswer:
    """An organization, still without properties. A name that is taken: 1103; more than the account may have: 1104."""
    body: schemas.NewOrganization = call.body
    if body.id:
        raise business(Code.ORG_ID_GIVEN)
    made = organizations.create_organization(call.actor, name=_name(body.name))
    return schemas.OrganizationAnswer(success(call), _shown(made))


@platform_api.endpoint(
    "PUT",
    "/org",
    summary="Rename an organization",
    permission="updateOrganization",
    body=schemas.OrganizationChange,
    answer=schemas.OrganizationAnswer,
    statuses=CHANGING_STATUSES,
)
def put_org(call: Call) -> schemas.OrganizationAnswer:
    """Give an organization another name."""
    body: schemas.OrganizationChange = call.body
    number = organization_number(body.id)
    renamed = organizations.rename_organization(call.actor, organization_id=number, name=_name(body.name))
    return schemas.OrganizationAnswer(success(call), _shown(renamed))


@platform_api.endpoint(
    "DELETE",
    "/org",
    summary="Delete an organization",
    permission="deleteOrganization",
    body=schemas.OrganizationById,
    answer=schemas.DeletedOrganizationAnswer,
    statuses=CHANGING_STATUSES,
)
def delete_org(call: Call) -> schemas.DeletedOrganizationAnswer:
    """Delete an organization with its properties; for 30 days they can be restored in the dashboard."""
    organizations.delete_organization(call.actor, organization_id=organization_number(call.body.id))
    return schemas.DeletedOrganizationAnswer(success(call))


def organization_number(text: str) -> int:
    """The number that an organization's id stands for.

    Raises:
        ApiError: 1108 for none, 1109 for what is no id.
    """
    if not text:
        raise business(Code.ORG_ID_EMPTY)
    number = ids.decode(IdSpace.ORGANIZATION, text)
    if number is None:
        raise business(Code.ORG_ID_INVALID)
    return number


def organization_in_path(call: Call, permission: str) -> models.Organization:
    """The organization that the path names, for somebody with the permission for what they want of it.

    Raises:
        ApiError: 1109 for what is no id.
        NoSuchOrganization: when there is none that the actor may know of.
        Forbidden: without the permission; `OutOfReach` for a key that is limited to another one.
    """
    call.actor.require(permission)
    number = organization_number(call.path["org_id"])
    return access.organization_to_read(call.actor, number, permission=permission)


def _name(text: str) -> str:
    try:
        return names.ORGANIZATION.read(text)
    except Unusable as unusable:
        raise unusable.error() from None


def _shown(organization: models.Organization) -> schemas.Organization:
    return schemas.Organization(ids.encode(IdSpace.ORGANIZATION, organization.pk), organization.name)
