"""What is counted of a call with a key: operation, outcome, the reason of a refusal, the hour, the network."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Account
from apps.api_keys import usage
from apps.api_keys.life import delete_key, disable_keys, rotate_key, update_key
from apps.api_keys.models import ApiKey
from apps.api_keys.usage_models import CallOutcome, KeyNetwork, KeyUsage
from apps.audit import clock
from apps.credentials.overlap import AT_ONCE
from apps.permissions.catalogue import CATALOGUE
from apps.sites.models import Site
from tests.api_keys.conftest import WHOAMI
from tests.people import Api

pytestmark = pytest.mark.django_db

SITES = "/api/v1/sites"
NEW = {"name": "New", "allowedOrigins": ["https://new.example"]}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    usage.forget()
    yield
    usage.forget()


def counted() -> list[tuple[str, str, str, int]]:
    """Operation, outcome, reason and count of everything, after a flush."""
    usage.flush()
    rows = KeyUsage.objects.order_by("operation", "outcome", "reason")
    return list(rows.values_list("operation", "outcome", "reason", "count"))


def test_a_call_counts_under_its_permission(alice, make_key):
    api = Api(make_key(alice))
    for _ in range(3):
        assert api.get(SITES, accountId=alice.account.pk).status_code == 200
    assert counted() == [("getSites", "done", "", 3)]


def test_a_call_that_needs_no_permission_counts_under_its_name(alice, make_key):
    Api(make_key(alice)).get(WHOAMI)
    assert counted() == [("whoami", "done", "", 1)]


def test_a_call_writes_nothing_but_the_tally(alice, make_key):
    api = Api(make_key(alice))
    api.get(WHOAMI)  # writes the last use, once a minute
    with CaptureQueriesContext(connection) as queries:
        api.get(WHOAMI)
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert not KeyUsage.objects.exists()


def test_a_missing_permission_is_the_reason(alice, make_key):
    Api(make_key(alice, "getSites")).post(SITES, NEW | {"accountId": str(alice.account.pk)})
    assert counted() == [("createSite", "refused", "lacks createSite", 1)]


def test_a_bad_body_is_invalid_and_so_is_a_missing_site(alice, make_key):
    api = Api(make_key(alice))
    api.post(SITES, {"name": 1})
    api.get(f"{SITES}/sk_live_0000000000000000000001")
    assert counted() == [("createSite", "invalid", "", 1), ("getSite", "invalid", "", 1)]


def test_too_many_calls_are_limited(alice, make_key, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    api = Api(make_key(alice))
    assert [api.get(WHOAMI).status_code for _ in range(3)] == [200, 200, 429]
    assert counted() == [("whoami", "done", "", 2), ("whoami", "limited", "", 1)]


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("broken"), 500), (OperationalError("away"), 503)])
def test_what_breaks_has_failed(alice, make_key, monkeypatch, error, status):
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(Site.objects, "visible_to", broken)
    assert Api(make_key(alice)).get(SITES, accountId=alice.account.pk).status_code == status
    assert counted() == [("getSites", "failed", "", 1)]


def expire(alice: Any, key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_at=clock.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (expire, "expired"),
        (lambda alice, key: disable_keys(alice.actor, key_ids=[key.pk]), "disabled"),
        (lambda alice, key: rotate_key(alice.actor, key_id=key.pk, overlap=AT_ONCE), "rotated"),
        (lambda alice, key: delete_key(alice.actor, key_id=key.pk), "deleted"),
        (lambda alice, key: update_key(alice.actor, key_id=key.pk, networks=["192.0.2.0/24"]), "wrong network"),
        (lambda alice, key: alice.membership.delete(), "creator left"),
    ],
    ids=["expired", "disabled", "rotated", "deleted", "wrong network", "creator left"],
)
def test_why_a_key_does_not_work_is_the_reason(alice, make_key, end, reason):
    token = make_key(alice)
    end(alice, ApiKey.objects.get())
    assert Api(token).get(WHOAMI).status_code == 401
    assert counted() == [("whoami", "refused", reason, 1)]
    assert not KeyNetwork.objects.exists(), "what does not work is not used"


def test_what_the_account_has_switched_off_is_the_reason(alice, make_key):
    api = Api(make_key(alice))
    Account.objects.update(groups_off=[CATALOGUE["getSites"].group])
    api.get(SITES, accountId=alice.account.pk)
    Account.objects.update(api_is_on=False)
    api.get(WHOAMI)
    assert counted() == [("getSites", "refused", "switched off", 1), ("whoami", "refused", "switched off", 1)]


def test_a_role_that_lost_it_is_the_reason(alice, grace, make_key):
    api = Api(make_key(grace, "deleteSite", "createSite"))
    grace.membership.__class__.objects.filter(person=grace.user).update(role="viewer")
    api.post(SITES, NEW | {"accountId": str(alice.account.pk)})
    assert counted() == [("createSite", "refused", "creator’s role lacks createSite", 1)]


def test_a_site_on_which_it_may_not_is_the_reason(shop, bob, make_key):
    Api(make_key(bob)).patch(f"{SITES}/{shop.site_key}", {"name": "New"})
    assert counted() == [("updateSite", "refused", "not on this site: updateSite", 1)]


@pytest.mark.parametrize("token", [None, "nct_000000000000000000000000000000000000aa", "nonsense"])
def test_an_unknown_token_counts_for_nobody(alice, make_key, token):
    make_key(alice)
    Api(token).get(WHOAMI)
    assert counted() == []


def test_an_hour_ends_with_its_last_moment(alice, make_key):
    api = Api(make_key(alice))
    for moment in (NOON - timedelta(microseconds=1), NOON, NOON + timedelta(minutes=59, seconds=59)):
        with clock.at(moment):
            api.get(WHOAMI)
    usage.flush()
    assert list(KeyUsage.objects.order_by("hour").values_list("hour", "count")) == [
        (NOON - timedelta(hours=1), 1),
        (NOON, 2),
    ]


def test_flushes_add_up(alice, make_key):
    api = Api(make_key(alice))
    for calls in (2, 3):
        for _ in range(calls):
            api.get(WHOAMI)
        usage.flush()
    assert counted() == [("whoami", "done", "", 5)]


def test_a_network_is_new_once(alice, make_key):
    api = Api(make_key(alice))
    key = ApiKey.objects.get()
    new = []
    addresses = ("203.0.113.7", "203.0.113.99", "2001:db8:4:1::1", "2001:db8:4:ffff::9")
    for minutes, address in enumerate(addresses):
        with clock.at(NOON + timedelta(minutes=minutes)):
            api.client.get(WHOAMI, REMOTE_ADDR=address)
        new += [(found.key_id, found.network) for found in usage.flush()]
    assert new == [(key.pk, "203.0.113.0/24"), (key.pk, "2001:db8:4::/48")]
    rows = KeyNetwork.objects.order_by("pk").values_list("network", "last_address", "first_seen_at")
    assert list(rows) == [
        ("203.0.113.0/24", "203.0.113.99", NOON),
        ("2001:db8:4::/48", "2001:db8:4:ffff::9", NOON + timedelta(minutes=2)),
    ]


def test_a_network_is_last_seen_when_it_was_used_last(alice, make_key):
    api = Api(make_key(alice))
    for minutes in (10, 30, 20):  # processes flush in any order
        with clock.at(NOON + timedelta(minutes=minutes)):
            api.client.get(WHOAMI, REMOTE_ADDR=f"203.0.113.{minutes}")
        usage.flush()
    seen = KeyNetwork.objects.get()
    assert (seen.last_seen_at, seen.last_address) == (NOON + timedelta(minutes=30), "203.0.113.30")


def test_the_outcome_is_read_from_the_status():
    statuses = {200: "done", 204: "done", 400: "invalid", 401: "refused", 403: "refused", 404: "invalid"}
    statuses |= {405: "invalid", 409: "invalid", 422: "invalid", 429: "limited", 500: "failed", 503: "failed"}
    assert {status: CallOutcome.of_status(status).value for status in statuses} == statuses
