"""Who may ask for a verification: a site's secret for its site, a key for what it reaches, and nothing else."""

from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import override_settings

from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.credentials.format import TokenKind, mint
from apps.protection.matching import RuleHit, RuleType
from apps.protection.spent_models import Challenge
from apps.protection.test_keys import ALWAYS_PASSES
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.organizations import create_organization
from apps.sites.secrets import rotate_secret
from tests.api.verifying import (
    ORIGIN,
    WAYS,
    Credentials,
    form_with_key,
    form_with_secret,
    held,
    in_time,
    made,
    not_given_here,
    post,
    privatecaptcha,
    prosopo,
    prosopo_with_key,
    site,
    without_its_work,
)
from tests.people import Person
from tests.protection.solving import set_site, solved

__all__ = ["held", "made", "site"]
pytestmark = pytest.mark.django_db
UNKNOWN = "0" * 32


def key_with(person: Person, **limits: Any) -> str:
    return create_key(person.actor, name="Narrow", permissions=["verify"], expires_at=None, **limits).token.reveal()


def asking_with(held: Credentials, token: str) -> Credentials:
    return Credentials(held.site_key, held.secret, token)


def spent() -> int:
    return Challenge.objects.filter(times__gt=0).count()


def code(answer: Any) -> int:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["success"] is (body["code"] == 0)
    return int(body["code"])


def test_a_key_for_one_organization_verifies_its_sites_alone(held: Credentials, site: Site, alice: Person) -> None:
    team = create_organization(alice.actor, name="Team")
    narrow = asking_with(held, key_with(alice, organization_id=team.pk))
    solution = solved(site)

    assert code(in_time(privatecaptcha, narrow, solution)) == 12
    assert in_time(form_with_key, narrow, solution).json()["error-codes"] == ["org-scope-error"]
    assert in_time(prosopo_with_key, narrow, solution).json()["status"] == "API.INVALID_SITE_KEY"
    assert spent() == 0
    Site.objects.filter(pk=site.pk).update(organization=team)
    assert code(in_time(privatecaptcha, narrow, solution)) == 0


def test_a_key_for_selected_sites_verifies_those_alone(held: Credentials, site: Site, alice: Person) -> None:
    other = set_site(create_site(alice.actor, name="Other", allowed_origins=[ORIGIN]).site)
    narrow = asking_with(held, key_with(alice, site_keys=[other.site_key]))

    assert code(in_time(privatecaptcha, narrow, solved(site))) == 7
    assert spent() == 0
    assert code(in_time(privatecaptcha, narrow, solved(other))) == 0


def test_a_members_key_verifies_the_sites_that_they_reach(
    held: Credentials, site: Site, bob: Person, grace: Person, make_key: Any
) -> None:
    """Bob has a share of another site called Shop; this one is Alice's, and Grace is an admin."""
    assert code(in_time(privatecaptcha, asking_with(held, make_key(bob)), solved(site))) == 7
    assert code(in_time(privatecaptcha, asking_with(held, make_key(grace)), solved(site))) == 0


def test_the_property_that_a_request_names_must_be_the_solutions(held: Credentials, site: Site, alice: Person) -> None:
    other = set_site(create_site(alice.actor, name="Other", allowed_origins=[ORIGIN]).site)
    solution = solved(other)

    for expected, said in ((held.site_key, 6), (site.key.hex, 6), (UNKNOWN, 6), ("nonsense", 6)):
        assert code(in_time(privatecaptcha, held, solution, X_PC_Sitekey=expected)) == said
        assert in_time(form_with_key, held, solution, sitekey=expected).json()["error-codes"] == ["property-invalid"]
        assert in_time(form_with_secret, held, solution, sitekey=expected).json()["success"] is False
    assert spent() == 0
    assert code(in_time(privatecaptcha, held, solution, X_PC_Sitekey=other.key.hex)) == 0


def test_an_answer_that_is_wrong_is_told_from_a_challenge_that_is_not_ours(held: Credentials, site: Site) -> None:
    assert code(in_time(privatecaptcha, held, without_its_work(site))) == 3
    assert code(in_time(privatecaptcha, held, not_given_here(site))) == 11
    assert in_time(form_with_secret, held, not_given_here(site)).json()["error-codes"] == ["integrity-error"]


