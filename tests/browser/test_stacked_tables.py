"""Tables on a phone: each row is a block, nothing has to be pushed sideways, and a cell says what it is."""

import pytest
from playwright.sync_api import expect

from apps.accounts.team import invite_member
from apps.credits.operations import grant_credits
from apps.permissions.models import ShareLevel
from apps.permissions.roles import Role
from apps.protection import recording
from apps.sites.organizations import create_organization, move_sites
from apps.sites.sharing import share_site
from apps.tasks.running import run_task
from apps.tasks.work import start_task
from tests.authorization.rule_things import rule_things
from tests.protection.noting import Hit, answer, block

HIDES_SOMETHING = "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length"


@pytest.fixture
def phone(new_context, sign_in, alice):
    page = new_context(viewport={"width": 375, "height": 800}).new_page()
    sign_in(page, alice)
    return page


def label_of(cell):
    """What stands before a cell's own text; nothing where there is none."""
    text = cell.evaluate("(cell) => getComputedStyle(cell, '::before').content")
    return "" if text == "none" else text.split('"')[1].strip()


def test_members_and_invitations_stack(phone, alice, bob, carol, grace, axe):
    invite_member(alice.actor, email="somebody.with.a.long.address@example.com", role=Role.VIEWER)
    phone.goto("/team/")
    assert phone.evaluate(HIDES_SOMETHING) == 0
    row = phone.get_by_role("row").filter(has_text=bob.user.email)
    right = row.get_by_role("link", name="Remove").bounding_box()
    assert right["x"] + right["width"] <= 375
    cells = row.get_by_role("cell")
    assert [label_of(cells.nth(place)) for place in range(cells.count())] == ["", "Second factor", "Last seen", ""]
    axe(phone)


def test_shares_stack(phone, alice, shop, bob, dave, axe):
    share_site(alice.actor, site_key=shop.site_key, email=dave.user.email, level=ShareLevel.WRITE)
    phone.goto(f"/sitekeys/{shop.site_key}/people")
    assert phone.evaluate(HIDES_SOMETHING) == 0
    cells = phone.get_by_role("row").filter(has_text=dave.user.email).get_by_role("cell")
    assert [label_of(cells.nth(place)) for place in range(cells.count())] == ["", "Since", ""]
    axe(phone)


def test_a_record_says_how_long_its_visitor_took_and_which_rule_acted(phone, shop, axe):
    recording.forget()
    answer(shop, solve_ms=1_800)
    block(shop, hit=Hit(description="Scraper"))
    recording.flush()
    phone.goto("/records/")
    assert phone.evaluate(HIDES_SOMETHING) == 0
    took = phone.get_by_role("cell").filter(has_text="1.8 s")
    assert label_of(took) == "Took"
    assert label_of(phone.get_by_role("cell").filter(has_text="Scraper")) == "Rule"
    axe(phone)


@pytest.fixture
def lists(alice, shop, make_key):
    """The addresses of lists, and what the cells of the first row of each say before their own text."""
    organization = create_organization(alice.actor, name="An organization that is called at some length")
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=organization.pk)
    make_key(alice, "getSites", name="A key with a rather long name that has to wrap somewhere")
    rule_things(alice, shop)
    grant_credits(alice.actor, amount=5000, reason="A reason that is long enough to have to wrap somewhere in a table")
    task = start_task(alice.actor, kind="sites.delete", inputs=[{"site_key": "x"}], title="A task with a long title")
    run_task.call(str(task.pk))
    key = alice.account.api_keys.get().pk
    return {
        "/sitekeys/": ["", "Organization", "", "Origins", "", "Updated"],
        f"/sitekeys/{shop.site_key}/secrets": ["Created", "Last used", "Works", ""],
        "/keys/": ["", "", "Reach", "Created", "Last used", "Expires"],
        f"/keys/{key}/": ["Created", "Last used", "Works until"],
        "/rules/": ["", "Where", "Group", "Made", "Ends"],
        "/rules/suggestions": ["", "Site", "", "", "Addresses", "Seen", ""],
        "/credits/": ["Credits", "Available", "By", ""],
        "/tasks/": ["", "", "Started by", "Started"],
        f"/tasks/{task.pk}/": ["Line", "", ""],
    }


def test_every_list_stacks(phone, lists, axe):
    for address, labels in lists.items():
        phone.goto(address)
        assert phone.locator(".stacks").evaluate("(table) => table.parentElement.scrollWidth") <= 375, address
        cells = phone.locator(".stacks tbody tr").first.get_by_role("cell")
        assert [label_of(cells.nth(place)) for place in range(cells.count())] == labels, address
        axe(phone)


def test_a_box_stands_before_the_name_that_it_chooses(phone, lists):
    phone.goto("/sitekeys/")
    box = phone.locator(".stacks .pick label").bounding_box()
    name = phone.locator(".stacks tbody th .title").bounding_box()
    assert box["x"] + box["width"] <= name["x"]
    assert box["y"] < name["y"] + name["height"]
    assert name["y"] < box["y"] + box["height"]


def test_the_lists_fit_a_desk(new_context, sign_in, alice, lists):
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    sign_in(page, alice)
    for address in (*lists, "/log/", "/team/"):
        page.goto(address)
        assert page.evaluate(HIDES_SOMETHING) == 0, address


def test_on_a_wide_screen_columns_say_it_instead(new_context, sign_in, alice, shop):
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    sign_in(page, alice)
    answer(shop, solve_ms=1_800)
    recording.flush()
    page.goto("/records/")
    expect(page.get_by_role("columnheader", name="Took")).to_be_visible()
    assert label_of(page.get_by_role("cell").filter(has_text="1.8 s")) == ""
