"""`POST /sites/create`: a plain name that is unique in the account, domains, and the secret in this answer only."""

import re

import pytest

from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.operations import create_site, delete_site
from apps.sites.verification import authenticate_site
from tests.api.prosopo.conftest import CREATE, SITE_GET, new_site, refused
from tests.people import Api


def test_the_answer_shows_the_site_with_its_secret_whole_and_no_later_one_does(api, alice):
    made = api.post(CREATE, new_site("Web-1", "web.example")).json()

    assert re.fullmatch(r"ss_live_[0-9A-Za-z]{38}", made["secretKey"])
    assert authenticate_site(made["siteKey"], made["secretKey"]).name == "Web-1"
    later = api.get(SITE_GET, siteKey=made["siteKey"]).json()
    assert later == made | {"secretKey": f"ss_live_…{made['secretKey'][-4:]}"}
    site = Site.objects.get()
    assert (site.allowed_origins, site.account, site.created_by) == (["https://web.example"], alice.account, alice.user)


def test_it_is_in_the_log_without_the_secret(api):
    made = api.post(CREATE, new_site()).json()

    event = AuditEvent.objects.get(action="site.created")
    assert (event.surface, event.actor_kind, event.target_id) == ("prosopo", "key", made["siteKey"])
    assert made["secretKey"] not in str(event.changes)


@pytest.mark.parametrize("name", ["a", "Web_1-b", "-", "9" * 255])
def test_a_plain_name_is_taken(api, name):
    assert api.post(CREATE, new_site(name)).json()["name"] == name


@pytest.mark.parametrize(
    "name", ["", " ", "My Shop", "shop.example", "é", "a/b", "x" * 256, "a\u0000b", "a\nb", "名前"]
)
def test_another_name_is_refused_and_nothing_is_made(api, name):
    answer = api.post(CREATE, new_site(name))

    assert answer.status_code == 400
    assert answer.json()["error"]["key"] in {"API.INVALID_BODY", "API.PARSE_ERROR"}
    assert Site.objects.count() == 0


def test_a_name_of_the_account_is_taken_whoever_gave_it_and_free_again_when_its_site_is_deleted(api, alice, dave):
    shop = create_site(alice.actor, name="Shop", allowed_origins=["https://a.example"]).site
    create_site(dave.actor, name="Elsewhere", allowed_origins=["https://a.example"])

    assert "Shop" in refused(api.post(CREATE, new_site("Shop")), 409, "PORTAL.DUPLICATE_SITE_NAME")
    assert api.post(CREATE, new_site("shop")).status_code == 200  # another name
    assert api.post(CREATE, new_site("Elsewhere")).status_code == 200
    delete_site(alice.actor, site_key=shop.site_key)
    assert api.post(CREATE, new_site("Shop")).status_code == 200


def test_a_name_is_taken_also_by_a_site_that_the_key_cannot_see(alice, bob, make_key):
    create_site(alice.actor, name="Hidden", allowed_origins=["https://a.example"])

    refused(Api(make_key(bob)).post(CREATE, new_site("Hidden")), 409, "PORTAL.DUPLICATE_SITE_NAME")


def test_pow_difficulty_sets_the_level(api):
    hard = api.post(CREATE, new_site("Hard", powDifficulty=6)).json()
    usual = api.post(CREATE, new_site("Usual")).json()

    assert (hard["settings"]["powDifficulty"], usual["settings"]["powDifficulty"]) == (6, 4)
    assert list(Site.objects.order_by("pk").values_list("level", flat=True)) == [160, 96]


@pytest.mark.parametrize("difficulty", [0, 9, -1, 1.5, "4", None])
def test_another_pow_difficulty_is_refused(api, difficulty):
    message = refused(api.post(CREATE, new_site(powDifficulty=difficulty)), 400, "API.INVALID_BODY")

    assert "settings.powDifficulty" in message


@pytest.mark.parametrize("kind", ["image", "puzzle", "frictionless", "invisible", ""])
def test_a_type_of_captcha_that_there_is_not_is_refused(api, kind):
    message = refused(api.post(CREATE, new_site(captchaType=kind)), 400, "API.INVALID_BODY")

    assert "proof of work" in message
    assert api.post(CREATE, new_site(captchaType="pow")).status_code == 200


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": "Web"}, "settings is missing"),
        ({"name": "Web", "settings": {}}, "settings.domains is missing"),
        ({"name": "Web", "settings": {"domains": []}}, "needs at least one domain"),
        ({"name": "Web", "settings": {"domains": "a.example"}}, "settings.domains"),
        ({"name": "Web", "settings": {"domains": [1]}}, "settings.domains[0]"),
        ({"name": "Web", "settings": None}, "settings"),
        ({"settings": {"domains": ["a.example"]}}, "name is missing"),
    ],
)
def test_what_is_missing_or_wrong_is_named(api, body, named):
    assert named in refused(api.post(CREATE, body), 400, "API.INVALID_BODY")
    assert Site.objects.count() == 0


def test_one_answer_names_all_that_is_wrong(api):
    message = refused(api.post(CREATE, new_site("My Shop", "*")), 400, "API.INVALID_BODY")

    assert "letters, digits, - and _" in message
    assert "anybody's pages" in message