@pytest.mark.parametrize("body", ["", " ", "no base 64!", "{}", '"x"', "x" * 20_000, "é", b"\xff\xfe"])
def test_a_body_that_is_no_solution_at_all_is_a_400(held: Credentials, body: Any) -> None:
    answer = post("/verify", body, "text/plain", X_API_Key=held.api_key)

    assert answer.status_code == 400
    assert list(answer.json()) == ["success", "code", "meta"]
    assert (answer.json()["success"], answer.json()["code"]) == (False, 1)
    assert answer.json()["meta"]["request_id"] == answer["X-Trace-ID"]


@pytest.mark.parametrize("path", ["/verify", "/siteverify", "/v1/verify", "/api/v1/verify"])
def test_trouble_before_the_endpoint_and_what_is_too_large_let_nobody_pass(db: None, path: str) -> None:
    large = post(path, "x" * 1_100_000, "application/json", X_API_Key=ALWAYS_PASSES.api_key)
    with mock.patch("config.middleware.AddressMiddleware.__call__", side_effect=OperationalError("away")):
        away = post(path, {})
    lost = post(f"{path}/lost", {})

    assert [answer.status_code for answer in (large, away, lost)] == [413, 503, 404]
    for body in (large.json(), away.json()):
        assert ("error" if path == "/api/v1/verify" else "success") in body
        assert body.get("success", False) is False


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", "x/y", ""])
def test_the_body_is_the_solution_whatever_it_is_called(held: Credentials, site: Site, kind: str) -> None:
    """Curl calls it a form, which is how the vendor's page shows it."""
    solution = solved(site)

    def send(held: Credentials, solution: str) -> Any:
        return post("/verify", solution.encode(), kind or "application/octet-stream", X_API_Key=held.api_key)

    assert code(in_time(send, held, f"{solution}\n")) == 0


@pytest.mark.parametrize("bearer", [False, True])
def test_prosopo_takes_a_key_as_the_secret_or_as_the_bearer(held: Credentials, site: Site, bearer: bool) -> None:
    solution = solved(site)
    headers = {"Authorization": f"Bearer {held.api_key}"} if bearer else {}
    body = {"token": solution} if bearer else {"token": solution, "secret": held.api_key}

    assert in_time(lambda *_: post("/siteverify", body, **headers), held, "").json()["verified"] is True


def test_two_different_keys_in_one_request_are_a_400(held: Credentials, alice: Person) -> None:
    other = key_with(alice)
    answer = prosopo(asking_with(held, ""), "x", secret=held.api_key)
    assert answer.status_code == 200

    both = post("/siteverify", {"token": "x", "secret": held.api_key}, Authorization=f"Bearer {other}")
    same = post("/siteverify", {"token": "x", "secret": held.api_key}, Authorization=f"Bearer {held.api_key}")
    header = post("/verify", "x", "text/plain", X_API_Key=held.api_key, Authorization=f"Bearer {other}")

    assert [answer.status_code for answer in (both, same, header)] == [400, 200, 400]
    assert both.json()["success"] is header.json()["success"] is False


WRONG = {
    "an unknown secret": mint(TokenKind.SITE_SECRET).reveal(),
    "a bad checksum": f"ss_live_{'0' * 38}",
    "an unknown key": mint(TokenKind.API_KEY).reveal(),
    "half of a key": "nct_x",
    "a letter": "x",
    "long": "é" * 500,
}
BY_FIELD = (("token", 401, "API.UNAUTHORIZED"), ("response", 403, "API.INSUFFICIENT_PERMISSIONS"))


