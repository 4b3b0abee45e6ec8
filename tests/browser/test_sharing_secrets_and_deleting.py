"""What a share never gives: a site's secrets, one by one, and deleting and restoring it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.audit import clock
from apps.credentials.overlap import OVERLAPS
from apps.sites.models import Site
from apps.sites.secrets import add_secret, rotate_secret


@pytest.fixture
def secrets_page(page, sign_in, alice, shop):
    """Alice's browser at the secrets of her shop."""
    sign_in(page, alice)
    page.goto(f"/sitekeys/{shop.site_key}/secrets")
    return page


def table(page: Page) -> Locator:
    return page.get_by_role("region", name="Table of secrets")


def test_a_labelled_secret_is_added_and_shown_once(secrets_page, shop):
    page = secrets_page
    page.get_by_role("link", name="Add secret").click()
    page.get_by_label("Label").fill("Checkout service")
    page.get_by_role("button", name="Add secret").click()
    secret = page.get_by_label("Site secret", exact=True).input_value()
    expect(page.get_by_text("Every other secret of the site goes on working.")).to_be_visible()

    page.reload()
    expect(table(page)).to_contain_text("Checkout service")
    expect(table(page)).to_contain_text(secret[-4:])
    assert secret not in page.content()
    assert shop.secrets.count() == 2


def test_a_rotation_leaves_earlier_secrets_the_time_that_was_chosen(secrets_page, shop):
    page = secrets_page
    page.get_by_role("link", name="Rotate secret").click()
    expect(page.get_by_label("Stop at once")).to_be_checked()
    page.get_by_label("Go on for 24 hours").check()
    page.get_by_role("button", name="Rotate secret").click()
    expect(page.get_by_text("The earlier secrets of the site go on working for 24 hours.")).to_be_visible()
    page.get_by_role("link", name="I have kept it").click()

    expect(table(page)).to_contain_text("Ends in 23 hours")
    assert shop.secrets.live(clock.now()).count() == 2


def test_a_rotation_stops_earlier_secrets_at_once_where_nothing_else_is_chosen(secrets_page, shop):
    page = secrets_page
    page.get_by_role("link", name="Rotate secret").click()
    page.get_by_role("button", name="Rotate secret").click()

    expect(page.get_by_text("Every earlier secret of the site has stopped.")).to_be_visible()
    assert shop.secrets.live(clock.now()).count() == 1


def test_a_secret_is_deleted_after_a_question_and_the_last_cannot_be(secrets_page, alice, shop):
    page = secrets_page
    expect(table(page).get_by_role("link")).to_have_count(0)
    expect(page.get_by_text("The last secret without an end cannot be deleted")).to_be_visible()

    add_secret(alice.actor, site_key=shop.site_key, label="Old backend")
    page.reload()
    table(page).get_by_role("link", name="Delete Old backend").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete secret").click()
    expect(page.get_by_text("It stopped at once.")).to_be_visible()
    assert shop.secrets.count() == 1


def test_a_secret_is_deleted_without_scripts(new_context, sign_in, alice, shop):
    rotate_secret(alice.actor, site_key=shop.site_key, overlap=OVERLAPS["7d"])
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto(f"/sitekeys/{shop.site_key}/secrets")
    table(page).get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete secret").click()

    expect(page.get_by_text("It stopped at once.")).to_be_visible()
    assert shop.secrets.filter(expires_at=None).count() == shop.secrets.count() == 1


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_site_is_deleted_and_restored(has_scripts, new_context, sign_in, alice, shop, complaints):
    complaints.expected.append("404")
    page = new_context(java_script_enabled=has_scripts).new_page()
    sign_in(page, alice)
    page.goto(f"/sitekeys/{shop.site_key}/settings")
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete “Shop”?")).to_be_visible()
    page.get_by_role("button", name="Delete site").click()

    expect(page.get_by_role("region", name="List of deleted sites")).to_contain_text("Shop")
    assert page.goto(f"/sitekeys/{shop.site_key}/").status == 404
    page.goto("/sitekeys/")
    page.get_by_role("link", name="Deleted").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("“Shop” is back as it was, with the secrets it had.")).to_be_visible()
    assert Site.objects.living().filter(pk=shop.pk).exists()
