"""Keys for other people's tests: they do what they are called, say that they are tests, and open nothing real."""

from typing import Any

import pytest

from apps.api_keys.usage_models import KeyUsage
from apps.audit.models import AuditEvent
from apps.credentials.format import TokenKind, is_well_formed
from apps.protection import recording, test_keys
from apps.protection.solutions import read_solution
from apps.protection.spent_models import Challenge
from apps.protection.test_keys import ALL, ALWAYS_FAILS, ALWAYS_PASSES, KeysForTests
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.api.verifying import (
    NOT_ONE,
    WAYS,
    Credentials,
    Way,
    eucaptcha,
    form_with_key,
    form_with_secret,
    held,
    made,
    neocaptcha,
    post,
    privatecaptcha,
    prosopo,
    prosopo_with_key,
    site,
)
from tests.dashboard.reading import read
from tests.people import Api, Person
from tests.protection.solving import encoded, payload_of

__all__ = ["held", "made", "site"]
PASSES = Credentials(ALWAYS_PASSES.site_key, ALWAYS_PASSES.secret, ALWAYS_PASSES.api_key)
FAILS = Credentials(ALWAYS_FAILS.site_key, ALWAYS_FAILS.secret, ALWAYS_FAILS.api_key)
SAYS_SO = {
    "NeoCaptcha": ("note", "This is a test key: nothing was checked."),
    "EU Captcha": ("test", True),
    "Private Captcha": ("code", 10),
    "Private Captcha, form": ("error-codes", ["property-test"]),
    "Private Captcha, form with a key": ("error-codes", ["property-test"]),
    "Prosopo": ("reason", "API.TEST_KEY"),
    "Prosopo, with a key": ("reason", "API.TEST_KEY"),
}
every_set = pytest.mark.parametrize("keys", ALL, ids=lambda keys: keys.name)


@every_set
def test_they_look_like_any_others(keys: KeysForTests) -> None:
    assert is_well_formed(TokenKind.SITE_SECRET, keys.secret)
    assert is_well_formed(TokenKind.API_KEY, keys.api_key)
    assert test_keys.of_site_key(keys.site_key) is test_keys.of_site_key(keys.key.hex) is keys
    read_here = read_solution(keys.solution)
    assert read_here is not None
    assert read_here.facts.s == keys.key.hex


def test_they_are_the_same_for_ever() -> None:
    """Other people have them in their tests."""
    assert [(keys.site_key, keys.secret, keys.api_key) for keys in ALL] == [
        (
            "sk_live_0TESTalwaysPASSES00000",
            "ss_live_TESTalwaysPASSES00000000000000003ZUmAf",
            "nct_TESTalwaysPASSES00000000000000003ZUmAf",
        ),
        (
            "sk_live_0TESTalwaysFAILS000000",
            "ss_live_TESTalwaysFAILS000000000000000004gMlCe",
            "nct_TESTalwaysFAILS000000000000000004gMlCe",
        ),
    ]


