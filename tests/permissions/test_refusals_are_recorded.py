"""A refusal is in the log once: who tried, what, on which thing, and why it was refused."""

from typing import Any

import pytest

from apps.api_keys.operations import create_key
from apps.audit.actions import Action
from apps.audit.models import AuditEvent
from apps.audit.operations import list_events
from apps.permissions.actor import system
from apps.permissions.operation import record_refusal
from apps.permissions.refusals import Forbidden, NotFound
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, update_site
from apps.sites.secrets import rotate_secret
from tests.people import SOURCE, Api, MakeKey, Person


def refusals() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(outcome="refused").order_by("account_id", "sequence"))


def test_a_refused_rotation_names_the_site_the_reader_and_the_reason(bob: Person, shop: Site) -> None:
    with pytest.raises(Forbidden):
        rotate_secret(bob.actor, site_key=shop.site_key)
    [event] = refusals()
    assert (event.action, event.actor_kind, event.actor_id, event.actor_label) == (
        "secret.rotated",
        "person",
        str(bob.user.pk),
        bob.user.email,
    )
    assert (event.target_kind, event.target_id, event.target_label) == ("site", shop.site_key, "Shop")
    assert event.reason == "You may read the site “Shop”, but rotateSecret needs its owner or an admin."
    assert (event.surface, event.ip, event.user_agent, event.request_id) == (
        SOURCE.surface,
        SOURCE.ip,
        SOURCE.user_agent,
        SOURCE.request_id,
    )
    assert event.changes == {}


def test_a_missing_permission_is_its_own_target_where_there_is_no_other(victor: Person) -> None:
    with pytest.raises(Forbidden):
        create_site(victor.actor, name="New", allowed_origins=["https://new.example"])
    [event] = refusals()
    assert (event.action, event.target_kind, event.target_id) == ("site.created", "permission", "createSite")
    assert "The role Viewer does not include the permission createSite" in event.reason


def test_a_refused_deactivation_through_the_settings_is_one_event(carol: Person, shop: Site) -> None:
    with pytest.raises(Forbidden):
        update_site(carol.actor, site_key=shop.site_key, is_active=False)
    [event] = refusals()
    assert (event.action, event.target_id) == ("site.updated", shop.site_key)


def test_refused_reading_is_recorded_too(bob: Person) -> None:
    with pytest.raises(Forbidden):
        list_events(bob.actor)
    [event] = refusals()
    assert (event.action, event.target_id) == ("reading.refused", "getAuditEvents")


def test_a_permission_that_one_cannot_give_away_is_recorded(bob: Person) -> None:
    with pytest.raises(Forbidden):
        create_key(bob.actor, name="Greedy", permissions=["grantCredits"], expires_at=None)
    [event] = refusals()
    assert (event.action, event.target_id) == ("key.created", "grantCredits")
    assert "you do not hold it yourself" in event.reason


def test_a_missing_permission_still_names_the_site_that_was_tried(victor: Person, shop: Site) -> None:
    with pytest.raises(Forbidden):
        rotate_secret(victor.actor, site_key=shop.site_key)

    event = AuditEvent.objects.filter(account_id=victor.account.pk).latest("sequence")
    assert (event.target_kind, event.target_id, event.action) == ("site", shop.site_key, "secret.rotated")
    assert "rotateSecret" in event.reason


def test_what_was_not_found_is_no_refusal(dave: Person, shop: Site) -> None:
    """It would tell the owner of a site who guesses, and let a stranger fill their log."""
    with pytest.raises(NotFound):
        deactivate_site(dave.actor, site_key=shop.site_key)
    assert refusals() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "action"),
    [
        ("get", "/api/v1/sites/{key}", None, "reading.refused"),
        ("patch", "/api/v1/sites/{key}", {"name": "X"}, "site.updated"),
        ("delete", "/api/v1/sites/{key}", None, "site.deactivated"),
        ("post", "/api/v1/sites/{key}/rotate-secret", None, "secret.rotated"),
    ],
)
def test_a_keys_refusal_over_the_api_is_recorded_once(
    method: str, path: str, body: Any, action: str, alice: Person, shop: Site, make_key: MakeKey
) -> None:
    api = Api(make_key(alice, "verify", name="Narrow"))
    call = getattr(api, method)
    arguments = [path.format(key=shop.site_key), *([body] if body else [])]
    answer = call(*arguments)
    [event] = refusals()
    assert answer.status_code == 403
    assert (event.action, event.actor_kind, event.actor_label) == (action, "key", "Narrow")
    assert (event.surface, event.request_id) == ("neocaptcha", answer["X-Request-ID"])
    assert event.reason == answer.json()["error"]


def test_a_key_that_names_another_account_is_recorded_in_its_own(
    alice: Person, dave: Person, make_key: MakeKey
) -> None:
    answer = Api(make_key(alice)).get("/api/v1/sites", accountId=str(dave.account.pk))
    [event] = refusals()
    assert (answer.status_code, event.account_id, event.action) == (403, alice.account.pk, "reading.refused")


@pytest.mark.django_db
def test_a_refusal_outside_any_account_belongs_to_nobodys_log() -> None:
    refusal = Forbidden("Not here.", permission="createSite")
    record_refusal(system(SOURCE), Action.SITE_CREATED, refusal)
    assert not AuditEvent.objects.exists()


def test_a_refusal_that_passes_two_doors_is_recorded_by_the_first(alice: Person) -> None:
    refusal = Forbidden("Not now.", permission="createSite")
    record_refusal(alice.actor, Action.SITE_CREATED, refusal)
    record_refusal(alice.actor, Action.READING_REFUSED, refusal)
    assert [event.action for event in refusals()] == ["site.created"]
