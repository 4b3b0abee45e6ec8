"""The page on which an image is tried out: text, time, cost; and what to do where one of them is missing."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.credits.operations import get_balance
from apps.ocr import engine as engine_module
from apps.ocr import running
from apps.ocr.models import ImageTask
from tests.ocr.drawing import blank, bomb, printed
from tests.ocr.quick_engine import QuickEngine
from tests.people import Person

pytestmark = pytest.mark.django_db

Credit = Callable[[int], None]


def send(person: Person, image: bytes | None, **fields: Any) -> Any:
    file = {"image": io.BytesIO(image)} if image is not None else {}
    for one in file.values():
        one.name = "image.png"
    return person.browser.post("/read-text/", {"numeric": "0", **file, **fields})


def test_an_image_is_read_and_its_text_time_and_cost_are_shown(
    alice: Person, credit: Credit, reading: engine_module.Engine
) -> None:
    credit(3)
    page = send(alice, printed("harbour")).text

    assert re.search(r'<p id="text"[^>]*>harbour</p>', page)
    assert re.search(r"\d\.\d\d s", page)
    assert "1 credit\n" in page
    assert "2 credits left" in page
    assert 'src="data:image/png;base64,' in page


def test_the_log_and_the_history_of_credits_name_the_task(
    alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(3)
    monkeypatch.setattr(running, "engine", QuickEngine("harbour"))
    page = send(alice, printed("harbour")).text
    task = ImageTask.objects.get()
    title = f"Reading text, {task.code}"

    assert f'<a href="/credits/?work={task.pk}#history">{task.code}</a>' in page
    told = AuditEvent.objects.filter(target_id=str(task.pk)).values_list("action", "target_label")
    assert {action: label for action, label in told if action.startswith("credits")} == {
        "credits.reserved": title, "credits.charged": title
    }  # fmt: skip
    for path in ("/log/", "/credits/"):
        assert title in alice.browser.get(path).text
    ImageTask.objects.all().delete()
    assert title in alice.browser.get("/credits/").text, "The task is forgotten, what it cost is not."


def test_where_nothing_is_found_the_price_comes_back_and_the_page_says_so(
    alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(3)
    monkeypatch.setattr(running, "engine", QuickEngine())
    page = send(alice, blank()).text

    assert "No text was read" in page
    assert "has come back" in page
    assert get_balance(alice.actor).available == 3


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (None, "Choose the image"),
        (b"", "0 bytes"),
        (b"a text file that is called .png " * 9, "no image of a kind"),
        (bomb(), "20,000 × 20,000 pixels"),
        (printed("a") + bytes(500_000), "500,001 bytes"),
    ],
)
def test_what_is_no_image_is_told_at_its_field_and_costs_nothing(
    alice: Person, credit: Credit, image: bytes | None, words: str
) -> None:
    credit(1)
    answer = send(alice, image)

    assert answer.status_code == 422
    assert words in answer.text
    assert get_balance(alice.actor).available == 1


def test_sending_the_form_again_reads_nothing_again(
    alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(3)
    monkeypatch.setattr(running, "engine", QuickEngine("harbour"))
    once = re.search(r'name="once" value="([\w-]+)"', alice.browser.get("/read-text/").text)
    assert once

    assert "harbour" in send(alice, printed("harbour"), once=once[1]).text
    assert send(alice, printed("harbour"), once=once[1]).status_code == 302
    assert ImageTask.objects.count() == 1


def test_a_spent_balance_is_told_with_the_way_to_more(alice: Person, bob: Person) -> None:
    assert "/credits/grant" in alice.browser.get("/read-text/").text
    assert "Ask an owner" in bob.browser.get("/read-text/").text
    answer = send(alice, printed("harbour"))
    assert answer.status_code == 422
    assert "costs 1 credit, and the account has fewer" in answer.text


def test_without_the_extra_the_page_says_how_to_get_it(
    alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(1)
    monkeypatch.setattr(engine_module, "is_installed", lambda: False)

    assert "requirements-ocr.txt" in alice.browser.get("/read-text/").text
    assert send(alice, printed("harbour")).status_code == 422
    assert get_balance(alice.actor).available == 1


def test_a_viewer_finds_no_way_to_it(victor: Person) -> None:
    assert "/read-text/" not in victor.browser.get("/").text
    assert victor.browser.get("/read-text/").status_code == 403


def test_what_was_read_is_shown_as_text(alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch) -> None:
    credit(1)
    monkeypatch.setattr(running, "engine", QuickEngine("<script>alert(1)</script>"))

    assert "<script>alert" not in send(alice, printed("harbour")).text
