"""What reaches Redis, and when: after the commit, never after a rollback, and later where Redis was away."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction
from django_tasks import TaskResultStatus

from apps.api_keys.models import KeyNotice
from apps.audit import clock
from apps.sites.models import Site
from apps.tasks import housekeeping, running
from apps.tasks.actors import actor_today
from apps.tasks.models import FRESH_FOR, ScheduledTask, Task
from apps.tasks.notice_recovery import recover_key_notices
from apps.tasks.recovery import recover
from apps.tasks.redis_worker import RedisWorker
from apps.tasks.schedule import SCHEDULE, enqueue_due
from tests.people import MakeKey, Person
from tests.redis_server import RedisServer
from tests.tasks.conftest import Start, let_the_last_minute_pass, many_sites
from tests.tasks.on_redis.conftest import StartWorker, backend, let_what_is_scheduled_be_due, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def a_worker(monkeypatch: pytest.MonkeyPatch) -> RedisWorker:
    """A worker in the test itself, which leaves the test's signals alone."""
    monkeypatch.setattr(RedisWorker, "_install_signal_handlers", lambda self: None)
    return RedisWorker()


def test_nothing_is_queued_before_the_commit() -> None:
    with transaction.atomic():
        entry = housekeeping.purge_sessions.enqueue()
        assert len(backend().queue) == 0

    assert backend().queue.job_ids == [entry.id]


def test_a_rollback_queues_nothing(start: Start) -> None:
    def start_and_fail() -> None:
        with transaction.atomic():
            start(many_sites(2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        start_and_fail()

    assert not Task.objects.exists()
    assert not backend().queue.connection.keys("rq:job:*")


def test_an_entry_is_json_and_carries_no_more_than_an_id(start: Start) -> None:
    task = start(many_sites(2))

    job = backend().queue.fetch_job(task.queue_id)

    assert job
    assert json.loads(job.data) == ["apps.tasks.running.run_task", None, [str(task.pk)], {}]


def test_what_comes_of_an_entry_is_told_by_its_result(a_worker: RedisWorker) -> None:
    Session.objects.create(session_key="old", expire_date=clock.now() - timedelta(days=1))
    entry = housekeeping.purge_sessions.enqueue()

    a_worker.run(until_empty=True)

    entry.refresh()
    assert (entry.status, entry.return_value) == (TaskResultStatus.SUCCESSFUL, 1)


def test_what_is_due_is_queued_once_and_done(a_worker: RedisWorker) -> None:
    assert enqueue_due(clock.now()) == len(SCHEDULE)
    assert enqueue_due(clock.now()) == 0
    assert len(backend().queue) == len(SCHEDULE)

    a_worker.run(until_empty=True)

    assert len(backend().queue.failed_job_registry) == 0
    assert ScheduledTask.objects.count() == len(SCHEDULE)


def test_mails_about_keys_go_through_redis_and_are_tried_again(
    alice: Person, make_key: MakeKey, settings, outbox, a_worker: RedisWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_IS_SET_UP = True
    away = [OSError("the mail server is away")]
    send = EmailMultiAlternatives.send
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda mail: send(mail) if not away else _raise(away.pop()))
    make_key(alice)
    a_worker.run(until_empty=True)
    assert not outbox
    assert len(backend().queue.scheduled_job_registry) == 1

    let_what_is_scheduled_be_due()
    a_worker.sweep(clock.now())
    a_worker.run(until_empty=True)

    assert [mail.to for mail in outbox] == [[alice.user.email]]


def test_a_mail_of_a_time_without_redis_is_sent_when_it_is_back(
    alice: Person, make_key: MakeKey, settings, outbox, redis: RedisServer, a_worker: RedisWorker
) -> None:
    settings.MAIL_IS_SET_UP = True
    redis.stop()
    make_key(alice)
    redis.start()
    a_worker.run(until_empty=True)
    assert not outbox

    recover_key_notices(clock.now() + FRESH_FOR)
    a_worker.run(until_empty=True)

    assert [mail.to for mail in outbox] == [[alice.user.email]]
    assert not KeyNotice.objects.exists()


def test_a_task_is_started_while_redis_is_away_and_done_when_it_is_back(
    start: Start, redis: RedisServer, start_rq_worker: StartWorker
) -> None:
    redis.stop()
    worker = start_rq_worker()
    start(many_sites(2))
    let_the_last_minute_pass()
    redis.start()

    wait_until(lambda: not Task.objects.unfinished().exists())

    assert Site.objects.count() == 2
    assert worker.process.poll() is None


def test_what_failed_because_the_database_was_away_is_tried_again(
    start: Start, a_worker: RedisWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = start(many_sites(2))
    away = [OperationalError("the connection is closed")]
    monkeypatch.setattr(running, "actor_today", lambda task: _raise(away.pop()) if away else actor_today(task))
    a_worker.run(until_empty=True)
    assert backend().get_result(task.queue_id).status is TaskResultStatus.READY

    let_what_is_scheduled_be_due()
    a_worker.sweep(clock.now())
    a_worker.run(until_empty=True)

    assert Site.objects.count() == 2


def test_what_failed_of_itself_is_not_tried_again_by_the_queue(
    start: Start, a_worker: RedisWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = start(many_sites(2))
    with monkeypatch.context() as broken:
        broken.setattr(running, "_do_next", lambda _: _raise(ZeroDivisionError()))
        a_worker.run(until_empty=True)
    failed = backend().get_result(task.queue_id)
    assert failed.status is TaskResultStatus.FAILED
    assert [error.exception_class_path for error in failed.errors] == ["builtins.ZeroDivisionError"]

    let_the_last_minute_pass()
    assert recover(clock.now()) == 1
    a_worker.run(until_empty=True)

    assert Task.objects.get().attempts == 1
    assert Site.objects.count() == 2


def test_an_entry_that_a_worker_took_and_never_began_goes_back(start: Start, a_worker: RedisWorker) -> None:
    task = start(many_sites(2))
    queue = backend().queue
    queue.connection.lmove(queue.key, queue.intermediate_queue_key)
    a_worker.sweep(clock.now())
    seen = queue.intermediate_queue.get_first_seen_key(task.queue_id)
    queue.connection.set(seen, (clock.now() - timedelta(minutes=2)).timestamp())
    let_what_is_scheduled_be_due()
    a_worker.sweep(clock.now())
    let_what_is_scheduled_be_due()
    a_worker.sweep(clock.now())

    a_worker.run(until_empty=True)

    assert Site.objects.count() == 2


def test_the_command_for_the_other_queue_is_refused(settings) -> None:
    with pytest.raises(CommandError, match=r"start manage\.py rq_worker"):
        call_command("db_worker")
    settings.TASKS_ARE_ON_REDIS = False
    with pytest.raises(CommandError, match=r"start manage\.py db_worker"):
        call_command("rq_worker")


def _raise(error: Exception) -> None:
    raise error
