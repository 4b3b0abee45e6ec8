"""Making, replacing, deleting and restoring rules: who may, what is stored, and that the next request knows."""

from datetime import timedelta
from typing import Any

import pytest

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.actor import Actor
from apps.permissions.refusals import Forbidden, Invalid
from apps.protection import matching, rules
from apps.protection.rule_access import NoSuchGroup, NoSuchRule
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_housekeeping import purge_rules
from apps.protection.rule_models import Rule
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from apps.tasks.running import run_task
from tests.people import Person

IP = [("ip", "203.0.113.7")]
VISITOR = Visitor("203.0.113.7", "Browser", user_id="u1")


def block(actor: Actor, site: Site | None = None, conditions: Any = IP, **more: Any) -> rules.Made:
    wanted = Wanted("block", conditions, **more)
    return rules.create_rule(actor, wanted=wanted, site_key=site.site_key if site else "")


def acting(site: Site, visitor: Visitor = VISITOR) -> str:
    hit = matching.winner(site, visitor)
    return hit.handle if hit else ""


def last_action() -> str:
    return AuditEvent.objects.latest("pk").action


def test_a_rule_acts_at_the_next_request_and_no_more_once_it_is_deleted(alice: Person, shop: Site) -> None:
    assert acting(shop) == ""
    made = block(alice.actor)
    assert acting(shop) == made.rule.handle
    rules.delete_rule(alice.actor, handle=made.rule.handle)
    assert acting(shop) == ""
    rules.restore_rule(alice.actor, handle=made.rule.handle)
    assert acting(shop) == made.rule.handle


def test_the_same_scope_again_replaces_the_rule_and_says_so(alice: Person, shop: Site) -> None:
    first = block(alice.actor, shop, [("countryCode", "de"), ("ip", "203.0.113.7")])
    wanted = Wanted("restrict", [("ip", "::ffff:203.0.113.7"), ("countryCode", "DE")], pow_difficulty=6)
    second = rules.create_rule(alice.actor, wanted=wanted, site_key=str(shop.key))
    assert (first.replaces, second.replaces) == (False, True)
    assert first.rule.handle == second.rule.handle
    assert Rule.objects.get().type == "restrict"
    assert last_action() == "rule.replaced"
    assert AuditEvent.objects.latest("pk").changes["type"] == ["block", "restrict"]


def test_a_scope_is_unique_in_the_account_and_free_in_another(alice: Person, dave: Person, shop: Site) -> None:
    assert block(alice.actor).rule.handle == block(dave.actor).rule.handle
    assert block(alice.actor, shop).rule.handle != block(alice.actor).rule.handle
    assert Rule.objects.count() == 3


@pytest.mark.parametrize(
    ("conditions", "is_deferred", "effect"),
    [
        ([("ip", "203.0.113.8")], False, "Gives no challenge"),
        ([("ip", "203.0.113.8")], True, "Refuses the solution"),
        ([("userId", "mallory"), ("ip", "203.0.113.8")], False, "Refuses the solution"),
    ],
)
def test_a_block_says_whether_it_gives_no_challenge_or_refuses_the_solution(
    alice: Person, conditions: list[tuple[str, str]], is_deferred: bool, effect: str
) -> None:
    rules.create_rule(alice.actor, wanted=Wanted("block", conditions, defers_to_verify=is_deferred))

    assert Rule.objects.get().effect_in_words == effect


def test_values_are_stored_in_their_canonical_spelling(alice: Person) -> None:
    given = [("ipMask", "203.0.113.77/24"), ("countryCode", "unknown"), ("asn", "AS0064496"), ("userAgent", "a\x07b")]
    rule = block(alice.actor, None, given).rule
    values = {"ipMask": "203.0.113.0/24", "countryCode": "ZZ", "asn": "64496", "userAgent": "ab"}
    assert {str(field): value for field, value in rule.conditions.items()} == values
    assert block(alice.actor, None, [("ipMask", "::ffff:203.0.113.0/120")]).rule.ip_mask == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("conditions", Wanted("block", [])),
        ("conditions", Wanted("block", [("colour", "red")])),
        ("conditions", Wanted("block", [("ip", "203.0.113.7"), ("ip", "203.0.113.8")])),
        ("ip", Wanted("block", [("ip", "203.0.113.0/24")])),
        ("ipMask", Wanted("block", [("ipMask", "203.0.113.0/33")])),
        ("countryCode", Wanted("block", [("countryCode", "DEU")])),
        ("asn", Wanted("block", [("asn", "0")])),
        ("userId", Wanted("block", [("userId", "x" * 301)])),
        ("userAgent", Wanted("block", [("userAgent", "\x01\x02 \u200b")])),  # nothing of it is left: everybody
        ("type", Wanted("allow", IP)),
        ("powDifficulty", Wanted("block", IP, pow_difficulty=4)),
        ("captchaType", Wanted("block", IP, captcha_type="pow")),
        ("captchaType", Wanted("restrict", IP, captcha_type="sliding")),
        ("powDifficulty", Wanted("restrict", IP, pow_difficulty=9)),
        ("imageThreshold", Wanted("restrict", IP, image_threshold=1.5)),
        ("solvedImagesCount", Wanted("restrict", IP, solved_images_count=0)),
        ("deferToVerify", Wanted("restrict", IP, defers_to_verify=True)),
        ("expiry", Wanted("block", IP, expires_at=clock.now() - timedelta(seconds=1))),
        ("expiry", Wanted("block", IP, expires_at=clock.now() + timedelta(days=4000))),
        ("ruleGroupId", Wanted("block", IP, group="x" * 65)),
        ("ruleGroupId", Wanted("block", IP, group="..")),
        ("ruleGroupId", Wanted("block", IP, group="mine/../theirs")),
        ("description", Wanted("block", IP, description="x" * 301)),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_stored(alice: Person, field: str, wanted: Wanted) -> None:
    with pytest.raises(Invalid) as refused:
        rules.create_rule(alice.actor, wanted=wanted)
    assert set(refused.value.errors) == {field}
    assert not Rule.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(alice: Person) -> None:
    with pytest.raises(Invalid) as refused:
        rules.create_rule(alice.actor, wanted=Wanted("x", [], description="x" * 301))
    assert set(refused.value.errors) == {"type", "conditions", "description"}


