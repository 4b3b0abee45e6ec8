"""A task does its items through the ordinary operations, and says of each what came of it."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.refusals import Forbidden, Invalid, NotFound
from apps.sites.models import Site, SiteSecret
from apps.tasks import running, site_work
from apps.tasks.housekeeping import purge_tasks
from apps.tasks.models import ItemState, Task, TaskItem
from apps.tasks.running import run_task
from apps.tasks.work import MOST_ITEMS, TaskFinished, cancel_task, get_task, list_tasks, start_task
from tests.people import Person
from tests.tasks.conftest import Start, many_sites, sites_named, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def ends_after_one_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's turn lasts for one item."""
    monkeypatch.setattr(running, "TURN_SECONDS", -1.0)


def states_of(task: Task) -> list[str]:
    return list(task.items.order_by("index").values_list("state", flat=True))


def test_a_task_creates_its_sites_in_order_and_names_them(start: Start, alice: Person) -> None:
    task = work(start(sites_named("One", "Two", "Three")))

    assert task.is_finished
    assert (task.done_count, task.failed_count) == (3, 0)
    made = Site.objects.order_by("pk")
    assert [site.name for site in made] == ["One", "Two", "Three"]
    results = [item.result for item in task.items.order_by("index")]
    assert results == [{"site_id": site.pk, "site_key": site.site_key, "name": site.name} for site in made]


def test_sites_of_a_task_have_no_secret(start: Start) -> None:
    work(start(many_sites(2)))
    assert not SiteSecret.objects.exists()


def test_a_tasks_events_name_who_started_it_and_where_from(start: Start, alice: Person) -> None:
    work(start(sites_named("One")))

    started, created = AuditEvent.objects.filter(action__in=["task.started", "site.created"]).order_by("sequence")
    assert (started.action, started.target_label, started.surface) == ("task.started", "Import", "test")
    assert (created.actor_label, created.surface) == (alice.user.email, "worker")
    assert (created.ip, created.request_id) == (started.ip, started.request_id)


def test_a_refused_item_fails_with_its_reason_and_the_others_are_done(start: Start) -> None:
    inputs = sites_named("One", "Two", "Three")
    inputs[1]["allowed_origins"] = ["no origin"]

    task = work(start(inputs))

    assert states_of(task) == ["done", "failed", "done"]
    failed = task.items.failed().get()
    assert failed.problem == "Invalid"
    assert "no origin" in failed.description


def test_an_unexpected_error_fails_its_item_with_a_neutral_text_and_leaves_nothing_half_done(start: Start) -> None:
    def half_a_site(actor: Any, given: Any) -> dict[str, Any]:
        Site.objects.create(account_id=actor.account_id, name="Half", allowed_origins=["https://half.example"])
        raise ZeroDivisionError("a secret of the house")

    task = start(sites_named("One", "Two"))
    with patch.dict(site_work.WORKERS, {"sites.create": half_a_site}):
        done = work(task)

    assert states_of(done) == ["failed", "failed"]
    assert set(done.items.values_list("problem", "description")) == {("UnexpectedError", running.UNEXPECTED)}
    assert not Site.objects.exists()


def test_a_lost_database_fails_no_item(start: Start) -> None:
    def without_database(actor: Any, given: Any) -> dict[str, Any]:
        raise OperationalError("the connection is closed")

    task = start(sites_named("One"))
    with patch.dict(site_work.WORKERS, {"sites.create": without_database}), pytest.raises(OperationalError):
        run_task.call(str(task.pk))

    assert states_of(task) == ["waiting"]


def test_a_task_changes_and_deletes_sites(start: Start, shop: Site) -> None:
    settings = {"level": 40, "growth": "fast"}
    work(start([{"site_key": shop.site_key, "name": "Market", "settings": settings}], kind="sites.update"))
    shop.refresh_from_db()
    assert (shop.name, shop.level, shop.growth) == ("Market", 40, "fast")

    work(start([{"site_key": shop.site_key}, {"site_key": str(uuid4())}], kind="sites.delete"))
    assert not Site.objects.living().exists()
    assert list(TaskItem.objects.failed().values_list("problem", flat=True)) == ["NoSuchSite"]


