"""Tables on a phone: each row is a block, nothing has to be pushed sideways, and a cell says what it is."""

import pytest
from playwright.sync_api import expect

from apps.accounts.team import invite_member
from apps.permissions.models import ShareLevel
from apps.permissions.roles import Role
from apps.protection import recording
from apps.sites.sharing import share_site
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


def test_on_a_wide_screen_columns_say_it_instead(new_context, sign_in, alice, shop):
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    sign_in(page, alice)
    answer(shop, solve_ms=1_800)
    recording.flush()
    page.goto("/records/")
    expect(page.get_by_role("columnheader", name="Took")).to_be_visible()
    assert label_of(page.get_by_role("cell").filter(has_text="1.8 s")) == ""
