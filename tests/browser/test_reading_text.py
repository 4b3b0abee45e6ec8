"""The page on which an image is tried out, with and without scripts, in both themes and at two widths."""

import pytest

from apps.credits.operations import grant_credits
from apps.ocr import running
from tests.ocr.drawing import blank, printed
from tests.ocr.quick_engine import QuickEngine


def image(content):
    return {"name": "image.png", "mimeType": "image/png", "buffer": content}


@pytest.fixture
def engine(monkeypatch):
    engine = QuickEngine("Gatehouse 48213")
    monkeypatch.setattr(running, "engine", engine)
    return engine


def test_an_image_is_read_on_a_page_that_is_accessible_and_fits(page, sign_in, looks_right, complaints, alice, engine):
    complaints.expected.append("422")
    grant_credits(alice.actor, amount=1, reason="For tests")
    sign_in(page, alice)
    page.goto("/read-text/")
    page.get_by_label("Image").set_input_files(image(printed("Gatehouse 48213")))
    page.get_by_role("button", name="Read it").click()
    page.wait_for_load_state()

    assert page.locator("#text").inner_text() == "Gatehouse 48213"
    assert page.evaluate("document.querySelector('.read-image').naturalWidth > 0")
    assert "too few credits" in page.inner_text("main")
    looks_right(page)

    page.get_by_label("Image").set_input_files(image(b"no image" * 100))
    page.get_by_role("button", name="Read it").click()
    page.wait_for_load_state()
    assert "no image of a kind that is read here" in page.inner_text("main")
    looks_right(page)


def test_without_scripts_an_image_without_text_is_told_and_paid_back(new_context, sign_in, alice, engine):
    page = new_context(java_script_enabled=False).new_page()
    engine.lines = []
    grant_credits(alice.actor, amount=1, reason="For tests")
    sign_in(page, alice)
    page.goto("/read-text/")
    page.get_by_label("Image").set_input_files(image(blank()))
    page.get_by_role("button", name="Read it").click()
    page.wait_for_load_state()

    assert "No text was read" in page.inner_text("main")
    assert "1 credit left" in page.inner_text("body")
