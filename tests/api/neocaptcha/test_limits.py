"""Too many requests: 429 with the time to wait, in the contract's shape, for whom it is meant and nobody else."""

import pytest
from django.test import override_settings

from apps.audit.models import AuditEvent
from apps.sites.operations import create_site
from tests.people import Api

WHOAMI = "/api/v1/whoami"
VERIFY = "/api/v1/verify"


@pytest.fixture
def made(alice):
    return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])


def seconds_to_wait(answer) -> int:
    assert answer.status_code == 429
    return int(answer["Retry-After"])


@override_settings(API_REQUESTS_PER_MINUTE=3)
def test_a_key_is_held_back_after_its_requests_of_this_minute(api, alice, make_key):
    assert [api.get(WHOAMI).status_code for _ in range(3)] == [200] * 3

    answer = api.get(WHOAMI)

    assert 1 <= seconds_to_wait(answer) <= 60
    assert answer.json() == {"error": "Too many requests with this API key: at most 3 a minute."}
    assert Api(make_key(alice)).get(WHOAMI).status_code == 200


@override_settings(REFUSED_REQUESTS_PER_MINUTE=3)
def test_an_address_that_guesses_keys_is_held_back_and_working_keys_from_there_are_not(api):
    wrong = Api("nct_wrong")
    assert [wrong.get(WHOAMI).status_code for _ in range(3)] == [401] * 3

    assert 1 <= seconds_to_wait(wrong.get(WHOAMI)) <= 60
    assert api.get(WHOAMI).status_code == 200


@override_settings(REFUSED_REQUESTS_PER_MINUTE=3)
def test_a_key_that_keeps_asking_for_what_it_may_not_is_held_back_before_it_fills_the_log(alice, make_key, account_id):
    weak = Api(make_key(alice, "verify"))
    for _ in range(3):
        assert weak.get("/api/v1/sites", accountId=account_id).status_code == 403
    written = AuditEvent.objects.count()

    seconds_to_wait(weak.get("/api/v1/sites", accountId=account_id))

    assert AuditEvent.objects.count() == written


@override_settings(VERIFY_REQUESTS_PER_MINUTE=2)
def test_a_site_is_held_back_after_its_verifications_of_this_minute(made):
    proof = {"siteKey": made.site.site_key, "secret": made.secret.reveal(), "solution": "x"}
    assert [Api().post(VERIFY, proof).status_code for _ in range(2)] == [200, 200]

    answer = Api().post(VERIFY, proof)

    assert 1 <= seconds_to_wait(answer) <= 60
    error = answer.json()["error"]
    assert (error["code"], error["retryable"]) == ("rate_limited", True)
    assert answer.json()["requestId"] == answer["X-Request-ID"]


@override_settings(REFUSED_REQUESTS_PER_MINUTE=2)
def test_an_address_that_guesses_secrets_is_held_back_and_the_right_secret_is_not(made):
    proof = {"siteKey": made.site.site_key, "secret": made.secret.reveal(), "solution": "x"}
    for _ in range(2):
        assert Api().post(VERIFY, proof | {"secret": "wrong"}).status_code == 401

    seconds_to_wait(Api().post(VERIFY, proof | {"secret": "wrong"}))

    assert Api().post(VERIFY, proof).status_code == 200
