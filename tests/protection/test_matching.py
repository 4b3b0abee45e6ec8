"""Which rule acts: what is known of a visitor, what is read and when, and why the others do not act."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit import clock
from apps.protection import geography, matching, rules
from apps.protection.conditions import Field
from apps.protection.matching import explain, winner
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_imports import import_rules, read_lines
from apps.protection.rule_index import SPARE_OPTIONS, RuleIndex
from apps.protection.rule_models import COLUMNS, RuleType, with_rules_version
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.people import Person

VISITOR = Visitor("203.0.113.7", "Browser", "DE", 64496)


def make(alice: Person, kind: str, *conditions: tuple[str, str], site: Site | None = None, **more: Any) -> str:
    wanted = Wanted(kind, conditions, **more)
    made = rules.create_rule(alice.actor, wanted=wanted, site_key=site.site_key if site else "")
    return made.rule.handle


def winning(site: Site, visitor: Visitor = VISITOR) -> str:
    hit = winner(site, visitor)
    return hit.handle if hit else ""


def test_a_hit_says_what_the_rule_does_and_is_a_copy_of_it(alice: Person, shop: Site) -> None:
    conditions = (("ipMask", "203.0.113.0/24"), ("userAgent", "Browser"))
    handle = make(alice, "restrict", *conditions, site=shop, description="Why", group="G", pow_difficulty=6)
    hit = winner(shop, VISITOR)
    assert hit is not None
    assert (hit.handle, hit.type, hit.level, hit.raises_by, hit.defers_to_verify, hit.description) == (
        handle,
        RuleType.RESTRICT,
        160,
        0,
        False,
        "Why",
    )
    assert hit.snapshot == {
        "userScopeHash": handle,
        "type": "restrict",
        "description": "Why",
        "conditions": [{"field": field, "value": value} for field, value in conditions],
        "siteKey": shop.site_key,
        "ruleGroupId": "G",
        "captchaType": None,
        "powDifficulty": 6,
        "deferToVerify": False,
    }


@pytest.mark.parametrize(("captcha_type", "levels"), [("", 16), ("pow", 16), ("puzzle", 24), ("image", 32)])
def test_a_restrict_without_a_difficulty_adds_work_by_its_harshness(
    alice: Person, shop: Site, captcha_type: str, levels: int
) -> None:
    make(alice, "restrict", ("ip", "203.0.113.7"), captcha_type=captcha_type)
    hit = winner(shop, VISITOR)
    assert hit is not None
    assert (hit.level, hit.raises_by) == (None, levels)


@pytest.mark.parametrize(
    ("field", "value", "visitor"),
    [
        ("ip", "203.0.113.8", VISITOR),
        ("ipMask", "2001:db8::/32", VISITOR),
        ("ipMask", "203.0.113.0/24", Visitor("2001:db8::7")),
        ("userId", "u1", VISITOR),
        ("ja4Hash", "t13", VISITOR),
        ("userAgent", "Browser 2", VISITOR),
        ("countryCode", "FR", VISITOR),
        ("asn", "64497", VISITOR),
        ("ip", "203.0.113.7", Visitor("")),
        ("ipMask", "0.0.0.0/0", Visitor("no address")),
    ],
)
def test_a_condition_that_does_not_hold_keeps_the_rule_from_acting(
    alice: Person, shop: Site, field: str, value: str, visitor: Visitor
) -> None:
    make(alice, "block", (field, value))
    assert winner(shop, visitor) is None


def test_an_unknown_country_is_one_of_its_own_where_countries_are_known_at_all(
    alice: Person, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = make(alice, "block", ("countryCode", "ZZ"))
    nowhere = Visitor("203.0.113.7")
    assert winner(shop, nowhere) is None  # without a database nobody's country is known, and nobody is blocked
    monkeypatch.setattr(geography, "knows_countries", lambda: True)
    assert winning(shop, nowhere) == handle
    assert winner(shop, VISITOR) is None


def test_a_rule_acts_on_its_site_and_in_its_account_alone(alice: Person, dave: Person, shop: Site) -> None:
    blog = create_site(alice.actor, name="Blog", allowed_origins=["https://blog.example"]).site
    other = create_site(dave.actor, name="Other", allowed_origins=["https://other.example"]).site
    handle = make(alice, "block", ("ip", "203.0.113.7"), site=shop)
    assert [winning(site) for site in (shop, blog, other)] == [handle, "", ""]


def test_a_rule_whose_time_is_over_lets_the_next_one_act(alice: Person, shop: Site) -> None:
    short = make(alice, "block", ("ip", "203.0.113.7"), site=shop, expires_at=clock.now() + timedelta(hours=1))
    long = make(alice, "restrict", ("ip", "203.0.113.7"))
    assert winning(shop) == short
    with clock.at(clock.now() + timedelta(hours=1)):
        assert winning(shop) == long


def test_without_a_change_nothing_is_read_but_the_version(alice: Person, shop: Site) -> None:
    make(alice, "block", ("ip", "203.0.113.7"))
    winner(shop, VISITOR)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert winner(shop, VISITOR)
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        site = with_rules_version(Site.objects.all()).get(pk=shop.pk)
        assert winner(site, VISITOR)
    assert len(queries) == 1


def test_after_a_change_only_what_changed_is_read(alice: Person, shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    import_rules(
        alice.actor, lines=read_lines("\n".join(f"198.51.{n}.0/24" for n in range(50))), wanted=Wanted("block", [])
    )
    winner(shop, VISITOR)
    read: list[int] = []
    take = RuleIndex.take

    def counted(index: RuleIndex, rows: Any) -> None:
        found = list(rows)
        read.append(len(found))
        take(index, found)

    monkeypatch.setattr(RuleIndex, "take", counted)
    handle = make(alice, "block", ("ip", "203.0.113.7"))
    assert winning(shop) == handle
    rules.delete_rule(alice.actor, handle=handle)
    assert winning(shop) == ""
    assert read == [1, 1]


def test_a_rule_that_is_replaced_for_ever_takes_no_more_memory() -> None:
    index, values = RuleIndex(), ("203.0.113.7", *[""] * (len(COLUMNS) - 1))
    for number in range(3 * SPARE_OPTIONS):
        row = (1, None, *values, "block", f"Description {number}", "", "", None, False, clock.now(), None, None)
        index.take([row])

    assert len(index) == 1
    assert len(index._options) <= SPARE_OPTIONS + 3
    found = index.best(1, {Field.IP: "203.0.113.7"}, lambda _: True)
    assert found is not None
    assert found.entry.options.description == f"Description {3 * SPARE_OPTIONS - 1}"


def test_a_process_lets_go_of_the_accounts_that_nobody_asks_for(
    alice: Person, dave: Person, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_site(dave.actor, name="Other", allowed_origins=["https://other.example"]).site
    mine, theirs = make(alice, "block", ("ip", "203.0.113.7")), make(dave, "block", ("ip", "203.0.113.7"))
    matching.forget_all()
    monkeypatch.setattr(matching, "MOST_RULES_IN_MEMORY", 1)
    for site, handle in ((shop, mine), (other, theirs), (shop, mine)):
        assert winning(site) == handle
        assert set(matching._held) == {site.account_id}


def test_an_older_copy_of_the_database_is_read_whole(
    alice: Person, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restore: the version in memory is one that the database does not know yet."""
    handle = make(alice, "block", ("ip", "203.0.113.7"))
    matching._held[shop.account_id] = matching._Held(version=10**6, whole_at=time.monotonic())
    monkeypatch.setattr(matching, "BEHIND_FOR_SECONDS", -1.0)
    assert winning(shop) == handle


