"""How counts get from memory to the database: by themselves, later when it is away, and when the process ends."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connections

from apps.api_keys import usage, usage_store
from apps.api_keys.models import ApiKey
from apps.api_keys.usage_models import CallOutcome, KeyUsage

ANSWER_SECONDS = 15.0


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    usage.forget()
    monkeypatch.setattr(usage, "_flusher", usage._new_flusher())
    yield
    usage._flusher.stop()
    usage.forget()


@pytest.fixture
def key(alice: Any, make_key: Any) -> ApiKey:
    """A key of Alice's."""
    make_key(alice)
    return ApiKey.objects.get()


def use(key: ApiKey, times: int = 1, operation: str = "whoami") -> None:
    for _ in range(times):
        usage.count(key.pk, operation, CallOutcome.DONE, address="203.0.113.7")


def calls() -> int:
    return sum(KeyUsage.objects.values_list("count", flat=True))


def wait_for(is_so: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + ANSWER_SECONDS
    while not is_so() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return is_so()


def away(*_args: Any) -> None:
    raise OperationalError("the database is away")


@pytest.mark.django_db
def test_counts_are_kept_while_the_database_is_away(key, monkeypatch):
    use(key, 3)
    with monkeypatch.context() as broken:
        broken.setattr(usage, "store", away)
        with pytest.raises(OperationalError):
            usage.flush()
    use(key, 2)
    assert calls() == 0

    new = usage.flush()

    assert calls() == 5
    assert [found.network for found in new] == ["203.0.113.0/24"]


@pytest.mark.django_db
def test_a_batch_that_fails_half_way_leaves_nothing_behind(key, monkeypatch):
    use(key, 3)
    with monkeypatch.context() as broken:
        broken.setattr(usage_store, "_note", away)
        with pytest.raises(OperationalError):
            usage.flush()
    assert calls() == 0
    usage.flush()
    assert calls() == 3


@pytest.mark.django_db
def test_the_tally_is_bounded_and_known_cells_still_count(key, monkeypatch):
    monkeypatch.setattr(usage, "MOST_CELLS", 2)
    for operation in ("one", "two", "three", "one"):
        use(key, operation=operation)
    usage.flush()
    assert dict(KeyUsage.objects.values_list("operation", "count")) == {"one": 2, "two": 1}


@pytest.mark.django_db
def test_counts_of_a_key_whose_account_is_gone_do_not_hold_up_the_others(key):
    use(ApiKey(pk=uuid4()), 4)
    use(key, 2)
    usage.flush()
    assert calls() == 2


@pytest.mark.django_db
def test_nothing_runs_beside_when_the_settings_say_so(key):
    use(key)
    assert usage._flusher._thread is None


@pytest.mark.django_db(transaction=True)
def test_a_thread_flushes_by_itself_and_outlives_an_absent_database(key, settings, monkeypatch):
    settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS = 0.05
    failed = threading.Event()

    def fail(_batch: Any) -> None:
        failed.set()
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(usage, "store", fail)
        use(key, 2)
        assert failed.wait(ANSWER_SECONDS)
    use(key, 1)
    assert wait_for(lambda: calls() == 3)


@pytest.mark.django_db(transaction=True)
def test_stopping_flushes_what_is_left(key, settings):
    settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS = 3600
    use(key, 7)
    usage._flusher.stop()
    assert calls() == 7


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_process_count_every_call(key, settings):
    settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS = 0.01
    workers = [threading.Thread(target=use, args=(key, 500)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    usage._flusher.stop()
    assert calls() == 8 * 500


def _child(key_id: Any, done: Any) -> None:
    connections.close_all()
    usage.count(key_id, "child", CallOutcome.DONE)
    done.set()


@pytest.mark.django_db(transaction=True)
def test_a_forked_worker_writes_its_own_counts_when_it_ends_and_not_its_parents(key, settings):
    """As the web server's workers begin and end: forked, and ended by multiprocessing, which runs no atexit."""
    settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS = 3600
    use(key, 3, operation="parent")
    connections.close_all()
    context = multiprocessing.get_context("fork")
    done = context.Event()
    child = context.Process(target=_child, args=(key.pk, done))
    child.start()
    child.join(ANSWER_SECONDS)

    assert child.exitcode == 0
    assert dict(KeyUsage.objects.values_list("operation", "count")) == {"child": 1}
    usage.flush()
    assert dict(KeyUsage.objects.values_list("operation", "count")) == {"child": 1, "parent": 3}
