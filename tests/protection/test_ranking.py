"""A thousand cases that a plain reading of Prosopo's order decided: rules in memory decide them alike."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Account
from apps.audit import clock
from apps.protection import geography, matching
from apps.protection.conditions import Field, handle_of
from apps.protection.rule_models import COLUMNS, Rule, RuleBook
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from tests.protection.reference import CASES, NOW, Case, winner_of

VECTORS: list[Case] = json.loads((Path(__file__).parent / "ranking_vectors.json").read_text())


def visitor_of(case: Case) -> Visitor:
    facts = case["visitor"]
    country = "" if facts["countryCode"] == "ZZ" else facts["countryCode"]
    return Visitor(facts["ip"], facts["userAgent"], country, int(facts["asn"] or 0), facts["userId"], facts["ja4Hash"])


def stored(rule: dict[str, Any], account: Account, sites: dict[str, Site]) -> Rule:
    conditions = {field: rule["conditions"][field] for field in Field if field in rule["conditions"]}
    site = sites.get(rule["site"])
    return Rule(
        account=account,
        site=site,
        handle=handle_of(conditions, site.site_key if site else ""),
        type=rule["type"],
        captcha_type=rule["captchaType"],
        created_at=datetime.fromtimestamp(rule["created"], UTC),
        expires_at=datetime.fromtimestamp(rule["expires"], UTC) if rule["expires"] else None,
        version=1,
        **{COLUMNS[field]: value for field, value in conditions.items()},
    )


def test_the_reference_decides_the_written_cases_so() -> None:
    assert len(VECTORS) == CASES
    assert [winner_of(case) for case in VECTORS] == [case["winner"] for case in VECTORS]
    assert sum(case["winner"] is not None for case in VECTORS) > CASES / 2


@pytest.mark.django_db
def test_matching_agrees_with_a_thousand_written_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geography, "knows_countries", lambda: True)
    accounts = Account.objects.bulk_create([Account(name=str(number)) for number in range(CASES)])
    places = [
        {name: Site(account=account, name=name, allowed_origins=["https://x.example"]) for name in "ab"}
        for account in accounts
    ]
    Site.objects.bulk_create([site for sites in places for site in sites.values()])
    RuleBook.objects.bulk_create([RuleBook(account=account, version=1) for account in accounts])
    rules = [
        [stored(rule, account, sites) for rule in case["rules"]]
        for case, account, sites in zip(VECTORS, accounts, places, strict=True)
    ]
    Rule.objects.bulk_create([rule for made in rules for rule in made])
    with clock.at(datetime.fromtimestamp(NOW, UTC)):
        for case, sites, made in zip(VECTORS, places, rules, strict=True):
            hit = matching.winner(sites[case["site"]], visitor_of(case))
            wanted = None if case["winner"] is None else made[case["winner"]].handle
            assert (hit.handle if hit else None) == wanted, case
            candidates = matching.explain(sites[case["site"]], visitor_of(case))
            assert [one.rule.handle for one in candidates if one.wins] == ([wanted] if wanted else []), case