def test_the_losers_say_why(alice: Person, shop: Site) -> None:
    now = clock.now()
    with clock.at(now - timedelta(hours=3)):
        over = make(alice, "block", ("countryCode", "DE"), ("asn", "64496"), expires_at=now - timedelta(hours=1))
        older = make(alice, "restrict", ("ip", "203.0.113.7"), ("userAgent", "Browser"), captcha_type="image")
    milder = make(alice, "restrict", ("ip", "203.0.113.7"), ("countryCode", "DE"), captcha_type="pow")
    best = make(alice, "restrict", ("ip", "203.0.113.7"), site=shop, captcha_type="image")
    vague = make(alice, "block", ("ip", "203.0.113.7"))
    told = [(one.rule.handle, one.wins, one.reason) for one in explain(shop, VISITOR)]
    assert told == [
        (best, True, "It is as specific and as harsh as the next (2 points, restrict (image)), and newer."),
        (older, False, "It is as specific and as harsh (2 points, restrict (image)), and older."),
        (
            milder,
            False,
            "It is as specific (2 points), and milder: restrict (proof of work) against restrict (image).",
        ),
        (vague, False, "It is less specific: 1 point against 2 points."),
        (over, False, f"It expired at {now - timedelta(hours=1):%Y-%m-%d %H:%M} UTC."),
    ]


def test_a_change_made_in_one_process_acts_in_another_at_its_next_request(
    alice: Person, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process has in memory is `_held`: two of them take turns."""
    here, there = matching._held, type(matching._held)()
    kept = make(alice, "restrict", ("asn", "64496"))
    for memory in (here, there):
        monkeypatch.setattr(matching, "_held", memory)
        assert winning(shop) == kept
    monkeypatch.setattr(matching, "_held", here)
    handle = make(alice, "block", ("ip", "203.0.113.7"))
    assert winning(shop) == handle
    monkeypatch.setattr(matching, "_held", there)
    assert winning(shop) == handle
    rules.delete_rule(alice.actor, handle=handle)
    monkeypatch.setattr(matching, "_held", here)
    assert winning(shop) == kept
