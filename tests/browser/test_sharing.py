"""Sharing one site, with two browsers side by side: read, then write, then nothing."""

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.accounts.models import Account
from apps.accounts.operations import create_verified_person
from apps.permissions.models import Share, ShareLevel, WaitingShare
from apps.sites.models import Site
from apps.sites.sharing import share_site
from tests.people import PASSWORD


@pytest.fixture
def stranger(dave):
    """Somebody with an account of his own."""
    return dave.user


@pytest.fixture
def loner(db):
    """Somebody who belongs to no account."""
    return create_verified_person(email="loner@people.example", name="Lena", password=PASSWORD)


@pytest.fixture
def second_page(new_context):
    """Another browser."""
    return new_context(color_scheme="light").new_page()


def people_tab(page: Page, site: Site) -> None:
    page.goto(f"/sitekeys/{site.site_key}/people")


def shares(page: Page) -> Locator:
    return page.get_by_role("region", name="Table of shares")


def tabs(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Pages of this site")


@pytest.mark.parametrize("name", ["stranger", "loner"])
def test_read_then_write_then_nothing(name, page, second_page, sign_in, alice, shop, request, complaints):
    complaints.expected += ["403", "404"]
    guest = request.getfixturevalue(name)
    sign_in(page, alice)
    sign_in(second_page, guest)
    assert second_page.goto(f"/sitekeys/{shop.site_key}/").status == 404

    people_tab(page, shop)
    page.get_by_label("E-mail address").fill(guest.email)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text(f"{guest.email} can read this site.")).to_be_visible()
    second_page.goto("/sitekeys/shared")
    second_page.get_by_role("link", name="Shop").click()
    expect(second_page.get_by_text("You can read")).to_be_visible()
    expect(tabs(second_page).get_by_role("link")).to_have_text(["Overview", "Traffic", "Install", "Settings"])
    tabs(second_page).get_by_role("link", name="Settings").click()
    expect(second_page.get_by_text("Read only")).to_be_visible()
    assert second_page.locator("main form, main .btn").count() == 0

    shares(page).get_by_role("combobox").select_option("write")
    expect(page.get_by_text(f"{guest.email} can write this site from now on.")).to_be_visible()
    second_page.reload()
    second_page.get_by_label("Name", exact=True).fill("Shop of both")
    second_page.get_by_role("button", name="Save").click()
    expect(second_page.get_by_text("Settings saved.")).to_be_visible()
    expect(second_page.get_by_role("heading", name="Shop of both")).to_be_visible()
    expect(tabs(second_page).get_by_role("link", name="Secrets")).to_have_count(0)
    assert second_page.locator("main").get_by_text("Deactivate").count() == 0
    for hidden in ("secrets", "secrets/new", "secrets/rotate", "people", "deactivate", "delete"):
        assert second_page.goto(f"/sitekeys/{shop.site_key}/{hidden}").status == 403, hidden
    second_page.goto(f"/sitekeys/{shop.site_key}/settings")

    shares(page).get_by_role("link", name="Stop sharing").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_text(f"{guest.email} finds nothing of this site any more.")).to_be_visible()
    second_page.get_by_role("button", name="Save").click()  # the form that was open
    expect(second_page.get_by_role("heading", name="Not found")).to_be_visible()
    second_page.goto("/sitekeys/shared")
    expect(second_page.get_by_role("heading", name="Nothing is shared with you")).to_be_visible()


def test_a_form_that_was_open_is_refused_once_the_share_only_reads(page, sign_in, stranger, alice, shop, complaints):
    complaints.expected.append("403")
    share = share_site(alice.actor, site_key=shop.site_key, email=stranger.email, level=ShareLevel.WRITE)
    sign_in(page, stranger)
    page.goto(f"/sitekeys/{shop.site_key}/settings")
    page.get_by_label("Name", exact=True).fill("Taken over")
    Share.objects.filter(pk=share.pk).update(level=ShareLevel.READ)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
    assert Site.objects.get(pk=shop.pk).name == "Shop"


def test_somebody_without_an_account_is_led_to_what_is_shared_with_them(page, sign_in, loner, alice, shop, complaints):
    complaints.expected.append("403")
    share_site(alice.actor, site_key=shop.site_key, email=loner.email, level=ShareLevel.READ)
    sign_in(page, loner)
    page.goto("/")
    page.get_by_role("link", name="Shared with me").click()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Shared with me"])
    page.get_by_role("link", name="Shop").click()

    expect(page.get_by_role("heading", name="Shop", level=1)).to_be_visible()
    expect(page.locator(".lede")).to_contain_text("Alice & Co")


def test_everything_works_without_scripts(new_context, sign_in, alice, bob, shop):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    people_tab(page, shop)
    shares(page).get_by_role("combobox").select_option("write")
    shares(page).get_by_role("button", name="Save").click()
    expect(page.get_by_text("bob@people.example can write this site from now on.")).to_be_visible()
    assert Share.objects.get(site=shop, person=bob.user).level == ShareLevel.WRITE

    shares(page).get_by_role("link", name="Stop sharing").click()
    expect(page.get_by_role("heading", name="Stop sharing “Shop” with Bob?")).to_be_visible()
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_text("bob@people.example finds nothing of this site any more.")).to_be_visible()
    expect(page.get_by_role("heading", name="Shared with nobody")).to_be_visible()


def test_an_unknown_address_is_told_at_its_field(page, sign_in, alice, shop, complaints):
    complaints.expected.append("422")
    sign_in(page, alice)
    people_tab(page, shop)
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_label("Write: changes its settings too").check()
    page.get_by_role("button", name="Share").click()

    expect(page.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail address")).to_have_value("nobody@example.com")
    expect(page.get_by_label("Write: changes its settings too")).to_be_checked()


def test_a_share_that_waits_for_its_address_is_shown_and_can_be_taken_back(page, sign_in, alice, shop):
    Account.objects.filter(pk=alice.account.pk).update(lets_shares_wait=True)
    sign_in(page, alice)
    people_tab(page, shop)
    page.get_by_label("E-mail address").fill("later@example.com")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("It takes effect when somebody verifies that address.")).to_be_visible()
    page.get_by_role("button", name="Take back").click()

    expect(page.get_by_text("The share for later@example.com is taken back.")).to_be_visible()
    assert not WaitingShare.objects.exists()


@pytest.mark.parametrize("name", ["victor", "erin"])
def test_whoever_oversees_the_account_sees_the_shares_and_may_change_none(name, page, sign_in, bob, shop, request):
    sign_in(page, request.getfixturevalue(name))
    people_tab(page, shop)

    expect(shares(page)).to_contain_text("Can read")
    assert page.locator("main form, main .btn").count() == 0


def test_a_creator_who_left_the_account_is_named_no_longer(page, sign_in, alice, bob, shop):
    Site.objects.filter(pk=shop.pk).update(created_by=bob.user)
    sign_in(page, alice)
    people_tab(page, shop)
    expect(page.get_by_text("created it")).to_be_visible()

    bob.membership.delete()
    page.reload()
    expect(page.get_by_text("created it")).to_have_count(0)
