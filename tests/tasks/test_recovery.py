"""Whatever happens to its worker or its place in the queue, a task finishes, and says so when it was given up."""

import pytest
from django_tasks_db.models import DBTaskResult

from apps.audit import clock
from apps.tasks import site_work
from apps.tasks.models import Task
from apps.tasks.recovery import recover
from apps.tasks.running import run_task
from apps.tasks.sweeper import MAX_TRIES, sweep
from tests.people import Person
from tests.tasks.conftest import Start, let_the_last_minute_pass, many_sites, work

pytestmark = pytest.mark.django_db


def entry_of(task: Task) -> DBTaskResult:
    task.refresh_from_db()
    return DBTaskResult.objects.get(pk=task.queue_id)


def fail(task: Task) -> None:
    """Let the entry of the task end as it does when its worker loses the database."""
    let_the_last_minute_pass()
    entry = entry_of(task)
    entry.claim("worker")
    entry.set_failed(OSError("gone"))


def test_a_task_whose_entry_failed_is_queued_again_and_finishes(start: Start) -> None:
    task = start(many_sites(2))
    fail(task)

    assert recover(clock.now()) == 1

    assert work(Task.objects.get()).done_count == 2


def test_a_task_whose_entry_is_gone_is_queued_again(start: Start) -> None:
    task = start(many_sites(2))
    let_the_last_minute_pass()
    DBTaskResult.objects.all().delete()

    assert recover(clock.now()) == 1

    assert entry_of(task) in DBTaskResult.objects.ready()


def test_a_task_in_the_queue_or_with_a_worker_is_left_alone(start: Start) -> None:
    task = start(many_sites(2))
    let_the_last_minute_pass()

    assert recover(clock.now()) == 0
    entry_of(task).claim("worker")
    assert recover(clock.now()) == 0
    assert DBTaskResult.objects.count() == 1


def test_a_task_of_the_last_minute_is_left_to_its_worker(start: Start) -> None:
    entry_of(start(many_sites(2))).delete()
    assert recover(clock.now()) == 0


def test_a_task_that_failed_three_times_is_given_up_and_says_so(start: Start) -> None:
    task = start(many_sites(2))
    for _ in range(2):
        fail(task)
        assert recover(clock.now()) == 1
        assert not Task.objects.get().is_finished
    fail(task)
    assert recover(clock.now()) == 1

    task.refresh_from_db()
    assert task.is_finished
    assert task.gave_up
    assert task.attempts == 3
    items = list(task.items.all())
    assert [(item.state, item.problem) for item in items] == [("failed", "GivenUp")] * 2
    assert "died or failed 3 times over it" in items[0].description
    assert run_task.call(str(task.pk)) == 0
    assert recover(clock.now()) == 0


def test_a_task_over_which_three_workers_died_is_given_up_at_once(start: Start) -> None:
    task = start(many_sites(2))
    for number in range(MAX_TRIES):
        entry_of(task).claim(f"dead-{number}")
        let_the_last_minute_pass()
        assert sweep(clock.now()) == 1
    assert recover(clock.now()) == 1

    task.refresh_from_db()
    assert task.gave_up


def test_workers_that_did_something_before_they_died_do_not_count(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = start(many_sites(MAX_TRIES + 2))
    create = site_work.create_site

    def power_cut_after_one(actor, given):
        if created:
            raise KeyboardInterrupt
        created.append(given["name"])
        return create(actor, given)

    monkeypatch.setitem(site_work.WORKERS, "sites.create", power_cut_after_one)
    for number in range(MAX_TRIES + 1):
        created: list[str] = []
        entry_of(task).claim(f"dead-{number}")
        with pytest.raises(KeyboardInterrupt):
            run_task.call(str(task.pk))
        let_the_last_minute_pass()
        assert sweep(clock.now()) == 1
    monkeypatch.setitem(site_work.WORKERS, "sites.create", create)

    assert recover(clock.now()) == 0
    done = work(task)
    assert (done.done_count, done.gave_up) == (MAX_TRIES + 2, False)


def test_after_something_was_done_three_workers_may_die_in_vain_again(start: Start) -> None:
    task = start(many_sites(2))
    for number in range(2 * MAX_TRIES - 1):
        entry = entry_of(task)
        entry.claim(f"dead-{number}")
        if number == MAX_TRIES - 2:
            task.items.filter(index=0).update(state="done", finished_at=entry.started_at)
        let_the_last_minute_pass()
        assert sweep(clock.now()) == 1
        assert recover(clock.now()) == (number == 2 * MAX_TRIES - 2)

    task.refresh_from_db()
    assert task.gave_up


def test_what_was_done_before_a_task_was_given_up_stays_done(
    start: Start, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = start(many_sites(3))
    create = site_work.create_site

    def power_cut(actor, given):
        if given["name"] == "Site-2":
            raise KeyboardInterrupt
        return create(actor, given)

    monkeypatch.setitem(site_work.WORKERS, "sites.create", power_cut)
    for _ in range(4):  # two items were done in the first
        with pytest.raises(KeyboardInterrupt):
            run_task.call(str(task.pk))
        fail(task)
        recover(clock.now())

    found = Task.objects.with_counts().get()
    assert (found.gave_up, found.done_count, found.failed_count) == (True, 2, 1)
