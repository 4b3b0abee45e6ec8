"""Every operation that changes something writes its event in the same transaction: without the event, no change."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client

from apps.accounts.invitations import found_first_account, invite_first_owner
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.permissions.operation import OPERATIONS
from apps.sites.models import Site
from tests.audit.changes import CHANGES, Change, World, build_world
from tests.people import PASSWORD, SOURCE, Api, MakeKey, Person

UNTOUCHED = {"sessions.Session", "contenttypes.ContentType", "audit.AuditEvent"}
"""Not part of any change: a session is the browser's, and of events the tests count every single one."""


@pytest.fixture
def world(alice: Person, bob: Person, shop: Site) -> World:
    """One of everything."""
    return build_world(alice, bob, shop)


CALLS = [
    pytest.param(call, id=f"{name}-{number}") for name, calls in CHANGES.items() for number, call in enumerate(calls)
]


class InsertFailed(DatabaseError):
    """What the broken log raises."""


@pytest.fixture
def break_log(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes every insert into the log fail from now on; the database itself stays as it is."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise InsertFailed("the log cannot be written")

    return lambda: monkeypatch.setattr(AuditEvent, "save", refuse)


def content() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of the product and of the libraries it uses, but the untouched ones."""
    models = [model for model in apps.get_models() if model._meta.label not in UNTOUCHED]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def test_every_changing_operation_is_in_the_table() -> None:
    assert set(CHANGES) == {name for name, entry in OPERATIONS.items() if not entry.reads_only}


@pytest.mark.parametrize("change", CALLS)
def test_a_change_writes_an_event_for_each_thing_it_does(change: Change, world: World) -> None:
    events, before = AuditEvent.objects.count(), content()
    change(world)
    assert AuditEvent.objects.count() > events
    assert content() != before


@pytest.mark.parametrize("change", CALLS)
def test_nothing_changes_when_the_event_cannot_be_written(
    change: Change, world: World, break_log: Callable[[], None]
) -> None:
    User.objects.create_user("bystander@x.example")
    before = content()
    break_log()
    with pytest.raises(InsertFailed):
        change(world)
    after = content()
    after["accounts.User"] = [row for row in after["accounts.User"] if row["email"] != "new@x.example"]
    assert after == before


def test_an_invitation_stays_open_when_the_founding_cannot_be_recorded(db: None, break_log: Callable[[], None]) -> None:
    token = invite_first_owner().reveal()
    before = content()
    break_log()
    with pytest.raises(InsertFailed):
        found_first_account(
            token, email="first@x.example", name="First", password=PASSWORD, account_name="First", source=SOURCE
        )
    assert content() == before


def test_provisioning_leaves_nothing_half_done(db: None, break_log: Callable[[], None]) -> None:
    before = content()
    break_log()
    with pytest.raises((InsertFailed, CommandError)):
        call_command("provision", "--email", "ci@x.example", "--account", "CI", "--json")
    assert content() == before


def test_the_api_answers_500_changes_nothing_and_goes_on_reading(
    alice: Person, shop: Site, make_key: MakeKey, break_log: Callable[[], None]
) -> None:
    api = Api(make_key(alice))
    path = f"/api/v1/sites/{shop.site_key}"
    api.get(path)  # writes the key's first use
    before = content()
    break_log()
    body = {"name": "New", "allowedOrigins": ["https://new.example"], "accountId": str(alice.account.pk)}
    answers = [
        api.post("/api/v1/sites", body),
        api.patch(path, {"name": "Renamed"}),
        api.delete(path),
        api.post(f"{path}/rotate-secret"),
    ]
    assert [answer.status_code for answer in answers] == [500] * 4
    assert all(answer.json() == {"error": ANY} and "ss_live_" not in answer.json()["error"] for answer in answers)
    assert content() == before
    assert api.get(path).json()["name"] == "Shop"
    assert len(api.get("/api/v1/sites", accountId=str(alice.account.pk)).json()["sites"]) == 1


def test_a_refusal_that_cannot_be_recorded_is_still_no_success(
    bob: Person, shop: Site, make_key: MakeKey, break_log: Callable[[], None]
) -> None:
    api = Api(make_key(bob))
    break_log()
    answer = api.post(f"/api/v1/sites/{shop.site_key}/rotate-secret")
    assert answer.status_code == 500
    assert "newSiteSecret" not in json.dumps(answer.json())
    assert shop.secrets.count() == 1


def test_nobody_signs_in_unrecorded(alice: Person, break_log: Callable[[], None]) -> None:
    client = Client(raise_request_exception=False)
    break_log()
    answer = client.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD})
    assert answer.status_code == 500
    assert client.get("/keys/").status_code == 302
