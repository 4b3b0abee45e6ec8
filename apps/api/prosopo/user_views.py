"""People: those who belong to the account, and those who are invited into it, by their address."""

from typing import Any

import structlog
from django.conf import settings
from django.urls import reverse
from msgspec import UnsetType

from apps.accounts import team
from apps.accounts.mails import send_invitation
from apps.accounts.models import Invitation, Membership
from apps.accounts.team import InvitationWithToken
from apps.api.contract import Call
from apps.api.prosopo import schemas
from apps.api.prosopo.contracts import CHANGING_STATUSES, portal_api
from apps.api.times import to_the_second
from apps.audit import clock
from apps.permissions.naming import clean_name
from apps.permissions.refusals import Invalid
from apps.permissions.roles import Role

log = structlog.get_logger(__name__)


@portal_api.endpoint(
    "GET",
    "/users/get",
    summary="List the account's people",
    permission="getUsers",
    query=schemas.AllUsers,
    answer=schemas.PortalUsers,
    statuses=(400, 401, 403, 429),
)
def users_get(call: Call) -> schemas.PortalUsers:
    """Who belongs to the account, owners first; then who is invited, the newest invitation first."""
    members = [_member(membership) for membership in team.list_members(call.actor)]
    return schemas.PortalUsers([*members, *map(_invited, team.list_invitations(call.actor))])


@portal_api.endpoint(
    "POST",
    "/users/create",
    summary="Invite a person",
    permission="createUser",
    body=schemas.NewPortalUser,
    answer=schemas.InvitedPortalUser,
    statuses=(400, 401, 403, 409, 413, 429),
)
def users_create(call: Call) -> schemas.InvitedPortalUser:
    """Invite an address; whoever accepts says how they are called. Again replaces the invitation; a member: 409."""
    body: schemas.NewPortalUser = call.body
    clean_name(body.name)
    made = team.invite_member(call.actor, email=body.email, role=_role(body.role, "role"))
    message, link = _delivered(call, made)
    return schemas.InvitedPortalUser(**_fields_of_invitation(made.invitation), message=message, invitation_link=link)


@portal_api.endpoint(
    "PUT",
    "/users/update",
    summary="Give a person another role",
    permission="updateUser",
    body=schemas.PortalUserChange,
    answer=schemas.PortalUser,
    statuses=(400, 401, 403, 404, 413, 429),
)
def users_update(call: Call) -> schemas.PortalUser:
    """Change a member's or an invited person's role, from their next request on. Nobody is renamed by others."""
    body: schemas.PortalUserChange = call.body
    name = None if isinstance(body.name, UnsetType) else body.name
    return _user(team.update_user(call.actor, email=body.email, role=_wanted_role(body), name=name))


@portal_api.endpoint(
    "POST",
    "/users/delete",
    summary="Remove a person",
    permission="deleteUser",
    body=schemas.UserByEmail,
    answer=schemas.DeletedPortalUser,
    statuses=CHANGING_STATUSES,
)
def users_delete(call: Call) -> schemas.DeletedPortalUser:
    """Take a member out of the account, or an invitation back, at once. An owner: 403; the key's creator: 409."""
    email = team.remove_user(call.actor, email=call.body.email)
    return schemas.DeletedPortalUser(success=True, deleted_user_email=email)


def _delivered(call: Call, made: InvitationWithToken) -> tuple[str, str | None]:
    """What became of the invitation's mail; and its link, where there is no mail server to send it."""
    email, link = made.invitation.email, reverse("accept_invitation", args=[made.token.reveal()])
    if not settings.MAIL_IS_SET_UP:
        message = f"Mail is not set up here: pass the link on to {email}. It is in this answer only."
        return message, call.request.build_absolute_uri(link)
    try:
        send_invitation(made.invitation, call.request.build_absolute_uri(link))
    except OSError:
        log.exception("invitation_not_mailed")
        return f"The mail to {email} could not be sent. The invitation is kept: send it again later.", None
    return f"An invitation is on its way to {email}. It is good for 7 days.", None


def _wanted_role(body: schemas.PortalUserChange) -> Role | None:
    """The role that `role` or `userType` names; `None` where neither is given."""
    named = {
        field: _role(value, field)
        for field, value in (("role", body.role), ("userType", body.user_type))
        if not isinstance(value, UnsetType)
    }
    if len(set(named.values())) > 1:
        raise Invalid({"userType": "userType and role are two names of one field, and say different things."})
    return next(iter(named.values()), None)


def _role(text: str, field: str) -> Role:
    if text not in Role.values:
        raise Invalid({field: f"{field} is “{text[:20]}”; it is “admin”, “viewer”, “member” or “auditor”."})
    return Role(text)


def _user(place: Membership | Invitation) -> schemas.PortalUser:
    return _member(place) if isinstance(place, Membership) else _invited(place)


def _member(membership: Membership) -> schemas.PortalUser:
    person = membership.person
    return schemas.PortalUser(
        email=person.email,
        name=person.name,
        role=membership.role,
        status="active" if person.is_active else "deactivated",
        created_at=to_the_second(membership.created_at),
    )


def _invited(invitation: Invitation) -> schemas.PortalUser:
    return schemas.PortalUser(**_fields_of_invitation(invitation))


def _fields_of_invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "email": invitation.email,
        "name": "",
        "role": str(invitation.role),
        "status": "invited" if invitation.expires_at > clock.now() else "expired",
        "created_at": to_the_second(invitation.created_at),
    }
