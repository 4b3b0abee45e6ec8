"""Access rules over the vendor's endpoints: bodies, defaults, errors, pages, groups."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.api.prosopo.expiry import read_expiry
from apps.audit import clock
from apps.permissions.refusals import Invalid
from apps.protection import matching
from apps.protection.rule_models import Rule
from apps.protection.suggestion_models import Suggestion
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from apps.tasks.models import Task
from apps.tasks.running import run_task
from tests.api.prosopo.conftest import refused
from tests.people import Api, MakeKey, Person

CREATE, GET = "/access-control/create", "/access-control/get"
DELETE, GROUP_DELETE = "/access-control/delete", "/access-control/group/delete"
ADMIN = "/v1/prosopo/provider/admin/rules"


@pytest.fixture
def api(alice: Person, make_key: MakeKey) -> Api:
    return Api(make_key(alice))


def rule(*conditions: tuple[str, Any], **more: Any) -> dict[str, Any]:
    """A body that makes a rule; an address by default."""
    found = [{"field": field, "value": value} for field, value in conditions or [("ip", "203.0.113.7")]]
    return {"accountId": "ignored", "rule": {"type": "block", "conditions": found, **more}}


def seconds_until(text: str) -> float:
    return (datetime.fromisoformat(text) - clock.now()).total_seconds()


def test_a_rule_without_an_expiry_acts_for_one_hour_and_says_so(api: Api, shop: Site) -> None:
    said = api.post(CREATE, rule(siteKey=str(shop.key), description="Why")).json()
    made = said["rule"]
    assert (said["status"], said["replaced"]) == ("success", False)
    assert seconds_until(made["expiry"]) == pytest.approx(3600, abs=60)
    assert said["message"].startswith("The rule acts until 20")
    assert {name: made[name] for name in made if name not in {"expiry", "createdAt", "userScopeHash"}} == {
        "type": "block",
        "description": "Why",
        "conditions": [{"field": "ip", "operator": "equals", "value": "203.0.113.7"}],
        "expired": False,
        "ruleGroupId": None,
        "siteKey": shop.site_key,
        "deferToVerify": False,
    }
    hit = matching.winner(shop, Visitor("203.0.113.7"))
    assert hit is not None
    assert hit.handle == made["userScopeHash"]


def test_null_is_never_and_the_answer_says_so(api: Api) -> None:
    said = api.post(CREATE, rule(expiry=None)).json()
    assert said["rule"]["expiry"] is None
    assert said["message"] == "The rule never expires."


def test_the_same_scope_again_replaces_the_rule_and_says_so(api: Api) -> None:
    first = api.post(CREATE, rule(("asn", 64496), ("countryCode", "de"))).json()
    second = api.post(CREATE, rule(("countryCode", "DE"), ("asn", "AS64496"), type="restrict", powDifficulty=5)).json()
    assert second["replaced"] is True
    assert "It replaced the one with the same conditions and site." in second["message"]
    assert first["rule"]["userScopeHash"] == second["rule"]["userScopeHash"]
    assert second["rule"]["powDifficulty"] == 5
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (rule(("colour", "red")), "“colour” is no field of a condition"),
        (rule(("ipMask", "203.0.113.0/40")), "“203.0.113.0/40” is no network"),
        (rule(("ip", "203.0.113.0/24")), "is no IP address"),
        (rule(powDifficulty=5), "powDifficulty is for a rule that restricts"),
        (rule(captchaType="image"), "captchaType is for a rule that restricts"),
        (rule(type="allow"), "type is “allow”"),
        (rule(expiry=0), "in the past"),
        (rule(expiry="tomorrow"), "expiry is 'tomorrow'"),
        ({"rule": {"type": "block", "conditions": []}}, "at least one condition"),
        (
            {"rule": {"type": "block", "conditions": [{"field": "ip", "operator": "gt", "value": "203.0.113.7"}]}},
            "operator is “gt”",
        ),
        ({"rule": {"type": "block"}}, "rule.conditions is missing"),
        ({"rule": rule()["rule"] | {"colour": 1}}, "rule.colour is not a field"),
        ({}, "rule is missing"),
    ],
)
def test_what_the_vendor_would_drop_is_refused_and_nothing_is_stored(api: Api, body: Any, named: str) -> None:
    answer = api.post(CREATE, body)
    assert named in refused(answer, 400, answer.json()["error"]["key"])
    assert answer.json()["error"]["key"] in {"API.BAD_REQUEST", "API.INVALID_BODY"}
    assert not Rule.objects.exists()


def test_a_rule_for_a_site_that_is_not_ones_own_is_not_made(api: Api, dave: Person, make_key: MakeKey) -> None:
    refused(api.post(CREATE, rule(siteKey="sk_live_0000000000000000000001")), 404, "GENERAL.SITE_KEY_NOT_FOUND")


def test_a_key_of_a_member_makes_no_rule_of_the_whole_account(carol: Person, make_key: MakeKey, shop: Site) -> None:
    api = Api(make_key(carol))
    said = refused(api.post(CREATE, rule()), 403, "API.INSUFFICIENT_PERMISSIONS")
    assert "only owners and admins" in said
    assert api.post(CREATE, rule(siteKey=shop.site_key)).status_code == 200


@pytest.mark.parametrize("path", [GET, ADMIN])
def test_rules_are_listed_in_pages_with_their_groups(api: Api, path: str) -> None:
    for number in range(3):
        api.post(CREATE, rule(("asn", 100 + number), ruleGroupId="odd" if number % 2 else "even"))
    said = api.get(path, limit=2, sortBy="createdAt", sortOrder="asc").json()
    assert [one["conditions"][0]["value"] for one in said["rules"]] == ["100", "101"]
    assert {name: said[name] for name in said if name != "rules"} == {
        "ruleCount": 3,
        "ruleGroupsAndCounts": [{"ruleGroupId": "even", "count": 2}, {"ruleGroupId": "odd", "count": 1}],
        "page": 1,
        "pages": 2,
    }
    assert len(api.get(path, limit=2, page=2).json()["rules"]) == 1
    assert api.get(path, ruleGroupId="odd").json()["ruleCount"] == 1
    assert api.post(GET, {"ruleGroupId": "none"}).json() == said | {
        "rules": [],
        "ruleCount": 0,
        "pages": 1,
    }


def test_expired_rules_are_listed_and_flagged(api: Api, shop: Site) -> None:
    api.post(CREATE, rule(expiry=60))
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert [one["expired"] for one in api.get(GET).json()["rules"]] == [True]
        assert matching.winner(shop, Visitor("203.0.113.7")) is None


@pytest.mark.parametrize("asked", [{"sortBy": "colour"}, {"sortOrder": "up"}, {"limit": 10_001}, {"page": 0}])
def test_a_page_that_there_cannot_be_is_refused(api: Api, asked: dict[str, Any]) -> None:
    assert api.post(GET, asked).status_code == 400
    assert api.get(GET, **asked).status_code == 400


def test_deleting_again_answers_the_same_and_an_unknown_rule_is_404(api: Api) -> None:
    handle = api.post(CREATE, rule()).json()["rule"]["userScopeHash"]
    for _ in range(2):
        answer = api.post(DELETE, {"userScopeHash": handle})
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    for unknown in ("0" * 64, "", "x\u0000y"):
        assert api.post(DELETE, {"userScopeHash": unknown}).status_code in {400, 404}
    refused(api.post(DELETE, {"userScopeHash": "0" * 64}), 404, "PORTAL.RULE_NOT_FOUND")


def test_a_group_is_deleted_by_a_task_whose_id_is_told(api: Api) -> None:
    api.post(CREATE, rule(ruleGroupId="abuse"))
    said = api.post(GROUP_DELETE, {"ruleGroupId": "abuse"}).json()
    assert said["status"] == "success"
    run_task.call(said["jobId"])
    assert Task.objects.get(pk=said["jobId"]).is_finished
    assert api.get(GET).json()["ruleCount"] == 0
    refused(api.post(GROUP_DELETE, {"ruleGroupId": "other"}), 404, "PORTAL.RULE_GROUP_NOT_FOUND")


def test_too_many_rules_are_a_conflict_that_says_how_many_there_may_be(api: Api, settings: Any) -> None:
    settings.MOST_RULES_PER_ACCOUNT = 1
    api.post(CREATE, rule())
    said = refused(api.post(CREATE, rule(("asn", 1))), 409, "PORTAL.TOO_MANY_RULES")
    assert "at most 1 rules" in said


@pytest.fixture
def suggestion(alice: Person, shop: Site) -> Suggestion:
    return Suggestion.objects.create(
        account=alice.account,
        site=shop,
        field="ip",
        value="203.0.113.9",
        type="block",
        attempts=100,
        failures=97,
        rest_attempts=200,
        rest_failures=8,
        addresses=1,
        seen_at=clock.now(),
    )


def test_suggestions_are_listed_shown_and_applied(api: Api, shop: Site, suggestion: Suggestion) -> None:
    listed = api.get("/access-control/suggestions/get", siteKey=shop.site_key).json()
    assert (listed["page"], listed["pages"], len(listed["suggestions"])) == (1, 1, 1)
    one = api.post("/access-control/suggestion/get", {"suggestionId": str(suggestion.pk)}).json()
    assert listed["suggestions"] == [one]
    assert (one["status"], one["type"], one["userScopeHash"]) == ("open", "block", None)
    assert one["conditions"] == [{"field": "ip", "operator": "equals", "value": "203.0.113.9"}]
    assert (one["evidence"]["failureRate"], one["evidence"]["siteFailureRate"]) == (0.97, 0.04)
    body = {"suggestionIds": [str(suggestion.pk)], "expiry": None}
    applied = api.post("/access-control/suggestions/apply", body).json()
    assert (applied["status"], applied["applied"], applied["skipped"]) == ("success", 1, 0)
    [made] = api.get(GET, ruleGroupId=applied["ruleGroupId"]).json()["rules"]
    assert (made["expiry"], made["siteKey"]) == (None, shop.site_key)
    again = api.post("/access-control/suggestions/apply", body).json()
    assert (again["applied"], again["skipped"], again["ruleGroupId"]) == (0, 1, None)
    assert api.get("/access-control/suggestions/get").json()["suggestions"] == []
    assert len(api.get("/access-control/suggestions/get", status="applied").json()["suggestions"]) == 1


def test_a_suggestion_that_is_not_there_is_not_found(api: Api, suggestion: Suggestion) -> None:
    unknown = "00000000-0000-4000-8000-000000000001"
    key = "PORTAL.NO_SUGGESTIONS_FOUND"
    refused(api.post("/access-control/suggestion/get", {"suggestionId": unknown}), 404, key)
    refused(api.post("/access-control/suggestions/apply", {"suggestionIds": [unknown]}), 404, key)
    assert api.post("/access-control/suggestions/apply", {"suggestionIds": []}).status_code == 400
    assert api.post("/access-control/suggestion/get", {"suggestionId": "7"}).status_code == 400
    assert api.get("/access-control/suggestions/get", status="colour").status_code == 400


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (60, "in a minute"),
        ("60", "in a minute"),
        (1_893_456_000, datetime(2030, 1, 1, tzinfo=UTC)),
        (1_893_456_000_000, datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T01:00:00+01:00", datetime(2030, 1, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_an_expiry_is_read_in_every_spelling(given: Any, meant: Any) -> None:
    now = clock.now()
    with clock.at(now):
        assert read_expiry(given) == (now + timedelta(minutes=1) if meant == "in a minute" else meant)


@pytest.mark.parametrize("given", ["", "x", "9" * 40, 10**18, -(10**18), "٣"])
def test_an_expiry_that_is_no_moment_is_refused(given: Any) -> None:
    with pytest.raises(Invalid):
        read_expiry(given)
