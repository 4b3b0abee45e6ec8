"""Credits in a browser: the empty page, a grant pressed twice, and the history filtered in place."""

from uuid import uuid4

from apps.credits import ledger
from apps.credits.models import LedgerEntry
from apps.credits.operations import grant_credits


def test_the_empty_page_is_accessible_and_fits(page, sign_in, looks_right, alice, bob):
    for person in (alice, bob):
        sign_in(page, person)
        page.goto("/credits/")
        assert "No credits yet" in page.inner_text("main")
        looks_right(page)


def test_a_grant_that_is_pressed_twice_is_made_once(page, sign_in, alice):
    sign_in(page, alice)
    page.goto("/credits/")
    page.get_by_role("link", name="Grant credits").click()
    page.get_by_label("Credits", exact=True).fill("40")
    page.get_by_label("Reason").fill("Budget")
    page.get_by_role("button", name="Grant credits").dblclick()
    page.wait_for_url("**/credits/")
    page.wait_for_load_state("networkidle")
    assert LedgerEntry.objects.count() == 1
    assert "Budget" in page.inner_text("#history")


def test_the_history_is_filtered_in_place(page, sign_in, alice):
    work = uuid4()
    grant_credits(alice.actor, amount=10, reason="Budget")
    ledger.reserve(alice.actor, amount=1, reference=work)
    ledger.refund(work, reason="No text was found")
    sign_in(page, alice)
    page.goto("/credits/")
    page.get_by_label("What happened").select_option("refund")
    page.get_by_text("Budget").wait_for(state="detached")
    assert page.locator("#history tbody tr").count() == 1
    assert page.url.endswith("?kind=refund")
    assert page.locator(".plot canvas").count() == 1, "The rest of the page stays."