@pytest.mark.parametrize("solution", [ALWAYS_PASSES.solution, NOT_ONE])
@pytest.mark.parametrize("name", WAYS)
def test_one_always_passes_and_one_always_fails_and_both_say_that_they_are_tests(
    db: None, name: str, solution: str
) -> None:
    field, value = SAYS_SO[name]
    for credentials, passes in ((PASSES, True), (FAILS, False)):
        for _ in range(2):
            answer = WAYS[name].send(credentials, solution)
            assert answer.status_code == 200
            assert answer.json()["success"] is passes
            assert answer.json()[field] == value


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_is_asked_of_the_database_or_noted(way: Way, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        way.send(PASSES, ALWAYS_PASSES.solution)
        way.send(FAILS, ALWAYS_FAILS.solution)
    assert not any(model.objects.exists() for model in (Challenge, KeyUsage, AuditEvent))


@pytest.mark.django_db
def test_a_test_solution_is_worth_nothing_to_a_real_site(held: Credentials, site: Site) -> None:
    for solution in (ALWAYS_PASSES.solution, ALWAYS_FAILS.solution):
        for name, way in WAYS.items():
            assert way.send(held, solution).json()["success"] is False, name
    assert privatecaptcha(held, ALWAYS_PASSES.solution).json() == {"success": False, "code": 10}
    named = privatecaptcha(held, ALWAYS_PASSES.solution, X_PC_Sitekey=ALWAYS_PASSES.key.hex)
    assert named.json() == {"success": False, "code": 10}
    assert prosopo_with_key(held, ALWAYS_PASSES.solution).json()["status"] == "API.TEST_KEY"


@pytest.mark.django_db
def test_a_test_secret_goes_with_its_own_site_key_alone(held: Credentials, site: Site) -> None:
    mixed = [
        Credentials(held.site_key, ALWAYS_PASSES.secret, ""),
        Credentials(ALWAYS_PASSES.site_key, held.secret, ""),
        Credentials(ALWAYS_FAILS.site_key, ALWAYS_PASSES.secret, ""),
    ]
    for credentials in mixed:
        assert neocaptcha(credentials, NOT_ONE).status_code == 401
        assert eucaptcha(credentials, NOT_ONE).json()["success"] is False
        checked = post("/v1/verify-credentials", {"sitekey": credentials.site_key, "secret": credentials.secret})
        assert checked.json() == {"valid": False}
    own = {"sitekey": ALWAYS_FAILS.site_key, "secret": ALWAYS_FAILS.secret}
    assert post("/v1/verify-credentials", own).json() == {"valid": True}


@pytest.mark.django_db
@every_set
def test_a_test_api_key_opens_nothing_else(keys: KeysForTests) -> None:
    for path in ("/api/v1/whoami", "/sites/get", "/myra-auto-app-api/captcha_sitekeys"):
        assert Api(keys.api_key).get(path).status_code == 401
    assert Api().client.get("/orgs", headers={"X-API-Key": keys.api_key}).status_code == 403


@pytest.mark.django_db
def test_nobody_can_have_a_site_with_a_test_site_key(alice: Person) -> None:
    """Those that the server makes are random UUIDs (RFC 9562, version 4), and these are none."""
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"]).site

    assert made.key.version == 4
    assert all(keys.key.version != 4 for keys in ALL)


@pytest.mark.django_db
def test_private_captchas_own_test_property_goes_on_working() -> None:
    dummy = Credentials("aaaaaaaabbbbccccddddeeeeeeeeeeee", ALWAYS_PASSES.secret, ALWAYS_PASSES.api_key)

    assert privatecaptcha(dummy, NOT_ONE, X_PC_Sitekey=dummy.site_key).json() == {"success": True, "code": 10}
    assert neocaptcha(dummy, NOT_ONE).json()["success"] is True


@pytest.mark.django_db
@every_set
def test_a_widget_gets_a_challenge_on_any_page_and_nothing_is_counted(
    keys: KeysForTests, django_assert_num_queries: Any
) -> None:
    recording.forget()
    answer = Api().client.get(
        "/challenge", {"sitekey": keys.site_key}, headers={"Origin": "http://build-7.ci.example:8080"}
    )
    challenge = answer.json()
    solution = encoded(payload_of(challenge["parameters"], challenge["signature"]))

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert (challenge["test"], challenge["protected"], challenge["initialDelay"]) == (True, False, 0)
    credentials = Credentials(keys.site_key, keys.secret, keys.api_key)
    for send in (form_with_secret, form_with_key, prosopo, privatecaptcha):
        assert send(credentials, solution).json()["success"] is keys.outcome.passes
    assert not Challenge.objects.exists()
    with django_assert_num_queries(0):  # there is nothing to write down
        recording.flush()


@pytest.mark.parametrize("origin", ["https://ci.example", "null", None])
def test_every_page_may_read_their_challenge_and_any_of_them_gets_the_same_answer(db: None, origin: str | None) -> None:
    sent = {} if origin is None else {"Origin": origin}
    challenge = f"/challenge?sitekey={ALL[0].site_key}"
    asked = Api().client.options(challenge, headers=sent | {"Access-Control-Request-Method": "GET"})
    answered = Api().client.get(challenge, headers=sent)

    assert (asked.status_code, answered.status_code) == (204, 200)
    assert [answer["Access-Control-Allow-Origin"] for answer in (asked, answered)] == ["*", "*"]
    assert "Vary" not in answered


@pytest.mark.django_db
def test_the_dashboard_shows_them_and_says_what_they_are(alice: Person) -> None:
    page = read(alice.browser.get("/reference/"))

    for keys in ALL:
        assert all(text in page.text for text in (keys.name.capitalize(), keys.site_key, keys.secret, keys.api_key))
    assert "they verify nothing" in page.text
