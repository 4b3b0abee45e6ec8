"""The pages of API keys as people use them: choosing many, narrowing one, picking sites, by mouse and keyboard."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Account
from apps.api_keys import life
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.credentials.overlap import OVERLAPS
from apps.sites.models import Site
from tests.people import Person


def make(person: Person, name: str, **given: Any) -> ApiKey:
    return create_key(
        person.actor, name=name, permissions=["getSite", "getSites", "createSite"], expires_at=None, **given
    ).key


@pytest.fixture
def stores(alice: Person) -> None:
    """Forty sites of two towns."""
    Site.objects.bulk_create(
        Site(account=alice.account, name=f"{town} {number:02}", allowed_origins=[f"https://{town.lower()}.example"])
        for town in ("Oslo", "Bergen")
        for number in range(20)
    )


def test_filters_work_while_they_are_changed_and_chosen_keys_are_disabled(page: Page, sign_in, alice):
    for name in ("One", "Two", "Three"):
        make(alice, name)
    sign_in(page, alice)
    page.goto("/keys/")
    expect(page.get_by_role("button", name="Disable")).to_be_disabled()

    page.keyboard.press("/")
    page.keyboard.type("t")
    expect(page.locator("#keys tbody tr")).to_have_count(2)
    page.locator("#sort").select_option("name")
    expect(page).to_have_url(re.compile(r"/keys/\?q=t&sort=name$"))

    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_label("Choose Two").uncheck()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("heading", name="Disable 1 key?")).to_be_visible()
    page.get_by_role("button", name="Disable 1 key").click()
    expect(page.get_by_text("1 key disabled.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/keys/\?q=t&sort=name$"))
    assert list(ApiKey.objects.exclude(disabled_at=None).values_list("name", flat=True)) == ["Three"]


def test_keys_are_deleted_in_bulk_without_a_script(new_context, sign_in, alice):
    for name in ("One", "Two"):
        make(alice, name)
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto("/keys/?state=never-used")
    page.get_by_role("link", name="Select all on this page").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 2 keys").click()

    assert page.url.endswith("/keys/?state=never-used")
    assert not ApiKey.objects.living().exists()


def test_sites_are_found_by_typing_and_the_chosen_ones_stay_in_sight(page: Page, sign_in, alice, stores):
    sign_in(page, alice)
    page.goto("/keys/new?name=Oslo&permissions=getSite,createSite")
    page.get_by_text("Selected sites", exact=True).click()
    boxes = page.locator("[data-picker] li:visible")
    expect(boxes).to_have_count(40)

    find = page.get_by_label("Find a site")
    find.fill("oslo.example")
    expect(boxes).to_have_count(20)
    page.get_by_label("Oslo 03").check()
    find.fill("bergen 1")
    expect(boxes).to_have_count(11)
    expect(page.get_by_text("10 of 40 found. 1 chosen.")).to_be_visible()
    find.press("Enter")
    expect(page.locator("[data-summary=reach]")).to_have_text("1 site: Oslo 03")
    expect(page.locator("[data-warnings]")).to_contain_text("createSite It goes beyond single sites")

    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", name="Oslo is ready")).to_be_visible()
    assert [site.name for site in ApiKey.objects.get().sites.all()] == ["Oslo 03"]


def test_networks_are_judged_while_they_are_typed(page: Page, sign_in, alice):
    sign_in(page, alice)
    page.goto("/keys/new")
    networks, check = page.get_by_label("Networks"), page.locator("#network-check")
    expect(check).to_contain_text("works from everywhere")
    for typed, says in (
        ("10.0.0.0/8", "would be refused"),
        ("127.0.0.0/8", "would be allowed"),
        ("127.0.0.1/8", "Did you mean 127.0.0.0/8"),
    ):
        networks.fill(typed)
        expect(check).to_contain_text(says)
    expect(page.locator("[data-summary=networks]")).to_have_text("127.0.0.1/8")


def test_what_is_off_for_the_account_is_named_in_the_summary(page: Page, sign_in, alice):
    Account.objects.update(groups_off=["Sites"], longest_key_days=60)
    sign_in(page, alice)
    page.goto("/keys/new?permissions=getSites&expires=never")

    expect(page.locator("[data-warnings]")).to_contain_text("getSites Sites is switched off for this account's API")
    expect(page.get_by_label("Never")).to_be_disabled()
    expect(page.get_by_label("30 days")).to_be_checked()


def test_the_link_to_the_form_as_it_is_opens_it_so(page: Page, sign_in, alice, stores):
    sign_in(page, alice)
    page.goto("/keys/new")
    page.get_by_label("Name", exact=True).fill("Copied")
    page.get_by_text("Seconds", exact=True).click()
    page.locator("[name=expires_in]").fill("1800")
    page.get_by_text("Selected sites", exact=True).click()
    page.get_by_label("Bergen 07").check()
    page.get_by_label("Networks").fill("203.0.113.0/24")
    page.locator("select#preset").select_option("verification")
    summary = page.locator("[data-summary]").all_inner_texts()

    page.goto(page.locator("[data-prefill]").input_value())

    assert page.locator("[data-summary]").all_inner_texts()[:-1] == summary[:-1]
    assert page.get_by_label("Bergen 07").is_checked()
    assert page.locator("[name=expires_in]").input_value() == "1800"
    assert not ApiKey.objects.exists()


def test_an_edit_shows_what_changes_before_it_is_saved(page: Page, sign_in, alice, stores):
    keys = [site.site_key for site in Site.objects.order_by("name")[:2]]
    key = make(alice, "Deploy", site_keys=keys)
    sign_in(page, alice)
    page.goto(f"/keys/{key.pk}/edit")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()

    page.get_by_label("Name", exact=True).fill("Deployer")
    page.locator(".perm").get_by_text("Read", exact=True).click()
    page.get_by_label("Bergen 01").uncheck()
    changes = page.locator(".pending")
    for text in ("Deployer", "createSite", "Bergen 01"):
        expect(changes).to_contain_text(text)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Deployer")).to_be_visible()
    key.refresh_from_db()
    assert key.permissions == ["getSite", "getSites"]


def test_rotating_disabling_and_undoing_it_by_keyboard(page: Page, sign_in, alice):
    key = make(alice, "Deploy")
    sign_in(page, alice)
    page.goto(f"/keys/{key.pk}/")
    page.get_by_role("link", name="Rotate").press("Enter")
    page.get_by_label("Stop at once").press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New token for “Deploy”")).to_be_visible()
    shown = page.get_by_label("API key", exact=True).input_value()
    page.reload()
    assert shown not in page.content()

    page.get_by_role("link", name="Stop the earlier token now").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Stop now").press("Enter")
    expect(page.get_by_text("works from now on")).to_be_visible()
    page.get_by_role("button", name="Disable").press("Enter")
    page.get_by_role("button", name="Enable again").press("Enter")
    expect(page.get_by_text("It works again as it did")).to_be_visible()


def test_a_disabled_key_and_one_with_two_tokens_are_accessible(page, sign_in, looks_right, alice, grace, shop):
    off = make(grace, "Off", site_keys=[shop.site_key], networks=["203.0.113.0/24"])
    life.disable_keys(alice.actor, key_ids=[off.pk])
    two = make(grace, "Two tokens")
    life.rotate_key(alice.actor, key_id=two.pk, overlap=OVERLAPS["7d"])
    Account.objects.update(groups_off=["Users"], longest_key_days=60)
    sign_in(page, grace)
    for address in (f"/keys/{off.pk}/", f"/keys/{two.pk}/end-earlier-tokens", f"/keys/{two.pk}/", "/keys/new"):
        page.goto(address)
        looks_right(page)
    page.get_by_text("Selected sites", exact=True).click()
    looks_right(page)