@pytest.mark.parametrize("secret", WRONG.values(), ids=WRONG)
def test_a_wrong_secret_is_a_401_for_the_one_and_a_403_for_the_other(db: None, secret: str) -> None:
    for field, status, problem in (
        ("token", 401, "API.UNAUTHORIZED"),
        ("response", 403, "API.INSUFFICIENT_PERMISSIONS"),
    ):
        answer = post("/siteverify", {"secret": secret, field: "x"})
        assert answer.status_code == status
        body = answer.json()
        assert set(body) == {"success", "verified", "error", "error-codes"}
        assert (body["success"], body["verified"], body["error"]["key"]) == (False, False, problem)


def test_what_is_missing_is_named(held: Credentials) -> None:
    nothing = post("/siteverify", {"secret": held.secret})
    nobody = post("/siteverify", {"token": "x"})
    empty = post("/siteverify", "", "text/plain")
    both = post("/siteverify", {"secret": held.secret, "token": "x", "response": "x"})

    assert [one.status_code for one in (nothing, nobody, empty, both)] == [400, 401, 400, 400]
    keys = [one.json()["error"]["key"] for one in (nothing, nobody, empty, both)]
    assert keys == ["API.INVALID_BODY", "API.MISSING_AUTHORIZATION_HEADER", "API.INVALID_BODY", "API.BAD_REQUEST"]
    assert nothing.json()["error"]["message"] == "token is missing."


def test_a_rotated_secret_verifies_nothing(held: Credentials, site: Site, alice: Person) -> None:
    new = rotate_secret(alice.actor, site_key=site.site_key).secret.reveal()
    solution = solved(site)

    for name, way in WAYS.items():
        if way.queries == 2:
            assert in_time(way.send, held, solution).json().get("success", False) is False, name
    assert in_time(prosopo, Credentials(held.site_key, new, ""), solution).json()["verified"] is True


def test_unknown_and_wrong_are_told_apart_by_nothing(
    held: Credentials, site: Site, alice: Person, django_assert_num_queries: Any
) -> None:
    """An unknown site key with a wrong secret, and a known one: the same answer for the same queries."""
    wrong = mint(TokenKind.SITE_SECRET).reveal()
    for name, way in WAYS.items():
        if way.queries == 3 or name in {"Prosopo", "Private Captcha, form"}:
            continue
        seen = set()
        for site_key in (held.site_key, f"sk_live_{'0' * 22}", "nonsense", UNKNOWN):
            with django_assert_num_queries(2 if name == "EU Captcha" else 1):  # whether it fails open
                answer = way.send(Credentials(site_key, wrong, ""), "x")
            seen.add((answer.status_code, answer.text.replace(answer["X-Request-ID"], "")))
        assert len(seen) == 1, name


@override_settings(API_REQUESTS_PER_MINUTE=1, VERIFY_REQUESTS_PER_MINUTE=4)
def test_verifications_with_a_key_have_a_limit_of_their_own(held: Credentials) -> None:
    answers = [privatecaptcha(held, "bm90aGluZw==") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert [int(answer["X-RateLimit-Remaining"]) for answer in answers] == [3, 2, 1, 0, 0]
    assert answers[0]["X-RateLimit-Limit"] == "4"
    assert answers[-1].json()["success"] is False


def test_prosopos_score_says_how_much_harder_the_challenge_was_made(
    held: Credentials, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = in_time(prosopo, held, solved(site)).json()["score"]
    hit = RuleHit("rule", RuleType.RESTRICT, 40, False, "Makes it harder", {})
    monkeypatch.setattr("apps.protection.matching.winner", lambda *_: hit)
    restricted = in_time(prosopo, held, solved(site)).json()["score"]
    set_site(site, level=40)

    assert (usual, restricted) == (0, round((40 - 1) / (255 - 1), 2))
    assert in_time(prosopo_with_key, held, solved(site)).json()["score"] == 0


def test_verifications_with_a_key_are_counted_as_its_use(held: Credentials, site: Site, monkeypatch: Any) -> None:
    counted: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "apps.api.counting.usage.count", lambda _key, what, outcome, **_: counted.append((what, outcome.value))
    )
    for name, way in WAYS.items():
        counted.clear()
        in_time(way.send, held, solved(site))
        assert counted == ([("verify", "done")] if way.queries == 3 else []), name
    assert ApiKey.objects.get().last_used_at is not None
