"""A worker, or the process of a request, is killed in the middle: each task is finished or refunded, never both."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from apps.audit import clock
from apps.credits.models import EntryKind, LedgerEntry, Reservation
from apps.credits.operations import get_balance
from apps.ocr import running
from apps.ocr.models import LOST_AFTER, ImageTask, ImageTaskState, TaskImage
from apps.ocr.operations import start_reading
from apps.ocr.wishes import Wishes
from apps.tasks.image_recovery import recover_image_tasks
from tests.ocr.drawing import printed
from tests.ocr.quick_engine import QuickEngine
from tests.people import Person
from tests.tasks.conftest import WorkerProcess, let_the_last_minute_pass
from tests.tasks.conftest import start_worker as start_worker

pytestmark = pytest.mark.django_db(transaction=True)

Credit = Callable[[int], None]
LONGEST_WAIT = 90  # seconds
TASKS = 30


def start(person: Person, **more: Any) -> ImageTask:
    return start_reading(person.actor, images=[printed("harbour")], is_list=False, wishes=Wishes(), **more)


def wait_until(is_true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + LONGEST_WAIT
    while not is_true():
        assert time.monotonic() < give_up_at
        time.sleep(0.005)


def a_minute_later() -> None:
    let_the_last_minute_pass()
    ImageTask.objects.update(created_at=clock.now() - timedelta(seconds=70))


def assert_that_each_is_settled_once(person: Person, count: int) -> None:
    """Finished and charged, or failed and refunded; and the balance is what follows."""
    assert not TaskImage.objects.exists()
    settled = {EntryKind.CHARGE: ImageTaskState.READY, EntryKind.REFUND: ImageTaskState.FAILED}
    for task in ImageTask.objects.all():
        kinds = list(LedgerEntry.objects.filter(reference=task.pk).exclude(kind="reserve").values_list("kind"))
        assert [settled[EntryKind(kind)] for (kind,) in kinds] == [task.state]
    charged = ImageTask.objects.filter(state="ready").count()
    assert (get_balance(person.actor).available, Reservation.objects.held().count()) == (count - charged, 0)


def test_killed_workers_leave_no_task_paid_twice_or_not_at_all(
    alice: Person, credit: Credit, start_worker: Callable[..., WorkerProcess]
) -> None:
    credit(TASKS)
    for _ in range(TASKS):
        start(alice)
    for ended in (1, 12):
        worker = start_worker()
        wait_until(lambda ended=ended: ImageTask.objects.exclude(state="waiting").count() >= ended)  # type: ignore[misc]
        worker.kill()
        a_minute_later()
    assert ImageTask.objects.waiting().exists()
    start_worker()
    wait_until(lambda: not ImageTask.objects.waiting().exists())

    assert ImageTask.objects.filter(state="ready").count() == TASKS
    assert_that_each_is_settled_once(alice, TASKS)


@pytest.mark.parametrize("at", ["refund", "charge"])
def test_a_process_that_dies_while_it_settles_has_done_neither(
    alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    credit(1)
    task = start(alice)
    monkeypatch.setattr(running, "engine", QuickEngine(*(["harbour"] if at == "charge" else [])))

    def die(*_arguments: Any, **_options: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(f"apps.credits.ledger.{at}", die)
        with pytest.raises(SystemExit):
            running.read_images.call(str(task.pk))
    assert ImageTask.objects.waiting().count() == TaskImage.objects.count() == 1
    assert get_balance(alice.actor).reserved == 1

    assert running.read_images.call(str(task.pk)) is True
    assert running.read_images.call(str(task.pk)) is False
    assert_that_each_is_settled_once(alice, 1)


def test_a_task_whose_entry_is_lost_is_queued_again_and_given_up_after_three_times(
    alice: Person, credit: Credit
) -> None:
    credit(1)
    task = start(alice)
    a_minute_later()
    assert recover_image_tasks(clock.now()) == 0  # its entry waits
    for _ in range(2):
        DBTaskResult.objects.all().delete()
        assert recover_image_tasks(clock.now()) == 1
        assert DBTaskResult.objects.count() == 1
    DBTaskResult.objects.all().delete()

    assert recover_image_tasks(clock.now()) == 1

    task.refresh_from_db()
    assert (task.state, task.problem) == ("failed", "given_up")
    assert_that_each_is_settled_once(alice, 1)


def test_what_nobody_read_in_a_day_is_refunded(alice: Person, credit: Credit) -> None:
    credit(1)
    task = start(alice)

    assert recover_image_tasks(task.expires_at) == 1
    assert_that_each_is_settled_once(alice, 1)


def test_a_request_that_died_is_refunded_after_a_minute_and_not_before(alice: Person, credit: Credit) -> None:
    credit(1)
    start(alice, is_read_in_request=True)
    assert not DBTaskResult.objects.exists()
    assert recover_image_tasks(clock.now()) == 0

    assert recover_image_tasks(clock.now() + LOST_AFTER) == 1
    assert_that_each_is_settled_once(alice, 1)


def test_two_who_read_the_same_task_settle_it_once(
    alice: Person, credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit(1)
    task = start(alice)

    class OvertakenEngine(QuickEngine):
        """Another worker is done before this one."""

        def read(self, _image: bytes, **_within: float) -> list[str]:
            monkeypatch.setattr(running, "engine", QuickEngine("harbour"))
            assert running.read_images.call(str(task.pk)) is True
            return []

    monkeypatch.setattr(running, "engine", OvertakenEngine())
    assert running.read_images.call(str(task.pk)) is False
    task.refresh_from_db()
    assert task.texts == ["harbour"]
    assert_that_each_is_settled_once(alice, 1)
