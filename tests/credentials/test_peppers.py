"""What is stored of a token: its HMAC under the newest pepper; what is looked up: under every live one."""

import hashlib
import hmac

import pytest
from django.test import override_settings

from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.credentials import peppers
from apps.sites.models import SiteSecret
from apps.sites.operations import create_site
from tests.people import Api

OLD, NEW = b"an old pepper of more than 32 characters", b"a new pepper of more than 32 characters!"
WHOAMI = "/api/v1/whoami"


@override_settings(PEPPERS={1: OLD})
def test_a_digest_is_the_hmac_sha_256_under_its_pepper():
    digest = peppers.digest("nct_x")

    assert digest == (1, hmac.new(OLD, b"nct_x", hashlib.sha256).digest())
    assert len(digest.value) == 32


@override_settings(PEPPERS={1: OLD, 2: NEW})
def test_the_highest_number_is_used_for_what_is_new_and_every_number_is_looked_up():
    assert peppers.digest("nct_x").pepper == 2
    assert peppers.digests("nct_x") == [
        hmac.digest(NEW, b"nct_x", "sha256"),
        hmac.digest(OLD, b"nct_x", "sha256"),
    ]


@override_settings(PEPPERS={9: OLD, 10: NEW})
def test_numbers_are_compared_as_numbers():
    assert peppers.digest("nct_x").pepper == 10


def test_one_token_has_another_digest_under_another_pepper_and_another_token_another():
    with override_settings(PEPPERS={1: OLD}):
        one, other = peppers.digest("nct_x").value, peppers.digest("nct_y").value
    with override_settings(PEPPERS={1: NEW}):
        assert peppers.digest("nct_x").value not in {one, other}
    assert one != other


def test_a_key_that_is_not_used_goes_on_working_until_the_old_pepper_is_gone(alice, make_key):
    with override_settings(PEPPERS={1: OLD}):
        before = Api(make_key(alice))
    with override_settings(PEPPERS={1: OLD, 2: NEW}):
        after = Api(make_key(alice))
    with override_settings(PEPPERS={2: NEW}):
        assert before.get(WHOAMI).status_code == 401
        assert after.get(WHOAMI).status_code == 200
    assert sorted(ApiKeyToken.objects.values_list("pepper", flat=True)) == [1, 2]
    with override_settings(PEPPERS={1: OLD, 2: NEW}):
        assert before.get(WHOAMI).status_code == after.get(WHOAMI).status_code == 200


def test_a_pepper_that_the_environment_chose_is_used_for_what_is_new_though_a_higher_one_is_known():
    with override_settings(PEPPERS={1: OLD, 2: NEW}, PEPPER_FOR_NEW=1):
        assert peppers.newest() == peppers.digest("nct_x").pepper == 1
        assert len(peppers.digests("nct_x")) == 2


def test_a_site_secret_that_is_not_used_goes_on_working_until_the_old_pepper_is_gone(alice):
    with override_settings(PEPPERS={1: OLD}):
        made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])
    proof = {"siteKey": made.site.site_key, "secret": made.secret.reveal(), "solution": "x"}
    with override_settings(PEPPERS={2: NEW}):
        assert Api().post("/api/v1/verify", proof).status_code == 401
    with override_settings(PEPPERS={1: OLD, 2: NEW}):
        assert Api().post("/api/v1/verify", proof).status_code == 200


def test_only_the_digest_and_the_last_four_are_stored(alice, make_key):
    token = make_key(alice)

    key = ApiKeyToken.objects.get()
    assert bytes(key.digest) == peppers.digest(token).value
    assert key.last_four == token[-4:]
    assert token[4:12] not in f"{ApiKey.objects.values()}{ApiKeyToken.objects.values()}"
    assert not SiteSecret.objects.exists()


@pytest.mark.parametrize("token", ["", "é" * 10, "\U0001f600"])
def test_any_text_has_a_digest(token):
    assert len(peppers.digest(token).value) == 32