def test_a_member_makes_rules_for_sites_that_they_may_write_and_for_no_others(
    bob: Person, carol: Person, shop: Site
) -> None:
    assert block(carol.actor, shop).rule.site == shop
    with pytest.raises(Forbidden, match="read the site"):
        block(bob.actor, shop)
    with pytest.raises(Forbidden, match="only owners and admins"):
        block(carol.actor)


def test_a_member_sees_but_does_not_delete_a_rule_of_the_whole_account(alice: Person, carol: Person) -> None:
    made = block(alice.actor)
    assert list(rules.list_rules(carol.actor)) == [made.rule]
    with pytest.raises(Forbidden):
        rules.delete_rule(carol.actor, handle=made.rule.handle)
    assert AuditEvent.objects.latest("pk").target_id == made.rule.handle


def test_a_stranger_is_told_of_no_rule(alice: Person, dave: Person) -> None:
    made = block(alice.actor)
    for change in (rules.delete_rule, rules.restore_rule):
        with pytest.raises(NoSuchRule):
            change(dave.actor, handle=made.rule.handle)


def test_deleting_again_changes_nothing_and_an_unknown_rule_is_not_found(alice: Person) -> None:
    made = block(alice.actor)
    rules.delete_rule(alice.actor, handle=made.rule.handle)
    events = AuditEvent.objects.count()
    rules.delete_rule(alice.actor, handle=made.rule.handle)
    assert AuditEvent.objects.count() == events
    with pytest.raises(NoSuchRule):
        rules.delete_rule(alice.actor, handle="0" * 64)


def test_a_rule_that_gets_another_scope_leaves_none_behind(alice: Person, shop: Site) -> None:
    old = block(alice.actor, shop)
    moved = Wanted("block", [("ip", "203.0.113.8")])
    new = rules.change_rule(alice.actor, handle=old.rule.handle, wanted=moved, site_key=shop.site_key)
    assert [rule.handle for rule in rules.list_rules(alice.actor)] == [new.rule.handle]
    assert acting(shop) == ""
    assert acting(shop, Visitor("203.0.113.8")) == new.rule.handle


def test_a_group_is_deleted_by_a_task_and_nothing_else(alice: Person, shop: Site) -> None:
    block(alice.actor, group="A")
    block(alice.actor, shop, group="A")
    kept = block(alice.actor, None, [("ip", "203.0.113.9")], group="B")
    assert [(group.name, group.count) for group in rules.list_groups(alice.actor)] == [("A", 2), ("B", 1)]
    task = rules.start_group_deletion(alice.actor, group="A")
    assert acting(shop) != ""
    run_task.call(str(task.pk))
    assert task.items.get().result == {"name": "A", "rules": 2}
    assert list(rules.list_rules(alice.actor)) == [kept.rule]
    assert acting(shop) == ""
    assert last_action() == "rule_group.deleted"
    with pytest.raises(NoSuchGroup):
        rules.start_group_deletion(alice.actor, group="C")


def test_a_group_with_one_rule_beyond_reach_stays_whole(alice: Person, carol: Person, shop: Site) -> None:
    block(alice.actor, group="A")
    block(carol.actor, shop, group="A")
    with pytest.raises(Forbidden):
        rules.delete_rule_group(carol.actor, group="A")
    assert Rule.objects.kept().count() == 2


def test_an_account_has_only_so_many_rules_and_expired_ones_make_room(alice: Person, shop: Site, settings: Any) -> None:
    settings.MOST_RULES_PER_ACCOUNT = 2
    block(alice.actor, expires_at=clock.now() + timedelta(hours=1))
    block(alice.actor, shop)
    with pytest.raises(rules.TooManyRules, match="at most 2 rules"):
        block(alice.actor, shop, [("asn", "64496")])
    assert block(alice.actor, shop).replaces
    with clock.at(clock.now() + timedelta(hours=2)):
        block(alice.actor, shop, [("asn", "64496")])
    assert Rule.objects.kept().count() == 2


def test_rules_are_purged_a_week_after_they_went(alice: Person) -> None:
    gone, over, kept = (block(alice.actor, None, [("asn", str(number))]) for number in (1, 2, 3))
    rules.delete_rule(alice.actor, handle=gone.rule.handle)
    Rule.objects.filter(pk=over.rule.pk).update(expires_at=clock.now() + timedelta(hours=1))
    with clock.at(clock.now() + timedelta(days=6)):
        assert purge_rules.call() == 0
    with clock.at(clock.now() + timedelta(days=8)):
        assert purge_rules.call() == 2
    assert list(Rule.objects.all()) == [kept.rule]
