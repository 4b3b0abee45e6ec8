"""Answers to a key in its last 14 days say when it ends."""

from datetime import timedelta

import pytest

from apps.api_keys.life import rotate_key
from apps.api_keys.models import ApiKey
from apps.audit import clock
from tests.people import Api

HEADER = "X-API-Key-Expires"
PATHS = ["/api/v1/whoami", "/sites/get", "/myra-auto-app-api/captcha_sitekeys"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("days", "is_said"), [(13.9, True), (1, True), (14.1, False), (None, False)])
def test_the_end_is_said_in_the_last_14_days_alone(alice, make_key, path, days, is_said):
    token = make_key(alice, expires_in=timedelta(days=days) if days else None)
    answer = Api(token).get(path)

    assert answer.status_code == 200
    assert answer.get(HEADER) == (f"{ApiKey.objects.get().expires_at:%Y-%m-%dT%H:%M:%SZ}" if is_said else None)


@pytest.mark.parametrize(("path", "status"), [("/sites/get", 403), ("/site/get", 400), ("/api/v1/sites/none", 403)])
def test_refusals_say_it_too(alice, make_key, path, status):
    answer = Api(make_key(alice, "verify", expires_in=timedelta(days=3))).get(path)

    assert (answer.status_code, HEADER in answer) == (status, True)


def test_a_token_in_its_overlap_is_told_of_its_own_end(alice, make_key):
    earlier = make_key(alice, expires_in=timedelta(days=300))
    newer = rotate_key(alice.actor, key_id=ApiKey.objects.get().pk, overlap=timedelta(days=1)).token.reveal()

    assert Api(newer).get(PATHS[0]).get(HEADER) is None
    assert Api(earlier).get(PATHS[0])[HEADER] < f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}~"


def test_a_request_without_a_working_key_is_told_nothing(alice, make_key):
    token = make_key(alice, expires_in=timedelta(days=3))
    ApiKey.objects.update(disabled_at=clock.now())

    assert HEADER not in Api(token).get(PATHS[0])
    assert HEADER not in Api().get(PATHS[0])
