"""`POST /users/create` invites: by mail where there is a server for it, and never for ownership."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail

from apps.accounts import team
from apps.accounts.invitations import join_as_new_person
from apps.accounts.models import Invitation, Membership
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.roles import Role
from tests.api.prosopo.conftest import INVITE, USERS_GET, refused
from tests.people import PASSWORD, SOURCE, Api

NEW: dict[str, Any] = {"email": "New@People.example", "name": "New", "role": "viewer"}
LINK = re.compile(r"http://testserver/invitations/(nci_\w+)")


def accept(link: str) -> Membership:
    """Accept an invitation by its link, as somebody new."""
    match = LINK.fullmatch(link)
    assert match, link
    person = join_as_new_person(match[1], name="Newcomer", password=PASSWORD, source=SOURCE)
    return Membership.objects.get(person=person)


def test_the_invitation_goes_to_its_address_and_nowhere_else(api, settings):
    settings.MAIL_IS_SET_UP = True

    answer = api.post(INVITE, NEW)

    made = answer.json()
    assert (made["email"], made["name"], made["role"], made["status"]) == (
        "new@people.example",
        "",
        "viewer",
        "invited",
    )
    assert made["invitationLink"] is None
    assert "on its way" in made["message"]
    assert "nci_" not in answer.text
    [message] = mail.outbox
    assert message.to == ["new@people.example"]
    found = LINK.search(str(message.body))
    assert found
    assert accept(found[0]).role == Role.VIEWER


def test_without_a_mail_server_the_link_is_in_this_answer_only(api, settings):
    settings.MAIL_IS_SET_UP = False

    made = api.post(INVITE, NEW).json()

    assert "pass the link on" in made["message"]
    assert "nci_" not in api.get(USERS_GET).text
    assert "nci_" not in str(list(AuditEvent.objects.values()))
    assert accept(made["invitationLink"]).role == Role.VIEWER


@pytest.mark.parametrize("failure", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected("gone")])
def test_a_mail_server_that_is_away_loses_no_invitation(api, settings, monkeypatch, failure):
    settings.MAIL_IS_SET_UP = True

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise failure

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    answer = api.post(INVITE, NEW)

    assert answer.status_code == 200
    assert "could not be sent" in answer.json()["message"]
    assert Invitation.objects.get(accepted_at=None).email == "new@people.example"


def test_again_replaces_the_invitation_whose_link_stops(api, settings):
    settings.MAIL_IS_SET_UP = False
    first = api.post(INVITE, NEW).json()["invitationLink"]

    second = api.post(INVITE, NEW | {"role": "admin"}).json()

    assert api.client.get(first.removeprefix("http://testserver")).status_code == 404
    assert accept(second["invitationLink"]).role == Role.ADMIN


def test_a_member_is_a_conflict_whatever_their_spelling(api, bob):
    refused(api.post(INVITE, NEW | {"email": bob.user.email.upper()}), 409, "PORTAL.USER_ALREADY_EXISTS")
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["admin", "viewer", "member", "auditor"])
def test_every_role_but_the_owners_is_taken_by_name(api, role):
    assert api.post(INVITE, NEW | {"role": role}).json()["role"] == role


def test_no_key_makes_an_owner_not_even_an_owners(api):
    message = refused(api.post(INVITE, NEW | {"role": "owner"}), 403, "API.INSUFFICIENT_PERMISSIONS")

    assert "No API key makes, changes or removes an owner" in message
    assert not Invitation.objects.exists()
    assert AuditEvent.objects.get(action="member.invited").outcome == "refused"


def test_no_key_replaces_an_owners_invitation(api, alice):
    team.invite_member(alice.actor, email="heir@people.example", role=Role.OWNER)

    refused(api.post(INVITE, NEW | {"email": "heir@people.example"}), 403, "API.INSUFFICIENT_PERMISSIONS")

    assert Invitation.objects.get().role == Role.OWNER


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": ""}, "no e-mail address"),
        ({"role": "king"}, "role is “king”"),
        ({"role": ""}, "role is “”"),
        ({"name": " "}, "name is empty"),
        ({"name": "x" * 121}, "name has 121 characters"),
        ({"role": None}, "role"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_is_invited(api, change, named):
    assert named in refused(api.post(INVITE, NEW | change), 400, "API.INVALID_BODY")
    assert not Invitation.objects.exists()


def test_members_and_waiting_invitations_are_listed_with_their_state(api, alice, bob, grace, dave):
    bob.user.is_active = False
    bob.user.save()
    with clock.at(clock.now() - timedelta(days=8)):
        team.invite_member(alice.actor, email="late@people.example", role=Role.MEMBER)
    team.invite_member(alice.actor, email="soon@people.example", role=Role.AUDITOR)
    team.invite_member(dave.actor, email="elsewhere@people.example", role=Role.ADMIN)

    users = api.get(USERS_GET).json()["users"]

    assert [(user["email"], user["name"], user["role"], user["status"]) for user in users] == [
        ("alice@people.example", "Alice", "owner", "active"),
        ("grace@people.example", "Grace", "admin", "active"),
        ("bob@people.example", "Bob", "member", "deactivated"),
        ("soon@people.example", "", "auditor", "invited"),
        ("late@people.example", "", "member", "expired"),
    ]
    assert all(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", user["createdAt"]) for user in users)


def test_listing_takes_get_alone_and_inviting_post_alone(api):
    refused(api.post(USERS_GET, {}), 405, "API.METHOD_NOT_ALLOWED")
    refused(api.get(INVITE), 405, "API.METHOD_NOT_ALLOWED")


def test_a_member_may_list_and_not_invite(bob, make_key):
    with_all = Api(make_key(bob))

    assert with_all.get(USERS_GET).status_code == 200
    answer = with_all.post(INVITE, NEW)
    refused(answer, 403, "API.INSUFFICIENT_PERMISSIONS")
    assert answer.json()["error"]["data"] == {"required": "createUser"}