def test_what_is_done_is_not_done_again(start: Start) -> None:
    task = work(start(many_sites(3)))

    assert run_task.call(str(task.pk)) == 0
    assert Site.objects.count() == 3


@pytest.mark.usefixtures("ends_after_one_item")
def test_a_long_task_lets_others_have_a_turn(start: Start) -> None:
    task = start(many_sites(3))

    assert run_task.call(str(task.pk)) == 1
    assert states_of(task) == ["done", "waiting", "waiting"]
    task.refresh_from_db()
    assert not task.is_finished
    assert DBTaskResult.objects.ready().filter(pk=task.queue_id).exists()


@pytest.mark.usefixtures("ends_after_one_item")
def test_cancelling_leaves_what_is_done_and_does_nothing_more(start: Start, alice: Person) -> None:
    task = start(many_sites(3))
    run_task.call(str(task.pk))

    cancel_task(alice.actor, task_id=task.pk)
    run_task.call(str(task.pk))

    task.refresh_from_db()
    assert states_of(task) == ["done", "cancelled", "cancelled"]
    assert task.is_finished
    assert task.cancelled_at is not None
    assert Site.objects.count() == 1
    event = AuditEvent.objects.get(action="task.cancelled")
    assert (event.target_id, event.changes) == (str(task.pk), {"cancelled_items": [None, 2]})


def test_a_finished_task_cannot_be_cancelled(start: Start, alice: Person) -> None:
    task = work(start(many_sites(1)))
    with pytest.raises(TaskFinished, match="has finished already"):
        cancel_task(alice.actor, task_id=task.pk)


@pytest.mark.parametrize("count", [0, MOST_ITEMS + 1])
def test_a_task_without_items_or_with_too_many_is_refused(start: Start, count: int) -> None:
    with pytest.raises(Invalid, match="1 to 10,000 items"):
        start([{"site_key": "x"}] * count, kind="sites.delete")
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("kind", "permission"),
    [("sites.create", "createSite"), ("sites.update", "updateSite"), ("sites.delete", "deleteSite")],
)
def test_a_viewer_cannot_start_a_task(victor: Person, kind: str, permission: str) -> None:
    with pytest.raises(Forbidden, match=permission):
        start_task(victor.actor, kind=kind, inputs=[{"site_key": "x"}], title="Import")
    assert not Task.objects.exists()
    assert AuditEvent.objects.get(action="task.started").outcome == "refused"


@pytest.fixture
def of_bob_and_alice(start: Start, alice: Person, bob: Person) -> tuple[Task, Task]:
    return start(many_sites(1), bob.actor), start(many_sites(1), alice.actor)


def test_a_member_sees_their_own_tasks_and_an_admin_all(
    of_bob_and_alice: tuple[Task, Task], alice: Person, bob: Person, grace: Person, carol: Person, dave: Person
) -> None:
    of_bob, of_alice = of_bob_and_alice
    seen = {person: set(list_tasks(person.actor)) for person in (alice, bob, grace, carol, dave)}
    assert seen == {alice: {of_bob, of_alice}, grace: {of_bob, of_alice}, bob: {of_bob}, carol: set(), dave: set()}


@pytest.mark.parametrize("operation", [get_task, cancel_task])
def test_anothers_task_is_not_found(of_bob_and_alice: tuple[Task, Task], dave: Person, carol: Person, operation: Any):
    for person in (dave, carol):
        for task in of_bob_and_alice:
            with pytest.raises(NotFound):
                operation(person.actor, task_id=task.pk)
    assert not TaskItem.objects.exclude(state=ItemState.WAITING).exists()


def test_tasks_are_forgotten_30_days_after_they_finished(start: Start) -> None:
    with clock.at(clock.now() - timedelta(days=31)):
        old = work(start(sites_named("Old")))
        unfinished = start(sites_named("Waiting"))
    recent = work(start(sites_named("New")))

    assert purge_tasks.call() == 2  # the task and its item
    assert set(Task.objects.all()) == {unfinished, recent}
    assert not TaskItem.objects.filter(task_id=old.pk).exists()
