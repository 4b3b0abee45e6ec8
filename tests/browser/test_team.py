"""The team page: roles, removal and ownership, in two browsers at once, by keyboard alone, and without scripts."""

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.accounts.models import Membership
from apps.permissions.roles import Role
from apps.sites.models import Site
from tests.people import Person

TABS_AT_MOST = 80


def row(page: Page, person: Person) -> Locator:
    """The line of the table of members that is about a person."""
    return page.get_by_role("region", name="Table of members").get_by_role("row").filter(has_text=person.user.email)


def role_of(person: Person) -> str:
    return Membership.objects.get(pk=person.membership.pk).role


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(TABS_AT_MOST):
        if control.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{TABS_AT_MOST} times Tab never led to {control}")


@pytest.fixture
def second_page(new_context):
    """Another browser."""
    return new_context(color_scheme="light").new_page()


def test_a_role_chosen_with_the_pointer_is_saved_at_once(page, sign_in, alice, bob):
    sign_in(page, alice)
    page.goto("/team/")
    row(page, bob).get_by_role("combobox").select_option("auditor")

    expect(page.get_by_text("Bob is Auditor from now on.")).to_be_visible()
    assert role_of(bob) == Role.AUDITOR


def test_a_role_lowered_while_a_page_is_open_takes_effect_at_the_next_click(
    page, second_page, sign_in, alice, bob, complaints
):
    complaints.expected.append("403")
    sign_in(second_page, bob)
    second_page.goto("/sitekeys/new")
    second_page.get_by_label("Name").fill("Bob's own")
    second_page.get_by_label("Allowed origins").fill("https://bob.example")

    sign_in(page, alice)
    page.goto("/team/")
    row(page, bob).get_by_role("combobox").select_option("viewer")
    expect(page.get_by_text("Bob is Viewer from now on.")).to_be_visible()
    second_page.get_by_role("button", name="Create site").click()

    expect(second_page.get_by_role("heading", name="Not allowed")).to_be_visible()
    assert not Site.objects.filter(name="Bob's own").exists()
    second_page.goto("/sitekeys/")
    expect(second_page.get_by_role("link", name="New site")).to_have_count(0)


def test_a_person_who_is_removed_while_a_page_is_open_finds_nothing_at_the_next_click(
    page, second_page, sign_in, alice, bob, shop, complaints
):
    complaints.expected += ["403", "404"]
    sign_in(second_page, bob)
    second_page.goto(f"/sitekeys/{shop.site_key}/")

    sign_in(page, alice)
    page.goto("/team/")
    row(page, bob).get_by_role("link", name="Remove").click()
    expect(page.get_by_role("heading", name="Remove Bob?")).to_be_visible()
    page.get_by_role("button", name="Remove from the account").click()
    expect(page.get_by_text("Bob is removed.")).to_be_visible()
    expect(row(page, bob)).to_have_count(0)

    assert second_page.reload().status == 404
    second_page.goto("/")
    expect(second_page.get_by_role("heading", name="You belong to no account")).to_be_visible()
    second_page.get_by_role("link", name="Shared with me").click()
    expect(second_page.get_by_role("heading", name="Nothing is shared with you")).to_be_visible()


def test_the_last_owner_can_be_neither_demoted_nor_removed(page, sign_in, alice, bob):
    sign_in(page, alice)
    page.goto("/team/")

    expect(row(page, alice)).to_contain_text("The last owner stays one")
    expect(row(page, alice).get_by_role("combobox")).to_have_count(0)
    expect(row(page, alice).get_by_role("link", name="Remove")).to_have_count(0)
    page.goto(f"/team/{alice.user.pk}/remove")
    page.get_by_role("button", name="Remove from the account").click()
    expect(page.get_by_text("this is the last one")).to_be_visible()
    assert role_of(alice) == Role.OWNER


def test_an_admin_touches_everybody_but_owners(page, sign_in, alice, grace, bob):
    sign_in(page, grace)
    page.goto("/team/")

    expect(row(page, alice)).to_contain_text("Only an owner can change owners")
    expect(row(page, alice).get_by_role("combobox")).to_have_count(0)
    expect(row(page, bob).get_by_role("option", name="Owner")).to_have_count(0)
    expect(page.get_by_role("link", name="Hand over")).to_have_count(0)


@pytest.mark.parametrize("name", ["bob", "victor", "erin"])
def test_whoever_may_only_read_the_team_is_offered_nothing_to_change(page, sign_in, alice, name, request):
    reader = request.getfixturevalue(name)
    sign_in(page, reader)
    page.goto("/team/")

    expect(row(page, alice)).to_contain_text("Owner")
    assert page.locator("main form, main .btn").count() == 0


def test_ownership_is_handed_over_in_one_step(page, sign_in, alice, grace):
    sign_in(page, alice)
    page.goto("/team/")
    row(page, grace).get_by_role("link", name="Hand over").click()
    expect(page.get_by_text("you become an admin")).to_be_visible()
    page.get_by_role("button", name="Hand over ownership").click()

    expect(page.get_by_text("Grace owns the account now. You are an admin.")).to_be_visible()
    assert (role_of(alice), role_of(grace)) == (Role.ADMIN, Role.OWNER)


def test_the_keyboard_alone_changes_a_role_and_only_when_it_is_saved(page, sign_in, alice, bob):
    sign_in(page, alice)
    page.goto("/team/")
    choice = row(page, bob).get_by_role("combobox")
    tab_to(page, choice)
    for _ in range(2):  # past Viewer, which must not be saved on the way
        page.keyboard.press("ArrowDown")
    expect(choice).to_have_value("auditor")
    assert role_of(bob) == Role.MEMBER
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Bob is Auditor from now on.")).to_be_visible()
    assert role_of(bob) == Role.AUDITOR


def test_the_keyboard_alone_invites_and_removes(page, sign_in, settings, alice, bob):
    settings.MAIL_IS_SET_UP = True
    sign_in(page, alice)
    page.goto("/team/")
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type("jane@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("An invitation is on its way to jane@example.com.")).to_be_visible()

    tab_to(page, row(page, bob).get_by_role("link", name="Remove"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Remove Bob?")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Remove from the account"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Bob is removed.")).to_be_visible()


def test_everything_works_without_scripts(new_context, sign_in, settings, alice, bob, carol):
    settings.MAIL_IS_SET_UP = True
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto("/team/")
    row(page, bob).get_by_role("combobox").select_option("admin")
    row(page, bob).get_by_role("button", name="Save").click()
    expect(page.get_by_text("Bob is Admin from now on.")).to_be_visible()

    row(page, carol).get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove from the account").click()
    expect(page.get_by_text("Carol is removed.")).to_be_visible()

    page.get_by_label("E-mail address").fill("jane@example.com")
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("An invitation is on its way to jane@example.com.")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("The invitation of jane@example.com is withdrawn.")).to_be_visible()
