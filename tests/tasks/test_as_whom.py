"""An item is done as what whoever started the task is at that moment, not as what they were."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.models import Account
from apps.api_keys.authentication import authenticate_key
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.actor import Actor
from apps.permissions.models import Share, ShareLevel
from apps.permissions.roles import Role
from apps.sites.models import Site
from apps.tasks.models import Task, TaskItem
from apps.tasks.work import get_task, list_tasks
from tests.people import SOURCE, MakeKey, Person
from tests.tasks.conftest import Start, many_sites, work

pytestmark = pytest.mark.django_db


def key_of(token: str) -> Actor:
    return authenticate_key(token, SOURCE).actor


@pytest.fixture
def task_of_key(start: Start, bob: Person, make_key: MakeKey) -> Task:
    return start(many_sites(1), key_of(make_key(bob, "createSite", "getTask")))


def reason_of(task: Task) -> tuple[str, str]:
    item = work(task).items.get()
    return item.problem, item.description


def test_a_keys_task_is_done_as_the_key(task_of_key: Task, bob: Person) -> None:
    assert work(task_of_key).done_count == 1
    assert Site.objects.latest("pk").created_by == bob.user


KeyChange = Callable[[ApiKey], None]


def _deleted(key: ApiKey) -> None:
    key.deleted_at = clock.now()


def _disabled(key: ApiKey) -> None:
    key.disabled_at = clock.now()


def _expired(key: ApiKey) -> None:
    key.expires_at = clock.now() - timedelta(seconds=1)


def _elsewhere(key: ApiKey) -> None:
    key.networks = ["198.51.100.0/24"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_deleted, "was deleted"),
        (_disabled, "is disabled"),
        (_expired, "has expired"),
        (_elsewhere, "may not be used from 192.0.2.1 now"),
    ],
)
def test_a_key_that_stopped_does_nothing_more(task_of_key: Task, change: KeyChange, why: str) -> None:
    key = ApiKey.objects.get()
    change(key)
    key.save()
    assert reason_of(task_of_key) == (
        "StarterGone",
        f"The API key that started this task does not work any more: it {why}.",
    )


def test_a_key_whose_creator_left_does_nothing_more(task_of_key: Task, bob: Person) -> None:
    bob.membership.delete()
    assert reason_of(task_of_key)[0] == "StarterGone"
    assert not Site.objects.filter(name="Site-0").exists()


def test_a_key_that_was_narrowed_does_only_what_it_still_may(task_of_key: Task) -> None:
    ApiKey.objects.update(permissions=["getTask"])
    problem, description = reason_of(task_of_key)
    assert problem == "Forbidden"
    assert "createSite" in description


def test_a_key_whose_creator_was_demoted_does_only_what_they_may(task_of_key: Task, bob: Person) -> None:
    bob.account.memberships.filter(person=bob.user).update(role=Role.VIEWER)
    assert reason_of(task_of_key)[0] == "Forbidden"


def test_a_person_who_left_does_nothing_more(start: Start, bob: Person) -> None:
    task = start(many_sites(1), bob.actor)
    bob.membership.delete()
    assert reason_of(task) == (
        "StarterGone",
        "bob@people.example, who started this task, does not belong to the account any more.",
    )


def test_a_person_who_was_demoted_does_only_what_they_may(start: Start, bob: Person) -> None:
    task = start(many_sites(1), bob.actor)
    bob.account.memberships.filter(person=bob.user).update(role=Role.VIEWER)
    assert reason_of(task)[0] == "Forbidden"


def test_what_is_switched_off_for_the_api_is_off_for_its_tasks(task_of_key: Task) -> None:
    Account.objects.update(groups_off=["Sites"])
    problem, description = reason_of(task_of_key)
    assert problem == "Forbidden"
    assert "switched off" in description


def test_a_key_sees_the_tasks_of_its_creator_and_no_others(
    start: Start, alice: Person, bob: Person, make_key: MakeKey
) -> None:
    own, _ = start(many_sites(1), bob.actor), start(many_sites(1), alice.actor)
    assert set(list_tasks(key_of(make_key(bob, "getTask")))) == {own}


def test_a_key_for_selected_sites_sees_only_what_it_started(start: Start, alice: Person, shop: Site, make_key: MakeKey):
    start(many_sites(1), alice.actor)
    token = make_key(alice, "getTask", "updateSite")
    ApiKey.objects.update(reaches_all_sites=False)
    ApiKey.objects.get().sites.add(shop)
    key = key_of(token)
    own = start([{"site_key": shop.site_key, "name": "New"}], key, kind="sites.update")

    assert get_task(key, task_id=own.pk) == own
    assert set(list_tasks(key)) == {own}
    assert work(own).done_count == 1
    assert TaskItem.objects.waiting().count() == 1


def test_a_refused_item_leaves_its_refusal_in_the_log(start: Start, alice: Person, shop: Site, bob: Person) -> None:
    Share.objects.filter(site=shop, person=bob.user).update(level=ShareLevel.WRITE)
    task = start([{"site_key": shop.site_key, "settings": {"level": 3}}], bob.actor, kind="sites.update")
    Share.objects.filter(site=shop, person=bob.user).update(level=ShareLevel.READ)

    assert work(task).items.get().problem == "Forbidden"
    event = AuditEvent.objects.get(outcome="refused")
    assert (event.action, event.target_label, event.actor_label) == ("site.updated", "Shop", bob.user.email)
