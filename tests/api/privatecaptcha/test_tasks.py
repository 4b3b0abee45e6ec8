"""Tasks over this contract: whose they are, how far they are, and requests that come twice."""

import pytest

from apps.sites.models import Site
from apps.tasks.models import Task
from apps.tasks.work import cancel_task
from tests.api.privatecaptcha.conftest import Portal, answered, results, work_off

ITEM = {"name": "Blog", "domain": "blog.example"}


@pytest.fixture
def started(portal, org_id):
    """The id of a task that nobody has worked on."""
    return answered(portal.post(f"/org/{org_id}/properties", [ITEM, ITEM | {"name": "Shop"}]))["id"]


def test_a_task_is_unfinished_until_a_worker_has_done_it(portal, started):
    assert len(started) == 32
    assert set(started) <= set("0123456789abcdef")
    assert answered(portal.get(f"/asynctask/{started}")) == {"id": started, "finished": False, "result": None}

    work_off(started)

    state = answered(portal.get(f"/asynctask/{started.upper()}"))
    assert state["finished"] is True
    assert [one["code"] for one in state["result"]] == [1000, 1000]


def test_what_was_cancelled_before_it_was_done_failed(portal, alice, started):
    cancel_task(alice.actor, task_id=Task.objects.get().pk)

    state = answered(portal.get(f"/asynctask/{started}"))

    assert state["finished"] is True
    assert [one["code"] for one in state["result"]] == [1001, 1001]
    assert "cancelled" in state["result"][0]["description"]


@pytest.mark.parametrize("odd", ["x", "0" * 31, "0" * 33, "g" * 32, "00000000-0000-4000-8000-000000000001", "é"])
def test_what_is_no_task_id_is_400(portal, odd):
    answered(portal.get(f"/asynctask/{odd}"), 1001, 400)


def test_a_task_that_is_not_there_or_somebody_elses_is_404(portal, dave, make_key, started):
    told = answered(portal.get(f"/asynctask/{'0' * 32}"), 1001, 404)
    assert answered(Portal(make_key(dave)).get(f"/asynctask/{started}"), 1001, 404) == told


def test_a_key_without_the_permission_cannot_look(alice, make_key, started):
    answer = Portal(make_key(alice, "createSite")).get(f"/asynctask/{started}")
    assert "getTask" in answered(answer, 1001, 403)


def test_the_same_request_twice_is_one_task_also_after_it_was_done(portal, org_id):
    path, body = f"/org/{org_id}/properties", [ITEM]
    first = portal.post(path, body, Idempotency_Key="once")
    again = portal.post(path, body, Idempotency_Key="once")
    [made] = results(portal, first)
    after = portal.post(path, body, Idempotency_Key="once")

    assert answered(first) == answered(again) == answered(after)
    assert Site.objects.count() == Task.objects.count() == 1
    change = [{"id": made["id"], "level": 3}]
    assert answered(portal.put("/properties", change, Idempotency_Key="twice")) == answered(
        portal.put("/properties", change, Idempotency_Key="twice")
    )
    removed = portal.delete("/properties", [made["id"]], Idempotency_Key="thrice")
    assert results(portal, removed)[0]["code"] == 1000
    assert answered(portal.delete("/properties", [made["id"]], Idempotency_Key="thrice")) == answered(removed)
    assert Task.objects.count() == 3


def test_another_request_with_the_same_idempotency_key_is_409(portal, org_id):
    path = f"/org/{org_id}/properties"
    answered(portal.post(path, [ITEM], Idempotency_Key="once"))
    other = answered(portal.post("/org", {"name": "Other"}))["id"]

    answered(portal.post(path, [ITEM | {"name": "Shop"}], Idempotency_Key="once"), 1001, 409)
    answered(portal.post(f"/org/{other}/properties", [ITEM], Idempotency_Key="once"), 1001, 409)
    answered(portal.delete("/properties", ["x"], Idempotency_Key="once"), 1212)
    assert Task.objects.count() == 1


def test_an_idempotency_key_is_its_api_keys_own(portal, alice, make_key, org_id):
    path = f"/org/{org_id}/properties"
    first = answered(portal.post(path, [ITEM], Idempotency_Key="once"))
    second = answered(Portal(make_key(alice)).post(path, [ITEM], Idempotency_Key="once"))
    assert first != second


def test_an_idempotency_key_that_is_too_long_is_400(portal, org_id):
    answered(portal.post(f"/org/{org_id}/properties", [ITEM], Idempotency_Key="x" * 256), 1001, 400)
