"""The team: invitations that work once and for one address, roles, leaving, and the owner who always stays."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts import team
from apps.accounts.models import Invitation, Membership, User
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.models import Share
from apps.permissions.refusals import Conflict, Forbidden
from apps.permissions.roles import Role
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.dashboard.reading import read
from tests.people import PASSWORD, Api

NEW = {"name": "Jane", "password": "another long pass phrase"}


def invite(alice: Any, email: str = "jane@people.example", role: Role = Role.MEMBER) -> str:
    """The path of the link of a fresh invitation."""
    return reverse("accept_invitation", args=[team.invite_member(alice.actor, email=email, role=role).token.reveal()])


def test_a_link_makes_a_member_once(alice):
    link = invite(alice)
    browser = Client()

    assert browser.post(link, NEW).status_code == 302
    jane = Membership.objects.get(account=alice.account, person__email="jane@people.example")

    assert (jane.role, jane.person.name) == (Role.MEMBER, "Jane")
    assert browser.get("/").status_code == 200
    assert Client().get(link).status_code == Client().post(link, NEW).status_code == 404


def test_a_link_is_good_for_a_week(alice):
    link = invite(alice)

    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        assert Client().post(link, NEW).status_code == 404
    assert not User.objects.filter(email="jane@people.example").exists()


def test_sending_again_and_withdrawing_end_the_link(alice):
    first = invite(alice)
    invitation = Invitation.objects.get()
    again = team.resend_invitation(alice.actor, invitation_id=invitation.pk)
    second = reverse("accept_invitation", args=[again.token.reveal()])
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    team.withdraw_invitation(alice.actor, invitation_id=again.invitation.pk)

    assert Client().get(second).status_code == 404


def test_a_link_is_bound_to_its_address(alice, dave):
    link = invite(alice)

    dave.browser.post(link)

    assert not Membership.objects.filter(account=alice.account, person=dave.user).exists()
    assert Client().get(link).status_code == 200


def test_an_invited_person_who_is_known_signs_in_first(alice, dave):
    link = invite(alice, dave.user.email, Role.VIEWER)

    assert Client().post(link, NEW)["Location"].startswith(reverse("account_login"))
    dave.browser.post(link)

    assert Membership.objects.get(account=alice.account, person=dave.user).role == Role.VIEWER


def test_the_mail_has_a_text_and_an_html_part_with_the_link(alice, settings):
    settings.MAIL_IS_SET_UP = True
    alice.browser.post(reverse("invite"), {"email": "jane@people.example", "role": "member"})

    [sent] = mail.outbox
    assert isinstance(sent, mail.EmailMultiAlternatives)
    [(html, kind)] = sent.alternatives
    link = str(sent.body)[str(sent.body).index("http") :].split()[0]
    assert (sent.to, kind) == (["jane@people.example"], "text/html")
    assert link in str(html)
    assert Client().get(link.removeprefix("http://testserver")).status_code == 200


def test_a_mail_server_that_is_away_loses_no_invitation_and_shows_no_link(alice, settings, monkeypatch):
    settings.MAIL_IS_SET_UP = True

    def away(*_: Any, **__: Any) -> None:
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr("apps.accounts.team_views.send_invitation", away)
    answer = alice.browser.post(reverse("invite"), {"email": "jane@people.example", "role": "member"}, follow=True)

    assert answer.redirect_chain == [(reverse("team"), 302)]
    assert "could not be sent" in read(answer).text
    assert "nci_" not in answer.content.decode()
    assert Invitation.objects.get().email == "jane@people.example"


def test_who_is_removed_has_nothing_any_more_and_what_they_made_stays(alice, carol, shop, make_key):
    made = create_site(carol.actor, name="Carol's", allowed_origins=["https://carol.example"]).site
    api, browser = Api(make_key(carol)), carol.browser
    assert (browser.get("/sitekeys/").status_code, api.get("/api/v1/whoami").status_code) == (200, 200)

    team.remove_member(alice.actor, person_id=carol.user.pk)

    assert browser.get("/sitekeys/").status_code == 403
    assert browser.get(f"/sitekeys/{shop.site_key}/").status_code == 404
    assert api.get("/api/v1/whoami").status_code == 401
    assert not Share.objects.filter(person=carol.user).exists()
    assert Site.objects.filter(pk=made.pk, deleted_at=None).exists()
    removed = AuditEvent.objects.get(action="member.removed")
    assert removed.changes == {"role": ["member", None], "shares": [1, 0]}


def test_the_last_owner_can_be_neither_removed_nor_demoted(alice, grace):
    for act in (
        lambda: team.change_role(alice.actor, person_id=alice.user.pk, role=Role.ADMIN),
        lambda: team.remove_member(alice.actor, person_id=alice.user.pk),
    ):
        with pytest.raises(Conflict, match="needs an owner"):
            act()
    assert alice.membership.role == Role.OWNER


def test_an_owner_who_may_not_sign_in_does_not_count(alice, grace):
    team.change_role(alice.actor, person_id=grace.user.pk, role=Role.OWNER)
    User.objects.filter(pk=grace.user.pk).update(is_active=False)

    with pytest.raises(Conflict):
        team.change_role(alice.actor, person_id=alice.user.pk, role=Role.ADMIN)


def test_handing_over_changes_both_in_one_step(alice, grace):
    team.hand_over_ownership(alice.actor, person_id=grace.user.pk)

    assert (alice.membership.role, grace.membership.role) == (Role.ADMIN, Role.OWNER)


def test_who_was_an_owner_a_moment_ago_hands_nothing_over(alice, grace, bob):
    """Their request began while they owned; meanwhile another owner lowered their role."""
    team.change_role(alice.actor, person_id=grace.user.pk, role=Role.OWNER)
    still_an_owner = grace.actor
    team.change_role(alice.actor, person_id=grace.user.pk, role=Role.VIEWER)

    with pytest.raises(Forbidden):
        team.hand_over_ownership(still_an_owner, person_id=bob.user.pk)
    assert (grace.membership.role, bob.membership.role) == (Role.VIEWER, Role.MEMBER)


def test_an_admin_makes_changes_and_removes_no_owner(alice, grace, bob):
    for act in (
        lambda: team.invite_member(grace.actor, email="x@people.example", role=Role.OWNER),
        lambda: team.change_role(grace.actor, person_id=bob.user.pk, role=Role.OWNER),
        lambda: team.change_role(grace.actor, person_id=alice.user.pk, role=Role.MEMBER),
        lambda: team.remove_member(grace.actor, person_id=alice.user.pk),
        lambda: team.hand_over_ownership(grace.actor, person_id=bob.user.pk),
    ):
        with pytest.raises(Forbidden, match="Only an owner"):
            act()


def test_a_role_that_is_lowered_while_a_page_is_open_holds_at_the_next_click(alice, grace):
    browser = grace.browser
    assert browser.get(reverse("team")).context["may_invite"]

    team.change_role(alice.actor, person_id=grace.user.pk, role=Role.VIEWER)

    answer = browser.post(reverse("invite"), {"email": "x@people.example", "role": "member"})
    assert answer.status_code == 403
    assert not Invitation.objects.exists()


def test_the_switcher_remembers(alice, dave):
    team.invite_member(alice.actor, email=dave.user.email, role=Role.VIEWER)
    Membership.objects.create(account=alice.account, person=dave.user, role=Role.VIEWER)
    dave.browser.post(reverse("switch_account"), {"account": str(alice.account.pk)})

    fresh = Client()
    fresh.post(reverse("account_login"), {"login": dave.user.email, "password": PASSWORD})

    assert "Alice &amp; Co" in fresh.get("/").content.decode()


@pytest.mark.parametrize("email", ["alice@people.example", "nobody@people.example"])
def test_a_mail_server_that_is_away_tells_nobody_who_is_known(alice, client, email, monkeypatch):
    def away(*_: Any, **__: Any) -> None:
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", away)

    assert client.post(reverse("account_reset_password"), {"email": email}).status_code == 302
