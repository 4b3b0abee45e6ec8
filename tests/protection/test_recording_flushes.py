"""How notes get from memory to the database: exactly, also by many threads and processes, and later when it is away."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connections
from structlog.testing import capture_logs

from apps.protection import recording, recording_store
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord
from apps.protection.traffic_models import TrafficHour
from apps.sites.models import Site
from tests.protection.noting import answer, issue
from tests.races.together import failures, together

ANSWER_SECONDS = 15.0


def counted(name: str) -> int:
    return sum(TrafficHour.objects.values_list(name, flat=True))


def wait_for(is_so: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + ANSWER_SECONDS
    while not is_so() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return is_so()


def away(*_args: Any, **_kwargs: Any) -> None:
    raise OperationalError("the database is away")


@pytest.mark.django_db
def test_notes_are_kept_while_the_database_is_away(shop, monkeypatch):
    issue(shop)
    answer(shop)
    with monkeypatch.context() as broken:
        broken.setattr(recording, "store", away)
        with pytest.raises(OperationalError):
            recording.flush()
    answer(shop)
    assert counted("accepted") == 0

    recording.flush()

    assert (counted("issued"), counted("accepted"), counted("solved"), CaptchaRecord.objects.count()) == (1, 2, 2, 2)


@pytest.mark.django_db
def test_a_batch_that_fails_half_way_leaves_nothing_behind(shop, monkeypatch):
    answer(shop)
    with monkeypatch.context() as broken:
        broken.setattr(recording_store, "_add", away)
        with pytest.raises(OperationalError):
            recording.flush()
    assert CaptchaRecord.objects.count() == 0
    recording.flush()
    assert (CaptchaRecord.objects.count(), counted("solved")) == (1, 1)


@pytest.mark.django_db
def test_a_full_buffer_drops_records_with_a_warning_and_goes_on_counting(shop, monkeypatch):
    monkeypatch.setattr(recording, "MOST_STORIES", 2)
    for _ in range(5):
        answer(shop)
    with capture_logs() as logs:
        recording.flush()
    assert CaptchaRecord.objects.count() == 2
    assert (counted("accepted"), counted("solved")) == (5, 5)
    assert [entry["notes"] for entry in logs if entry["event"] == "records_left_out"] == [3]


@pytest.mark.django_db
def test_noting_touches_no_database(shop, django_assert_num_queries):
    with django_assert_num_queries(0):
        issue(shop)
        answer(shop)


@pytest.mark.django_db
def test_a_flush_of_many_notes_takes_few_statements(shop, django_assert_max_num_queries):
    for _ in range(300):
        answer(shop)
    with django_assert_max_num_queries(8):  # the transaction's two, the sites, records, three grains
        recording.flush()


@pytest.mark.django_db(transaction=True)
def test_a_thread_flushes_by_itself_and_outlives_an_absent_database(shop, settings, monkeypatch):
    settings.RECORDS_ARE_FLUSHED_EVERY_SECONDS = 0.05
    failed = threading.Event()

    def fail(_notes: Any) -> None:
        failed.set()
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(recording, "store", fail)
        answer(shop)
        assert failed.wait(ANSWER_SECONDS)
    answer(shop)
    assert wait_for(lambda: counted("accepted") == 2)


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_process_note_every_answer(shop, settings):
    settings.RECORDS_ARE_FLUSHED_EVERY_SECONDS = 0.01
    shared = [uuid4() for _ in range(40)]

    def work() -> None:
        for nonce in shared:
            issue(shop)
            answer(shop, Outcome.TOO_EARLY, nonce=nonce)
            answer(shop)

    assert failures(together([work] * 8)) == []
    recording._flusher.stop()

    assert (counted("issued"), counted("accepted"), counted("rejected")) == (320, 320, 320)
    assert counted("solved") == 320 + len(shared)
    assert CaptchaRecord.objects.count() == 320 + len(shared)
    assert set(CaptchaRecord.objects.filter(pk__in=shared).values_list("refused", flat=True)) == {8}


def _process(site_id: int, nonces: list[UUID], start: Any) -> None:
    connections.close_all()
    site = Site.objects.get(pk=site_id)
    start.wait(ANSWER_SECONDS)
    for nonce in nonces:
        answer(site, Outcome.ALREADY_USED, nonce=nonce)
        issue(site)
        recording.flush()


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_see_the_same_solutions_count_each_once(shop, settings):
    """Each flushes after each note, in an order of its own; what the last has not flushed goes when it ends."""
    settings.RECORDS_ARE_FLUSHED_EVERY_SECONDS = 3600
    nonces = [uuid4() for _ in range(25)]
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(2)
    children = [context.Process(target=_process, args=(shop.pk, order, start)) for order in (nonces, nonces[::-1])]
    for child in children:
        child.start()
    for child in children:
        child.join(ANSWER_SECONDS * 2)

    assert [child.exitcode for child in children] == [0, 0]
    assert (counted("issued"), counted("rejected"), counted("solved")) == (50, 50, 25)
    assert set(CaptchaRecord.objects.values_list("refused", "solutions")) == {(2, 2)}


def _ending(site_id: int) -> None:
    connections.close_all()
    answer(Site.objects.get(pk=site_id))


@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_writes_its_own_notes_and_not_its_parents(shop, settings):
    settings.RECORDS_ARE_FLUSHED_EVERY_SECONDS = 3600
    issue(shop)
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=_ending, args=(shop.pk,))
    child.start()
    child.join(ANSWER_SECONDS)
    assert (counted("accepted"), counted("issued")) == (1, 0)
    recording.flush()
    assert (counted("accepted"), counted("issued")) == (1, 1)
