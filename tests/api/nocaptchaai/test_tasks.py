"""The life of a task: taken, read, paid; or failed, and paid back."""

import re

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credits.operations import grant_credits
from apps.ocr.models import KEPT_FOR, ImageTask, TaskImage
from apps.tasks.housekeeping import purge_image_tasks, purge_sessions
from tests.api.nocaptchaai.conftest import Reader, Rich, balance_of, encoded, image_task, work
from tests.ocr.drawing import WORDS, blank, printed
from tests.people import MakeKey, Person

pytestmark = pytest.mark.django_db


def test_a_task_is_taken_read_and_paid(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(5)
    started = reader.create()
    assert started.pop("taskId").isalnum()
    assert started == {"errorId": 0, "errorCode": "", "errorDescription": "", "status": "idle"}
    task = ImageTask.objects.get()
    assert re.fullmatch(r"[0-9A-Za-z]{10}", task.code)
    assert reader.result(task.code)["status"] == "processing"
    assert balance_of(alice) == (4, 1)

    work()

    result = reader.result(task.code)
    assert (result["status"], result["solution"], result["errorId"]) == ("ready", {"text": "harbour"}, 0)
    assert balance_of(alice) == (4, 0)
    assert reader.balance() == 4


def test_ten_printed_words_and_numbers_are_read_as_a_list(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(1)
    task = {"type": "ImageToTextTask", "body": [encoded(printed(word)) for word in WORDS]}
    task_id = reader.create(task)["taskId"]
    work()

    texts = reader.result(task_id)["solution"]["text"]

    assert sum(text == word for text, word in zip(texts, WORDS, strict=True)) >= 9
    assert balance_of(alice) == (0, 0)


@pytest.mark.parametrize("field", ["body", "image", "images"])
@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_an_image_may_come_in_three_fields_and_as_a_data_url(
    reader: Reader, credit: Rich, field: str, prefix: str
) -> None:
    credit(1)
    task_id = reader.create({"type": "ImageToTextTask", field: prefix + encoded(printed("48213"))})["taskId"]
    work()

    assert reader.result(task_id)["solution"] == {"text": "48213"}


def test_a_list_of_one_is_a_list(reader: Reader, credit: Rich) -> None:
    credit(1)
    task_id = reader.create({"type": "ImageToTextTask", "images": [encoded(printed("48213"))]})["taskId"]
    work()

    assert reader.result(task_id)["solution"] == {"text": ["48213"]}


def test_an_image_without_text_fails_and_is_paid_back(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(3)
    task_id = reader.create(image_task(blank()))["taskId"]
    work()

    result = reader.result(task_id)

    assert (result["status"], result["errorId"], result["errorCode"]) == ("failed", 12, "ERROR_CAPTCHA_UNSOLVABLE")
    assert (result["code"], result["msg"]) == (12, "ERROR_CAPTCHA_UNSOLVABLE")
    assert "No text" in result["errorDescription"]
    assert balance_of(alice) == (3, 0)


def test_a_text_that_is_not_as_wished_fails_and_says_why(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(1)
    task_id = reader.create(image_task(printed("harbour"), minLength=9))["taskId"]
    work()

    assert "fewer than minLength 9" in reader.result(task_id)["errorDescription"]
    assert balance_of(alice) == (1, 0)


def test_wishes_are_honoured(reader: Reader, credit: Rich) -> None:
    credit(2)
    asked = [
        reader.create(image_task(printed("48213"), numeric=1, minLength=5, maxLength=5), languagePool="en"),
        reader.create(image_task(printed("Gatehouse"), case=False), languagePool="rn", softId=847),
    ]
    work()

    assert [reader.result(one["taskId"])["solution"]["text"] for one in asked] == ["48213", "gatehouse"]


def test_images_go_with_the_end_of_their_task_and_the_text_after_a_day(reader: Reader, credit: Rich) -> None:
    credit(2)
    read, waiting = (reader.create()["taskId"] for _ in range(2))
    ImageTask.objects.filter(code=waiting).update(is_read_in_request=False)
    assert TaskImage.objects.count() == 2
    work()
    assert not TaskImage.objects.exists()

    with clock.at(timezone.now() + KEPT_FOR):
        assert reader.result(read)["errorCode"] == "ERROR_NO_SUCH_CAPCHA_ID"
        purge_image_tasks.call()
    assert not ImageTask.objects.exists()


def test_a_wrong_text_is_paid_back_once(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(1)
    task_id = reader.create()["taskId"]
    assert reader.report(task_id)["errorCode"] == "ERROR_BAD_PARAMETERS"  # before there is a text
    work()

    for _ in range(3):
        assert reader.report(task_id) == {"errorId": 0, "status": "success"}
        assert balance_of(alice) == (1, 0)
    assert AuditEvent.objects.filter(action="credits.refunded").count() == 1


def test_a_failed_task_is_not_paid_back_twice(reader: Reader, credit: Rich, alice: Person) -> None:
    credit(1)
    task_id = reader.create(image_task(blank()))["taskId"]
    work()

    assert reader.report(task_id)["status"] == "success"
    assert balance_of(alice) == (1, 0)


def test_another_accounts_task_is_answered_like_one_that_does_not_exist(
    reader: Reader, credit: Rich, dave: Person, make_key: MakeKey
) -> None:
    credit(1)
    task_id = reader.create()["taskId"]
    stranger = Reader(make_key(dave, "getTask", "createTask"))

    assert stranger.result(task_id) == stranger.result("0000000000") == stranger.result(12345)  # type: ignore[arg-type]
    assert stranger.report(task_id) == stranger.report("0000000000")
    assert stranger.result(task_id)["errorId"] == 16


def test_a_members_key_does_not_see_the_owners_task(
    reader: Reader, credit: Rich, bob: Person, make_key: MakeKey
) -> None:
    credit(1)
    task_id = reader.create()["taskId"]

    assert Reader(make_key(bob, "getTask")).result(task_id)["errorId"] == 16


def test_the_log_tells_of_a_task_and_its_credits_and_never_of_its_text(reader: Reader, credit: Rich) -> None:
    credit(1)
    reader.create()
    work()

    told = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert told[-3:] == ["credits.reserved", "task.started", "credits.charged"]
    assert not [event for event in AuditEvent.objects.all() if "harbour" in str(event.changes) + event.target_label]


def test_who_sent_many_images_keeps_neither_others_nor_mails_waiting(
    reader: Reader, credit: Rich, dave: Person, make_key: MakeKey
) -> None:
    credit(3)
    grant_credits(dave.actor, amount=1, reason="For tests")
    codes = [reader.create()["taskId"] for _ in range(3)]
    codes.append(Reader(make_key(dave, "createTask")).create()["taskId"])
    mail = str(purge_sessions.enqueue().id)

    entries = {ImageTask.objects.get(code=code).queue_id: code for code in codes} | {mail: "another kind"}
    turns = [entries[str(row.pk)] for row in DBTaskResult.objects.ready() if str(row.pk) in entries]
    assert turns == ["another kind", codes[0], codes[3], codes[1], codes[2]]
