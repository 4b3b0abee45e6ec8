"""GET /api/v1/whoami: the first call with a new key."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.api_keys.models import ApiKey
from apps.permissions import catalogue
from tests.people import Api

WHOAMI = "/api/v1/whoami"


def test_it_says_what_the_key_is_and_may_do(alice, make_key):
    answer = Api(make_key(alice, "rotateSecret", "getSites", name="CI pipeline")).get(WHOAMI)

    assert answer.status_code == 200
    assert answer.json() == {
        "name": "CI pipeline",
        "accountId": str(alice.account.pk),
        "accountName": "Alice & Co",
        "permissions": ["getSites", "rotateSecret"],
        "expiresAt": None,
    }


def test_it_says_when_the_key_ends_to_the_second(alice, make_key):
    answer = Api(make_key(alice, "getSites", expires_in=timedelta(days=1))).get(WHOAMI)

    expires_at = ApiKey.objects.get().expires_at
    assert expires_at is not None
    assert answer.json()["expiresAt"] == f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"


def test_it_needs_no_permission_of_its_own(alice, make_key):
    assert Api(make_key(alice, "verify")).get(WHOAMI).json()["permissions"] == ["verify"]


def test_it_shows_what_the_key_may_do_today_and_not_what_it_was_made_with(alice, grace, make_key):
    api = Api(make_key(grace))
    assert api.get(WHOAMI).json()["permissions"] == catalogue.in_order(catalogue.ALL)

    Membership.objects.filter(person=grace.user).update(role="auditor")

    assert "createSite" not in api.get(WHOAMI).json()["permissions"]
    assert "getAuditEvents" in api.get(WHOAMI).json()["permissions"]


def test_it_costs_one_look_up(alice, make_key):
    api = Api(make_key(alice))
    api.get(WHOAMI)  # notes the key's use, which it does once a minute

    with CaptureQueriesContext(connection) as queries:
        api.get(WHOAMI)

    assert len(queries) == 1
