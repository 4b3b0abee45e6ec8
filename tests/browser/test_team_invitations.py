"""Inviting: from the form over the mail to the new member, and what the link does for everybody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.accounts.models import Invitation, Membership
from apps.accounts.team import invite_member
from apps.audit import clock
from apps.permissions.roles import Role
from tests.people import PASSWORD

NEW_PASSWORD = "clouds over the harbour"


@pytest.fixture
def second_page(new_context):
    """Another browser."""
    return new_context(color_scheme="light").new_page()


@pytest.fixture
def link(alice):
    """Invites an address, and gives the path of the link: `link("jane@example.com")`."""

    def invite(email: str, role: Role = Role.MEMBER) -> str:
        return f"/invitations/{invite_member(alice.actor, email=email, role=role).token.reveal()}"

    return invite


def invitations(page: Page) -> Locator:
    return page.get_by_role("region", name="Table of open invitations")


def send_invitation(page: Page, email: str, role: str) -> None:
    page.goto("/team/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Role", exact=True).select_option(role)
    page.get_by_role("button", name="Invite").click()


def link_in(message: Any) -> str:
    """The path of the link, which is the same in both parts of a mail."""
    text, html = (set(re.findall(r"https?://[^/]+(/invitations/[^\s\"<]+)", part)) for part in parts(message))
    assert text == html
    (path,) = text
    return str(path)


def parts(message: Any) -> list[str]:
    """The text and the HTML of a mail."""
    return [message.body, *(content for content, kind in message.alternatives if kind == "text/html")]


def test_somebody_new_accepts_the_mail_and_is_a_member(page, second_page, sign_in, settings, outbox, alice):
    settings.MAIL_IS_SET_UP = True
    sign_in(page, alice)
    send_invitation(page, "jane@example.com", "viewer")
    expect(page.get_by_text("An invitation is on its way to jane@example.com.")).to_be_visible()
    expect(invitations(page)).to_contain_text("jane@example.com")

    assert outbox[-1].to == ["jane@example.com"]
    assert outbox[-1].subject == "You are invited to Alice & Co"
    assert all("Alice" in part and "viewer" in part for part in parts(outbox[-1]))
    second_page.goto(link_in(outbox[-1]))
    expect(second_page.get_by_text("alice@people.example invites you with the role Viewer.")).to_be_visible()
    second_page.get_by_label("Your name").fill("Jane Jones")
    second_page.get_by_label("Password").fill(NEW_PASSWORD)
    second_page.get_by_role("button", name="Accept the invitation").click()
    expect(second_page.get_by_role("heading", name="Hello, Jane")).to_be_visible()
    expect(second_page.get_by_text("Nothing is protected in Alice & Co yet.")).to_be_visible()

    page.reload()
    expect(page.get_by_role("region", name="Table of members")).to_contain_text("Jane Jones")
    expect(page.get_by_text("Nobody is invited at the moment.")).to_be_visible()


def test_a_weak_password_is_told_at_its_field_and_the_link_still_works(page, link, complaints):
    complaints.expected.append("422")
    page.goto(link("jane@example.com"))
    page.get_by_label("Your name").fill("Jane")
    page.get_by_label("Password").fill("jane@example.com")
    page.get_by_role("button", name="Accept the invitation").click()

    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Your name")).to_have_value("Jane")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_role("heading", name="Hello, Jane")).to_be_visible()


def test_somebody_known_signs_in_accepts_and_switches_between_accounts(page, link, dave):
    page.goto(link("dave@people.example"))
    page.get_by_label("E-mail address").fill("dave@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Join Alice & Co")).to_be_visible()
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text("Welcome to Alice & Co.")).to_be_visible()

    switcher = page.locator("details.tenant")
    expect(switcher.locator("summary")).to_contain_text("Alice & Co")
    switcher.locator("summary").click()
    switcher.get_by_role("button", name="Dave's").click()
    expect(page.get_by_text("You work in Dave's now.")).to_be_visible()
    page.goto("/team/")
    expect(page.get_by_role("region", name="Table of members").get_by_role("row")).to_have_count(
        2
    )  # the head, and Dave
    expect(switcher.locator("summary")).to_contain_text("Dave's")


def test_the_switch_works_by_keyboard_and_without_scripts(new_context, sign_in, link, dave):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, dave)
    page.goto(link("dave@people.example"))
    page.get_by_role("button", name="Accept the invitation").click()
    page.locator("details.tenant > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # the accounts stand by name: Alice & Co, then Dave's
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("You work in Dave's now.")).to_be_visible()


def test_the_link_of_another_address_asks_to_sign_in_with_that_one(page, sign_in, link, dave):
    sign_in(page, dave)
    page.goto(link("jane@example.com"))

    expect(page.get_by_text("The invitation is for another address")).to_be_visible()
    expect(page.get_by_role("button", name="Accept the invitation")).to_have_count(0)
    page.get_by_role("button", name="Sign out and go on").click()
    expect(page.get_by_label("Your name")).to_be_visible()  # the same link, for somebody new
    assert not Membership.objects.filter(person=dave.user, role=Role.MEMBER).exists()


def test_without_mail_the_link_is_shown_once_to_be_passed_on(page, second_page, sign_in, settings, alice):
    settings.MAIL_IS_SET_UP = False
    sign_in(page, alice)
    send_invitation(page, "jane@example.com", "member")
    shown = page.get_by_label("Invitation link", exact=True).input_value()
    expect(page.get_by_text("Mail is not set up here")).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="Team", level=1)).to_be_visible()
    assert shown not in page.content()
    assert Invitation.objects.filter(email="jane@example.com").count() == 1
    second_page.goto(shown)
    expect(second_page.get_by_role("heading", name="Join Alice & Co")).to_be_visible()


def test_sending_again_replaces_the_link(page, second_page, sign_in, settings, outbox, alice, complaints):
    complaints.expected.append("404")
    settings.MAIL_IS_SET_UP = True
    sign_in(page, alice)
    send_invitation(page, "jane@example.com", "member")
    expect(invitations(page)).to_be_visible()
    invitations(page).get_by_role("button", name="Send again").click()
    expect(page.get_by_text("An invitation is on its way to jane@example.com.")).to_be_visible()

    first, second = (link_in(message) for message in outbox[-2:])
    assert second_page.goto(first).status == 404
    assert second_page.goto(second).status == 200


def test_a_withdrawn_invitation_has_stopped(page, second_page, sign_in, link, alice, complaints):
    complaints.expected.append("404")
    path = link("jane@example.com")
    sign_in(page, alice)
    page.goto("/team/")
    invitations(page).get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("The invitation of jane@example.com is withdrawn.")).to_be_visible()

    assert second_page.goto(path).status == 404


def test_an_expired_invitation_says_so_and_can_be_sent_again(page, sign_in, settings, link, alice):
    settings.MAIL_IS_SET_UP = True
    link("jane@example.com")
    Invitation.objects.filter(email="jane@example.com").update(expires_at=clock.now() - timedelta(minutes=1))
    sign_in(page, alice)
    page.goto("/team/")
    expect(invitations(page)).to_contain_text("Expired")

    invitations(page).get_by_role("button", name="Send again").click()
    expect(invitations(page)).to_contain_text("Ends in 6 days")


def test_inviting_a_member_is_refused_at_the_field(page, sign_in, alice, bob, complaints):
    complaints.expected.append("422")
    sign_in(page, alice)
    send_invitation(page, "bob@people.example", "admin")

    field = page.get_by_label("E-mail address")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("bob@people.example")
    expect(page.get_by_text("belongs to this account already").first).to_be_visible()
