"""What a verification finds, in the words of every contract; and what holds in all of them."""

from datetime import UTC, datetime
from itertools import product
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import override_settings

from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.protection.outcomes import Outcome
from apps.protection.spent_models import Challenge
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, delete_site
from tests.api.verifying import (
    HOST,
    NOT_ONE,
    ORIGIN,
    WAYS,
    Credentials,
    Way,
    case_for,
    held,
    in_time,
    made,
    neocaptcha,
    not_given_here,
    privatecaptcha,
    site,
)
from tests.protection.solving import set_site, solved

__all__ = ["held", "made", "site"]
pytestmark = pytest.mark.django_db
O = Outcome  # noqa: E741
NEO = {
    O.NOT_A_SOLUTION: "invalid_solution",
    O.INVALID: "invalid_solution",
    O.WRONG_SITE: "site_key_mismatch",
    O.WRONG_ORIGIN: "hostname_mismatch",
    O.EXPIRED: "expired_solution",
    O.TOO_EARLY: "invalid_solution",
    O.ALREADY_USED: "solution_already_used",
    O.BLOCKED: "invalid_solution",
}
EU = dict.fromkeys(NEO, "invalid-input-response") | dict.fromkeys([O.EXPIRED, O.ALREADY_USED], "timeout-or-duplicate")
PRIVATE = {
    O.NOT_A_SOLUTION: (4, "solution-bad-format"),
    O.INVALID: (3, "solution-invalid"),
    O.WRONG_SITE: (6, "property-invalid"),
    O.WRONG_ORIGIN: (1, "error-other"),
    O.EXPIRED: (5, "puzzle-expired"),
    O.TOO_EARLY: (1, "error-other"),
    O.ALREADY_USED: (8, "solution-verified-before"),
    O.BLOCKED: (1, "error-other"),
}
PROSOPO = {
    O.NOT_A_SOLUTION: "API.USER_NOT_VERIFIED_NO_SOLUTION",
    O.INVALID: "API.USER_NOT_VERIFIED",
    O.WRONG_SITE: "API.INVALID_SITE_KEY",
    O.WRONG_ORIGIN: "API.USER_NOT_VERIFIED_WRONG_ORIGIN",
    O.EXPIRED: "API.USER_NOT_VERIFIED_TIME_EXPIRED",
    O.TOO_EARLY: "API.USER_NOT_VERIFIED_TOO_EARLY",
    O.ALREADY_USED: "API.USER_ALREADY_VERIFIED",
    O.BLOCKED: "API.ACCESS_POLICY_BLOCK",
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def told(name: str, body: dict[str, Any]) -> Any:
    """Why a body says that the visitor may not pass, after it was looked at whole."""
    assert body["success"] is False
    if name == "NeoCaptcha":
        assert set(body) == {"success", "error", "requestId"}
        assert set(body["error"]) == {"code", "message"}
        return body["error"]["code"]
    if name == "EU Captcha":
        assert set(body) == {"success", "train", "error-codes"}
        assert body["train"] is False
        [code] = body["error-codes"]
        return code
    if name == "Private Captcha":
        assert {"success", "code"} <= set(body) <= {"success", "code", "origin", "timestamp"}
        return body["code"]
    if name.startswith("Private Captcha"):
        assert {"success", "error-codes"} <= set(body) <= {"success", "error-codes", "challenge_ts", "hostname"}
        [word] = body["error-codes"]
        return word
    assert set(body) == {"success", "verified", "status", "reason"}
    assert body["verified"] is False
    assert body["status"] == body["reason"]
    return body["status"]


def expected(name: str, outcome: Outcome) -> Any:
    if name == "NeoCaptcha":
        return NEO[outcome]
    if name == "EU Captcha":
        return EU[outcome]
    if name.startswith("Private Captcha"):
        return PRIVATE[outcome][name != "Private Captcha"]
    return PROSOPO[outcome]


def naming_the_site(name: str, held: Credentials) -> dict[str, Any]:
    """What has to be sent for a solution of another site to be the wrong one, where the solution names the site."""
    names = {"Private Captcha": "X_PC_Sitekey", "Private Captcha, form with a key": "sitekey"}
    return {names[name]: held.site_key} if name in names else {}


NEVER = {("Prosopo, with a key", O.WRONG_SITE)}
"""What cannot happen: the key reaches both sites, and the solution says which it is for."""


@pytest.mark.parametrize(("name", "outcome"), [pair for pair in product(WAYS, NEO) if pair not in NEVER])
def test_every_way_to_fail_is_told_in_the_contracts_words(
    name: str, outcome: Outcome, held: Credentials, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, more = case_for(outcome, site, monkeypatch), {}
    if outcome is O.WRONG_SITE:
        more = naming_the_site(name, held)
    with clock.at(case.at):
        if outcome is O.ALREADY_USED:
            assert WAYS[name].send(held, case.solution).json()["success"] is True
        answer = WAYS[name].send(held, case.solution, **more)

    assert answer.status_code == 200
    assert told(name, answer.json()) == expected(name, outcome)


def accepted(name: str, body: dict[str, Any]) -> set[str]:
    """The fields of a body that says that the visitor may pass."""
    assert body["success"] is True
    if name.startswith("Prosopo"):
        assert (body["verified"], body["status"], body["score"]) == (True, "ok", 0)
    return set(body)


FIELDS = {
    "NeoCaptcha": {"success", "verifiedAt", "requestId"},
    "EU Captcha": {"success", "train"},
    "Private Captcha": {"success", "code", "origin", "timestamp"},
    "Private Captcha, form": {"success", "challenge_ts", "hostname"},
    "Private Captcha, form with a key": {"success", "challenge_ts", "hostname"},
    "Prosopo": {"success", "verified", "status", "score"},
    "Prosopo, with a key": {"success", "verified", "status", "score"},
}


@pytest.mark.parametrize("name", WAYS)
def test_a_good_solution_is_accepted_and_said_to_be(name: str, held: Credentials, site: Site) -> None:
    answer = in_time(WAYS[name].send, held, solved(site))
    body = answer.json()

    assert answer.status_code == 200
    assert accepted(name, body) == FIELDS[name]
    assert body.get("train", False) is False
    assert body.get("code", 0) == 0
    assert {body[field] for field in ("origin", "hostname") if field in body} <= {HOST}
    for field in {"timestamp", "challenge_ts"} & set(body):
        given = datetime.fromisoformat(body[field])
        assert abs((datetime.now(UTC) - given).total_seconds()) < 60


NOTED = {
    "NeoCaptcha": ("note", "The site's protection is off: nothing was checked."),
    "EU Captcha": ("train", True),
    "Private Captcha": ("code", 9),
    "Private Captcha, form": ("error-codes", ["maintenance-mode"]),
    "Private Captcha, form with a key": ("error-codes", ["maintenance-mode"]),
    "Prosopo": ("reason", "API.PROTECTION_OFF"),
    "Prosopo, with a key": ("reason", "API.PROTECTION_OFF"),
}


@pytest.mark.parametrize("name", WAYS)
def test_where_protection_is_off_everybody_passes_and_it_is_said(name: str, held: Credentials, site: Site) -> None:
    solution = solved(set_site(site, protection_enabled=False))
    body = in_time(WAYS[name].send, held, solution).json()

    accepted(name, body)
    field, value = NOTED[name]
    assert body[field] == value
    assert in_time(WAYS[name].send, held, solution).json()["success"] is True


@every_way
def test_a_solution_is_good_exactly_as_often_as_the_site_allows(way: Way, held: Credentials, site: Site) -> None:
    solution = solved(set_site(site, max_replay_count=3))

    seen = [in_time(way.send, held, solution).json()["success"] for _ in range(5)]

    assert seen == [True, True, True, False, False]


def test_what_one_contract_has_spent_is_spent_in_all_of_them(held: Credentials, site: Site) -> None:
    solution = solved(site)
    assert in_time(neocaptcha, held, solution).json()["success"] is True

    for name, way in WAYS.items():
        assert told(name, in_time(way.send, held, solution).json()) == expected(name, O.ALREADY_USED)


@every_way
def test_a_verification_costs_its_look_ups_and_one_write(
    way: Way, held: Credentials, site: Site, django_assert_num_queries: Any
) -> None:
    in_time(way.send, held, solved(site))  # notes the credential's use, which is once a minute
    solution = solved(site)
    with django_assert_num_queries(way.queries) as asked:
        assert in_time(way.send, held, solution).json()["success"] is True
    writes = [one["sql"] for one in asked.captured_queries if not one["sql"].startswith("SELECT")]
    assert len(writes) == 1
    assert Challenge._meta.db_table in writes[0]
    forged = not_given_here(site)
    with django_assert_num_queries(way.queries - 1):
        assert in_time(way.send, held, forged).json()["success"] is False


@pytest.mark.parametrize("trouble", [OperationalError("away"), RuntimeError("broken")], ids=["away", "broken"])
@pytest.mark.parametrize("name", WAYS)
def test_nobody_passes_while_the_database_is_away(name: str, trouble: Exception, held: Credentials, site: Site) -> None:
    solution = solved(site)
    looks_up = {2: "apps.sites.verification._look_up", 3: "apps.api_keys.authentication._look_up"}
    for step in ("apps.protection.verifying.spend", looks_up[WAYS[name].queries]):
        with mock.patch(step, side_effect=trouble):
            answer = in_time(WAYS[name].send, held, solution)
        body = answer.json()
        assert answer.status_code == (503 if isinstance(trouble, OperationalError) else 500)
        assert body.get("success", False) is False
        if name == "NeoCaptcha":
            assert set(body) == {"error", "requestId"}
            assert body["error"]["retryable"] is True
        else:
            assert "success" in body
    assert in_time(WAYS[name].send, held, solution).json()["success"] is True


@every_way
def test_a_deactivated_and_a_deleted_site_verify_nothing(way: Way, held: Credentials, site: Site, alice: Any) -> None:
    solution = solved(site)
    deactivate_site(alice.actor, site_key=site.site_key)
    assert in_time(way.send, held, solution).json().get("success", False) is False
    delete_site(alice.actor, site_key=site.site_key)
    assert in_time(way.send, held, solution).json().get("success", False) is False
    assert not Challenge.objects.filter(times__gt=0).exists()


@every_way
@override_settings(VERIFY_REQUESTS_PER_MINUTE=2)
def test_a_site_is_held_back(way: Way, held: Credentials, site: Site) -> None:
    solution = solved(site)
    answers = [in_time(way.send, held, solution) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert answers[2].json().get("success", False) is False


@pytest.mark.parametrize("name", [name for name in WAYS if WAYS[name].queries == 3])
def test_a_key_that_ended_verifies_nothing_and_one_without_the_permission_is_told_which(
    name: str, held: Credentials, site: Site, alice: Any, make_key: Any
) -> None:
    solution, send = solved(site), WAYS[name].send
    other = Credentials(held.site_key, held.secret, make_key(alice, "getSites"))
    refused = in_time(send, other, solution)
    assert (refused.status_code, refused["X-Accepted-Permissions"]) == (403, "verify")
    assert refused.json()["success"] is False
    assert AuditEvent.objects.filter(outcome="refused", action="reading.refused").count() == 1

    ApiKey.objects.update(deleted_at=clock.now())
    ended = in_time(send, held, solution)
    assert ended.status_code == (401 if name.startswith("Prosopo") else 403)
    assert ended.json()["success"] is False
    assert not Challenge.objects.filter(times__gt=0).exists()


@pytest.mark.parametrize("name", [name for name in WAYS if WAYS[name].queries == 3])
def test_a_switched_off_api_verifies_nothing_with_keys(name: str, held: Credentials, site: Site, alice: Any) -> None:
    alice.account.api_is_on = False
    alice.account.save()

    answer = in_time(WAYS[name].send, held, solved(site))

    assert answer.status_code == 403
    assert answer.json()["success"] is False
    assert not Challenge.objects.filter(times__gt=0).exists()


def test_neocaptcha_compares_the_expected_origin(held: Credentials, site: Site) -> None:
    solution = solved(set_site(site, allowed_origins=[ORIGIN, "https://b.example"]))
    for origin in ("https://b.example", "https://evil.example"):
        answer = in_time(neocaptcha, held, solution, expectedOrigin=origin)
        assert told("NeoCaptcha", answer.json()) == "hostname_mismatch"

    assert in_time(neocaptcha, held, solution, expectedOrigin="HTTPS://Shop.Example:443/").json()["success"] is True


def test_a_solution_of_anothers_site_is_theirs_to_verify(held: Credentials, site: Site, dave: Any) -> None:
    theirs = create_site(dave.actor, name="Theirs", allowed_origins=[ORIGIN]).site
    solution = solved(set_site(theirs))

    assert told("Private Captcha", in_time(privatecaptcha, held, solution).json()) == 7
    assert told("NeoCaptcha", in_time(neocaptcha, held, solution).json()) == "site_key_mismatch"
    assert not Challenge.objects.filter(times__gt=0).exists()
    assert told("Private Captcha", in_time(privatecaptcha, held, NOT_ONE).json()) == 4
