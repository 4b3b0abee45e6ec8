"""What every test of this contract starts from: a caller with its key, a look at what an answer says, and a worker."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organization
from apps.sites.organizations import create_organization
from apps.tasks.running import run_task
from tests.people import MakeKey, Person


class Portal:
    """Calls the contract with one key: `portal.post("/org", {...})`."""

    def __init__(self, token: str, **headers: str) -> None:
        self.client = Client(headers={"X-API-Key": token} | headers, raise_request_exception=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request, with a JSON body where there is one."""
        options: dict[str, Any] = {"content_type": "application/json"} if body is not None else {}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return self.client.generic(method, path, body, **options, headers=sent)
        return getattr(self.client, method.lower())(
            path, *([body] if body is not None else []), **options, headers=sent
        )

    def get(self, path: str, **query: Any) -> Any:
        """GET with a query."""
        return self.client.get(path, query)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """POST a JSON body."""
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        """PUT a JSON body."""
        return self.call("PUT", path, body, **headers)

    def delete(self, path: str, body: Any, **headers: str) -> Any:
        """DELETE with a JSON body."""
        return self.call("DELETE", path, body, **headers)


def answered(answer: Any, code: int = 1000, status: int = 200) -> Any:
    """The data of an answer, after its envelope was looked at; the description where there is none."""
    assert (answer.status_code, answer.json()["meta"]["code"]) == (status, code), answer.text
    assert answer["Content-Type"] == "application/json"
    meta = answer.json()["meta"]
    assert meta["request_id"] == answer["X-Request-ID"] == answer["X-Trace-ID"]
    if code == 1000:
        assert meta["description"] == "OK"
        return answer.json().get("data")
    assert list(answer.json()) == ["meta"]
    assert list(meta) == ["code", "description", "request_id"]
    return meta["description"]


def work_off(task_id: str) -> None:
    """Do the task, as a worker would."""
    while run_task.func(task_id):
        pass


def results(portal: Portal, answer: Any) -> list[dict[str, Any]]:
    """What became of each item of the task that the answer names, after a worker has done it."""
    task_id = answered(answer)["id"]
    work_off(task_id)
    state = answered(portal.get(f"/asynctask/{task_id}"))
    assert (state["id"], state["finished"]) == (task_id, True)
    return list(state["result"])


@pytest.fixture
def portal(alice: Person, make_key: MakeKey) -> Portal:
    """Calls with a key of Alice's that holds everything."""
    return Portal(make_key(alice))


@pytest.fixture
def team(alice: Person) -> Organization:
    """An organization of Alice's account."""
    return create_organization(alice.actor, name="Team")


@pytest.fixture
def org_id(portal: Portal, team: Organization) -> str:
    """Its id on the wire."""
    return str(answered(portal.get("/orgs"))[0]["id"])


@pytest.fixture
def properties(portal: Portal, org_id: str) -> Callable[..., list[dict[str, Any]]]:
    """Makes properties with these names: `properties("Blog", "Shop")`; each with `id` and `sitekey`."""

    def make(*names: str, **settings: Any) -> list[dict[str, Any]]:
        body = [{"name": name, "domain": f"site{place}.example.com", **settings} for place, name in enumerate(names)]
        return results(portal, portal.post(f"/org/{org_id}/properties", body))

    return make
