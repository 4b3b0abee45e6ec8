"""Organizations in a browser: made, filled from the list of sites, deleted by typing the name, brought back."""

import re

from playwright.sync_api import Page, expect

from apps.sites.models import Site
from apps.sites.operations import create_site


def test_an_organization_is_made_filled_deleted_and_restored(page: Page, sign_in, alice):
    for name in ("Blog", "Forum", "Shop"):
        create_site(alice.actor, name=name, allowed_origins=["https://x.example"])
    sign_in(page, alice)
    page.goto("/")
    page.get_by_role("link", name="Organizations").click()
    page.get_by_role("link", name="New organization").click()
    page.get_by_label("Name").fill("Web")
    page.get_by_role("button", name="Create organization").click()
    expect(page.get_by_text("No sites in it yet")).to_be_visible()

    page.goto("/sitekeys/")
    expect(page.get_by_role("button", name="Move to an organization")).to_be_disabled()
    page.get_by_label("Choose Blog").check()
    page.get_by_label("Choose Forum").check()
    page.get_by_role("button", name="Move to an organization").click()
    page.get_by_label("Organization").select_option("Web")
    page.get_by_role("button", name="Move 2 sites").click()
    expect(page.get_by_text("2 sites moved.")).to_be_visible()

    page.locator("#organization").select_option("Web")
    expect(page.locator("#site-list tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/sitekeys/\?organization=\d+$"))

    page.locator("#site-list").get_by_role("link", name="Web").first.click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("2 sites go along")).to_be_visible()
    page.get_by_label("Type the name").fill("Web")
    page.get_by_role("button", name="Delete organization").click()
    expect(page.get_by_text("is deleted with its sites")).to_be_visible()
    assert list(Site.objects.living().values_list("name", flat=True)) == ["Shop"]

    page.get_by_role("button", name="Restore Web").click()
    expect(page.locator("#site-list tbody tr")).to_have_count(2)


def test_sites_are_moved_without_a_script(new_context, sign_in, alice):
    create_site(alice.actor, name="Blog", allowed_origins=["https://x.example"])
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto("/organizations/new")
    page.get_by_label("Name").fill("Web")
    page.get_by_role("button", name="Create organization").click()
    page.goto("/sitekeys/")
    page.get_by_role("link", name="Select all on this page").click()
    page.get_by_role("button", name="Move to an organization").click()
    page.get_by_label("Organization").select_option("Web")
    page.get_by_role("button", name="Move 1 site").click()
    assert Site.objects.filter(organization__name="Web").exists()
