"""Many sites at once, as somebody does it in a browser."""

from playwright.sync_api import Page, expect

from apps.sites.models import Site
from apps.tasks.models import Task
from tests.tasks.conftest import work


def test_sites_are_imported_after_a_dry_run_and_then_changed_together(page: Page, sign_in, alice, axe):
    sign_in(page, alice)
    page.goto("/sitekeys/")
    page.get_by_role("link", name="Import").click()
    table = b"name;domain\nOne;one.example\nBad;no domain!\nTwo;two.example"
    page.get_by_label("CSV file").set_input_files({"name": "sites.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("2 of 3 lines would create a site")).to_be_visible()
    assert not Site.objects.exists()
    page.get_by_role("button", name="Create the 2 good ones, leave out 1").click()
    expect(page.get_by_text("2 sites are being created").first).to_be_visible()
    work(Task.objects.get())

    page.goto("/sitekeys/")
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Change a setting").click()
    page.get_by_label("Setting").select_option("growth")
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Value").select_option("fast")
    page.get_by_role("button", name="Show the differences").click()
    expect(page.get_by_role("button", name="Change 2 sites")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Change 2 sites").click()
    expect(page.get_by_text("2 sites are being changed").first).to_be_visible()
    work(Task.objects.get(kind="sites.update"))
    assert set(Site.objects.values_list("growth", flat=True)) == {"fast"}


def test_a_reader_has_no_boxes_and_can_save_the_list(page: Page, sign_in, victor, shop):
    sign_in(page, victor)
    page.goto("/sitekeys/")
    expect(page.locator("[data-pick]")).to_have_count(0)
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename == "sites.csv"
