"""Every error in the words of both dialects; nothing is charged for what is refused."""

from typing import Any

import pytest
from django.test import Client, override_settings

from apps.ocr import engine
from apps.ocr.models import ImageTask
from tests.api.nocaptchaai.conftest import Reader, Rich, balance_of, encoded, image_task
from tests.ocr.drawing import blank, bomb, png_that_says, printed
from tests.people import MakeKey, Person

pytestmark = pytest.mark.django_db
BAD = (10, "ERROR_BAD_PARAMETERS")


def words_of(answer: dict[str, Any]) -> tuple[Any, ...]:
    assert 10 < len(answer["errorDescription"]) < 300
    return answer["errorId"], answer["errorCode"], answer["code"], answer["msg"]


REFUSED: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "no task": ({}, (22, "ERROR_TASK_ABSENT", *BAD)),
    "null": ({"task": None}, (22, "ERROR_TASK_ABSENT", *BAD)),
    "another type": ({"task": {"type": "NoCaptchaTaskProxyless"}}, (23, "ERROR_TASK_NOT_SUPPORTED", *BAD)),
    "no type": ({"task": {"body": "aaaa"}}, (23, "ERROR_TASK_NOT_SUPPORTED", *BAD)),
    "no image": ({"task": {"type": "ImageToTextTask"}}, (3, "ERROR_ZERO_CAPTCHA_FILESIZE", *BAD)),
    "99 bytes": ({"task": image_task(printed("a")[:99])}, (3, "ERROR_ZERO_CAPTCHA_FILESIZE", *BAD)),
    "500,001 bytes": (
        {"task": image_task(blank() + bytes(500_001))},
        (4, "ERROR_TOO_BIG_CAPTCHA_FILESIZE", *BAD),
    ),
    "a body over the limit": (
        {"task": image_task(blank() + bytes(900_000))},
        (4, "ERROR_TOO_BIG_CAPTCHA_FILESIZE", *BAD),
    ),
    "a text file": ({"task": image_task(b"This is a text. " * 20)}, (15, "ERROR_IMAGE_TYPE_NOT_SUPPORTED", *BAD)),
    "no base64": ({"task": image_task() | {"body": "é" * 200}}, (15, "ERROR_IMAGE_TYPE_NOT_SUPPORTED", *BAD)),
    "a bomb": ({"task": image_task(bomb())}, (4, "ERROR_TOO_BIG_CAPTCHA_FILESIZE", *BAD)),
    "30,000 × 30,000": (
        {"task": image_task(png_that_says(30_000, 30_000, bytes(200)))},
        (4, "ERROR_TOO_BIG_CAPTCHA_FILESIZE", *BAD),
    ),
    "21 images": ({"task": image_task() | {"body": [encoded(blank())] * 21}}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "two fields": ({"task": image_task() | {"image": encoded(blank())}}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "a callback": (
        {"task": image_task(), "callbackUrl": "https://shop.example/"},
        (1, "ERROR_BAD_PARAMETERS", *BAD),
    ),
    "math": ({"task": image_task(math=True)}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "numeric": ({"task": image_task(numeric=7)}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "lengths": ({"task": image_task(minLength=5, maxLength=4)}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "a pool": ({"task": image_task(), "languagePool": "xx"}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "a wrong type": ({"task": image_task(minLength="five")}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
    "a task that is a list": ({"task": []}, (1, "ERROR_BAD_PARAMETERS", *BAD)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named_and_costs_nothing(reader: Reader, credit: Rich, alice: Person, name: str) -> None:
    credit(1)
    fields, words = REFUSED[name]

    assert words_of(reader.post("/createTask", **fields)) == words
    assert balance_of(alice) == (1, 0)
    assert not ImageTask.objects.exists()


def test_a_spent_balance_is_told_and_nothing_is_kept(reader: Reader) -> None:
    assert words_of(reader.create()) == (10, "ERROR_ZERO_BALANCE", 3, "ZERO_BALANCE")
    assert not ImageTask.objects.exists()


def test_a_missing_permission_is_named(alice: Person, make_key: MakeKey) -> None:
    answer = Reader(make_key(alice, "getBalance")).create()

    assert words_of(answer) == (11, "ERROR_PERMISSION_DENIED", *BAD)
    assert "createTask" in answer["errorDescription"]


def test_without_the_extra_the_answer_names_it(
    reader: Reader, credit: Rich, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(1)
    monkeypatch.setattr(engine, "is_installed", lambda: False)

    answer = reader.create()

    assert words_of(answer) == (2, "ERROR_NO_SLOT_AVAILABLE", 2, "NO_SLOT_AVAILABLE")
    assert "[ocr]" in answer["errorDescription"]
    assert balance_of(alice) == (1, 0)


def test_an_account_cannot_fill_the_queue(reader: Reader, credit: Rich, monkeypatch: pytest.MonkeyPatch) -> None:
    credit(3)
    monkeypatch.setattr("apps.ocr.operations.MOST_WAITING", 2)

    assert [reader.create()["errorId"] for _ in range(3)] == [0, 0, 2]


@override_settings(API_REQUESTS_PER_MINUTE=1)
def test_who_asks_too_often_is_told_when_to_come_back(reader: Reader) -> None:
    reader.balance()

    answer = Client().post("/getBalance", {"clientKey": reader.token}, content_type="application/json")

    assert answer.status_code == 200
    assert words_of(answer.json()) == (1, "ERROR_RATE_LIMITED", 16, "RATE_LIMITED")
    assert answer.json()["retryAfterSec"] == int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"clientKey": 5}', b'{"a": 1, "a": 2}'])
@pytest.mark.parametrize("path", ["/createTask", "/getTaskResult", "/getBalance", "/reportIncorrectImageCaptcha"])
def test_a_body_that_is_none_is_refused_in_the_same_shape(db: None, path: str, body: bytes) -> None:
    answer = Client().post(path, body, content_type="application/json")

    assert answer.status_code == 200
    assert words_of(answer.json())[1] in {"ERROR_KEY_DOES_NOT_EXIST", "ERROR_BAD_PARAMETERS"}


def test_a_wrong_method_and_path_are_told_in_the_same_shape(db: None) -> None:
    answer = Client().get("/createTask")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert words_of(answer.json())[1] == "ERROR_NO_SUCH_METHOD"
    assert words_of(Client().post("/getTaskResult/more").json())[1] == "ERROR_BAD_PARAMETERS"
