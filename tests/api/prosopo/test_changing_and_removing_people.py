"""`PUT /users/update` and `POST /users/delete`: members and waiting invitations, and never an owner."""

import pytest

from apps.accounts import team
from apps.accounts.models import Invitation, Membership
from apps.audit.models import AuditEvent
from apps.permissions.models import Share
from apps.permissions.roles import Role
from tests.api.prosopo.conftest import CHANGE_ROLE, REMOVE, USERS_GET, put, refused
from tests.people import Api, make_person

WAITING = "waiting@people.example"


@pytest.fixture
def waiting(alice):
    """The address of a waiting invitation."""
    team.invite_member(alice.actor, email=WAITING, role=Role.MEMBER)
    return WAITING


@pytest.mark.parametrize("field", ["role", "userType"])
def test_a_member_gets_another_role_under_either_name_of_the_field(api, bob, field):
    answer = put(api, CHANGE_ROLE, {"email": bob.user.email.title(), field: "viewer"})

    assert (answer.json()["email"], answer.json()["role"], answer.json()["status"]) == (
        bob.user.email,
        "viewer",
        "active",
    )
    assert bob.membership.role == Role.VIEWER
    event = AuditEvent.objects.get(action="role.changed")
    assert (event.changes["role"], event.target_label) == (["member", "viewer"], bob.user.email)


def test_it_holds_from_the_next_request(api, grace, make_key):
    theirs = Api(make_key(grace))
    put(api, CHANGE_ROLE, {"email": grace.user.email, "role": "viewer"})

    refused(theirs.post(REMOVE, {"email": "x@x.example"}), 403, "API.INSUFFICIENT_PERMISSIONS")


def test_a_waiting_invitation_gets_another_role(api, waiting):
    answer = put(api, CHANGE_ROLE, {"email": waiting, "role": "auditor"})

    assert (answer.json()["role"], answer.json()["status"]) == ("auditor", "invited")
    assert Invitation.objects.get().role == Role.AUDITOR
    assert AuditEvent.objects.get(action="role.changed").changes["role"] == ["member", "auditor"]


def test_the_same_role_and_no_role_change_and_record_nothing(api, bob, waiting):
    for body in ({"role": "member"}, {}, {"name": "Bob"}, {"role": "member", "userType": "member"}):
        assert put(api, CHANGE_ROLE, {"email": bob.user.email} | body).json()["role"] == "member"
    assert put(api, CHANGE_ROLE, {"email": waiting, "name": ""}).status_code == 200
    assert not AuditEvent.objects.filter(action="role.changed").exists()


def test_nobody_is_renamed_by_others(api, bob, waiting):
    for email in (bob.user.email, waiting):
        answer = put(api, CHANGE_ROLE, {"email": email, "name": "Robert", "role": "viewer"})
        assert "how they are called" in refused(answer, 400, "API.INVALID_BODY")
    assert bob.membership.role == Role.MEMBER
    bob.user.refresh_from_db()
    assert bob.user.name == "Bob"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"role": "king"}, "role is “king”"),
        ({"userType": "superadmin"}, "userType is “superadmin”"),
        ({"role": "viewer", "userType": "admin"}, "two names of one field"),
        ({"role": None}, "role"),
        ({"email": "nobody"}, "no e-mail address"),
    ],
)
def test_what_is_wrong_is_named(api, bob, body, named):
    assert named in refused(put(api, CHANGE_ROLE, {"email": bob.user.email} | body), 400, "API.INVALID_BODY")
    assert bob.membership.role == Role.MEMBER


def owned_things(alice, account):
    """The addresses of an owner, of a second one, and of one who is only invited."""
    second = make_person("second", account, Role.OWNER)
    team.invite_member(alice.actor, email="heir@people.example", role=Role.OWNER)
    return [second.user.email, "heir@people.example"]


def test_no_key_touches_an_owner_not_even_an_owners(api, alice, grace, account, make_key):
    others = owned_things(alice, account)
    before = [*Membership.objects.order_by("pk").values(), *Invitation.objects.values()]
    for caller in (api, Api(make_key(grace))):
        for email in others:
            changing = put(caller, CHANGE_ROLE, {"email": email, "role": "viewer"})
            assert changing.json()["error"]["data"] == {"required": "updateUser"}
            assert "No API key" in refused(changing, 403, "API.INSUFFICIENT_PERMISSIONS")
            refused(put(caller, CHANGE_ROLE, {"email": email}), 403, "API.INSUFFICIENT_PERMISSIONS")
            refused(caller.post(REMOVE, {"email": email}), 403, "API.INSUFFICIENT_PERMISSIONS")
    assert [*Membership.objects.order_by("pk").values(), *Invitation.objects.values()] == before


def test_no_key_makes_a_member_an_owner(api, bob, waiting):
    for email in (bob.user.email, waiting):
        answer = put(api, CHANGE_ROLE, {"email": email, "userType": "owner"})
        refused(answer, 403, "API.INSUFFICIENT_PERMISSIONS")
    assert bob.membership.role == Role.MEMBER


def test_a_member_is_removed_with_their_shares_and_keys(api, bob, shop, make_key):
    theirs = Api(make_key(bob))

    answer = api.post(REMOVE, {"email": bob.user.email.upper()})

    assert answer.json() == {"success": True, "deletedUserEmail": bob.user.email}
    assert not Membership.objects.filter(person=bob.user).exists()
    assert not Share.objects.filter(person=bob.user).exists()
    refused(theirs.get(USERS_GET), 401, "API.UNAUTHORIZED")
    assert AuditEvent.objects.get(action="member.removed").target_label == bob.user.email
    refused(api.post(REMOVE, {"email": bob.user.email}), 404, "GENERAL.ACCOUNT_NOT_FOUND")


def test_a_waiting_invitation_is_taken_back(api, waiting):
    assert api.post(REMOVE, {"email": waiting}).json() == {"success": True, "deletedUserEmail": waiting}
    assert not Invitation.objects.exists()
    assert AuditEvent.objects.get(action="invitation.withdrawn").target_label == waiting


@pytest.mark.parametrize("who", ["alice", "grace"])
def test_nobody_removes_themself_with_a_key_of_theirs(who, request, make_key):
    person = request.getfixturevalue(who)

    answer = Api(make_key(person)).post(REMOVE, {"email": person.user.email})

    refused(answer, 409, "PORTAL.CANNOT_DELETE_YOURSELF")
    assert person.membership


def test_the_last_user_stays(api, alice, grace, make_key):
    for caller in (api, Api(make_key(grace))):
        caller.post(REMOVE, {"email": alice.user.email})
    api.post(REMOVE, {"email": grace.user.email})
    api.post(REMOVE, {"email": alice.user.email})

    assert [user["email"] for user in api.get(USERS_GET).json()["users"]] == [alice.user.email]


def test_a_person_of_another_account_is_not_there(api, dave):
    for answer in (
        api.post(REMOVE, {"email": dave.user.email}),
        put(api, CHANGE_ROLE, {"email": dave.user.email, "role": "viewer"}),
    ):
        refused(answer, 404, "GENERAL.ACCOUNT_NOT_FOUND")
    assert dave.membership.role == Role.OWNER
