"""Rules from a list of addresses and networks."""

import time
from collections.abc import Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.permissions.refusals import Forbidden, Invalid
from apps.protection import matching, rule_imports, rules
from apps.protection.conditions import Field, handle_of
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_imports import MOST_LINES, import_rules, read_lines
from apps.protection.rule_models import Rule
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from tests.people import Person

LIST = """# a blocklist
203.0.113.9/24   ; SBL1

2001:DB8::/32
198.51.100.7 # one address
nonsense
203.0.113.0/24
203.0.113.0/99
::ffff:192.0.2.0/120
"""
BLOCK = Wanted("block", [], description="From a list")


def test_each_line_is_judged_by_itself() -> None:
    assert [(line.number, line.value, line.problem[:26]) for line in read_lines(LIST)] == [
        (2, "203.0.113.0/24", ""),
        (4, "2001:db8::/32", ""),
        (5, "198.51.100.7", ""),
        (6, "", "“nonsense” is no IP addres"),
        (7, "203.0.113.0/24", "The same as line 2."),
        (8, "", "“203.0.113.0/99” is no net"),
        (9, "192.0.2.0/24", ""),
    ]
    assert [line.number for line in read_lines(LIST) if line.is_rewritten] == [2, 9]


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(Invalid, match="20,000 lines"):
        read_lines("192.0.2.1\n" * (MOST_LINES + 1))


def test_a_line_of_blanks_costs_no_more_than_its_length() -> None:
    begun_at = time.process_time()
    [line] = read_lines(" " * 100_000 + "x" + "\t" * 100_000 + "y # nothing\n")

    assert not line.is_good
    assert time.process_time() - begun_at < 1.0


def test_the_good_lines_become_rules_of_one_group_with_one_event(alice: Person, shop: Site) -> None:
    made = import_rules(alice.actor, lines=read_lines(LIST), wanted=BLOCK, site_key=shop.site_key)
    assert (made.created, made.replaced) == (4, 0)
    assert [(group.name, group.count) for group in rules.list_groups(alice.actor)] == [(made.group, 4)]
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.target_id) == ("rules.imported", made.group)
    assert (event.changes["created"], event.changes["site"]) == ([None, 4], [None, "Shop"])
    for address in ("203.0.113.200", "2001:db8::1", "198.51.100.7", "192.0.2.3"):
        hit = matching.winner(shop, Visitor(address))
        assert hit is not None
        assert hit.handle == Rule.objects.get(handle=hit.handle).handle


def test_an_import_again_replaces_what_is_there_and_brings_back_what_was_deleted(alice: Person, shop: Site) -> None:
    first = import_rules(alice.actor, lines=read_lines(LIST), wanted=BLOCK)
    rules.delete_rule(alice.actor, handle=Rule.objects.get(ip="198.51.100.7").handle)
    matching.winner(shop, Visitor("198.51.100.7"))
    other = Wanted("restrict", [], group="other")
    second = import_rules(alice.actor, lines=read_lines(LIST), wanted=other)
    assert (second.created, second.replaced) == (1, 3)
    assert Rule.objects.filter(group=first.group).count() == 0
    assert set(Rule.objects.values_list("type", "group", "deleted_at")) == {("restrict", "other", None)}
    hit = matching.winner(shop, Visitor("198.51.100.7"))
    assert hit is not None
    assert hit.type == "restrict"


def test_nothing_is_made_of_a_list_without_a_good_line_or_beyond_the_limit(alice: Person, settings: object) -> None:
    with pytest.raises(Invalid, match="No line"):
        import_rules(alice.actor, lines=read_lines("nonsense"), wanted=BLOCK)
    settings.MOST_RULES_PER_ACCOUNT = 3  # type: ignore[attr-defined]
    with pytest.raises(rules.TooManyRules):
        import_rules(alice.actor, lines=read_lines(LIST), wanted=BLOCK)
    assert not Rule.objects.exists()


def test_a_member_imports_for_a_site_that_they_may_write_alone(carol: Person, shop: Site) -> None:
    with pytest.raises(Forbidden):
        import_rules(carol.actor, lines=read_lines(LIST), wanted=BLOCK)
    assert import_rules(carol.actor, lines=read_lines(LIST), wanted=BLOCK, site_key=shop.site_key).created == 4


def test_thousands_of_lines_are_taken_at_once(alice: Person, shop: Site) -> None:
    text = "\n".join(f"10.{number // 256}.{number % 256}.0/24" for number in range(5000))
    made = import_rules(alice.actor, lines=read_lines(text), wanted=BLOCK)
    assert made.created == 5000
    assert matching.winner(shop, Visitor("10.19.135.7")) is not None
    assert matching.winner(shop, Visitor("10.19.136.7")) is None


@pytest.mark.django_db(transaction=True)
def test_a_list_is_made_ready_before_anybody_has_to_wait(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite one writes at a time, and a verification waits for it."""
    inside: list[bool] = []

    def hashing(conditions: Mapping[Field, str], site_key: str) -> str:
        inside.append(connection.in_atomic_block)
        return handle_of(conditions, site_key)

    monkeypatch.setattr(rule_imports, "handle_of", hashing)
    import_rules(alice.actor, lines=read_lines(LIST), wanted=BLOCK)
    assert inside == [False] * 4


def test_a_list_is_written_in_few_statements(alice: Person) -> None:
    text = "\n".join(f"10.{number // 256}.{number % 256}.0/24" for number in range(2000))
    with CaptureQueriesContext(connection) as queries:
        import_rules(alice.actor, lines=read_lines(text), wanted=BLOCK)
    assert sum("INSERT" in query["sql"] for query in queries) <= 8
    assert len(queries) <= 24


def test_each_spelling_of_a_site_key_makes_the_same_rules(alice: Person, shop: Site) -> None:
    import_rules(alice.actor, lines=read_lines(LIST), wanted=BLOCK, site_key=shop.site_key)
    again = import_rules(alice.actor, lines=read_lines(LIST), wanted=BLOCK, site_key=shop.key.hex)
    assert (again.created, again.replaced) == (0, 4)
    [rule] = Rule.objects.filter(ip="198.51.100.7")
    assert rule.handle == handle_of(rule.conditions, shop.site_key)


def test_an_imported_rule_is_in_every_column_like_one_that_was_made_alone(alice: Person, shop: Site) -> None:
    wanted = Wanted("restrict", [("ip", "198.51.100.7")], "Why", "many", captcha_type="pow", image_threshold=0.5)
    import_rules(alice.actor, lines=read_lines("198.51.100.7"), wanted=wanted, site_key=shop.site_key)
    [imported] = Rule.objects.values()
    rules.create_rule(alice.actor, wanted=wanted, site_key=shop.site_key)
    [made] = Rule.objects.values()
    before: dict[str, object] = {**imported}
    differ = {name for name, value in made.items() if value != before[name]}
    assert differ == {"created_at", "version"}
