"""Reading while the request waits: the bare task, and the older form."""

from typing import Any

import pytest
from django.test import Client

from apps.ocr import reading, running
from apps.ocr.models import ImageTask, TaskImage
from apps.tasks.image_recovery import recover_image_tasks
from tests.api.nocaptchaai.conftest import Reader, Rich, balance_of, encoded, image_task
from tests.ocr.drawing import WORDS, blank, bomb, png_that_says, printed
from tests.people import Person

pytestmark = pytest.mark.django_db


def test_the_text_comes_with_the_answer_and_is_paid(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(2)
    answer = reader.solve(image_task(printed("48213")))

    assert answer.status_code == 200
    assert answer.json()["solution"] == {"text": "48213"}
    assert answer.json()["status"] == "ready"
    assert balance_of(alice) == (1, 0)
    assert reader.result(answer.json()["taskId"])["solution"] == {"text": "48213"}
    assert not TaskImage.objects.exists()


def test_a_list_comes_back_as_one(reader: Reader, credit: Rich) -> None:
    credit(1)
    answer = reader.solve({"type": "ImageToTextTask", "images": [encoded(printed(word)) for word in WORDS[:3]]})

    assert answer.json()["solution"] == {"text": list(WORDS[:3])}


@pytest.mark.parametrize("name", ["007", 7])
def test_the_older_form_is_answered_in_its_own_shape(reader: Reader, credit: Rich, name: Any) -> None:
    credit(1)
    answer = reader.solve({"method": "ocr", "id": name, "image": encoded(printed("lantern"))}).json()

    assert answer.pop("url").endswith("/getTaskResult")
    assert answer == {"id": name, "solution": "lantern", "status": "solved"}


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({}, 400, "ERROR_TASK_NOT_SUPPORTED"),
        ({"method": "hcaptcha", "id": "1", "image": "aaaa"}, 400, "ERROR_TASK_NOT_SUPPORTED"),
        ({"type": "AntiGateTask"}, 400, "ERROR_TASK_NOT_SUPPORTED"),
        ({"type": "ImageToTextTask"}, 400, "ERROR_ZERO_CAPTCHA_FILESIZE"),
        (image_task(b"a text file" * 20), 400, "ERROR_IMAGE_TYPE_NOT_SUPPORTED"),
        (image_task(bomb()), 413, "ERROR_TOO_BIG_CAPTCHA_FILESIZE"),
        (image_task(png_that_says(300, 100, b"no picture" * 20)), 400, "ERROR_IMAGE_TYPE_NOT_SUPPORTED"),
        (image_task(blank()), 422, "ERROR_CAPTCHA_UNSOLVABLE"),
    ],
)
def test_what_cannot_be_read_is_a_4xx_and_costs_nothing(
    reader: Reader, credit: Rich, alice: Person, body: Any, status: int, word: str
) -> None:
    credit(1)
    answer = reader.solve(body)

    assert (answer.status_code, answer.json()["errorCode"]) == (status, word)
    assert balance_of(alice) == (1, 0)


def test_without_credits_it_is_a_402(reader: Reader) -> None:
    answer = reader.solve(image_task())

    assert (answer.status_code, answer.json()["msg"]) == (402, "ZERO_BALANCE")


def test_a_malformed_body_is_a_400_for_who_has_a_key(reader: Reader) -> None:
    answer = Client(headers={"apikey": reader.token}).post("/solve", b"{", content_type="application/json")

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ERROR_BAD_PARAMETERS")


def test_who_waits_longer_than_the_request_may_is_told_to_come_back_and_pays_nothing(
    reader: Reader, credit: Rich, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(1)
    monkeypatch.setattr(reading, "REQUEST_SECONDS", 0.0)
    answer = reader.solve(image_task())

    assert (answer.status_code, answer.json()["errorCode"]) == (409, "ERROR_NO_SLOT_AVAILABLE")
    assert balance_of(alice) == (1, 0)


def test_a_request_that_died_is_paid_back_by_a_worker(
    reader: Reader, credit: Rich, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(1)

    def die(*_arguments: Any, **_options: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(reading, "read", die)
    with pytest.raises(SystemExit):
        reader.solve(image_task())
    assert balance_of(alice) == (0, 1)

    task = ImageTask.objects.get()
    assert recover_image_tasks(task.created_at) == 0
    assert recover_image_tasks(task.expires_at) == 1
    assert balance_of(alice) == (1, 0)
    assert recover_image_tasks(task.expires_at) == 0


def test_a_process_reads_for_one_request_at_a_time_so_that_the_others_are_answered(
    reader: Reader, credit: Rich, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(2)
    answers: list[Any] = []
    read = running.read

    def slowly(*arguments: Any, **options: Any) -> bool:
        answers.append(reader.solve(image_task()))
        return read(*arguments, **options)

    with monkeypatch.context() as reading_takes_long:
        reading_takes_long.setattr(reading, "read", slowly)
        answers.append(reader.solve(image_task()))
    answers.append(reader.solve(image_task()))

    assert [answer.status_code for answer in answers] == [409, 200, 200]
    assert answers[0].json()["errorCode"] == "ERROR_NO_SLOT_AVAILABLE"
    assert balance_of(alice) == (0, 0)
