"""Sixteen who make, replace and delete access rules at once: a scope, a limit and the next request hold exactly."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from apps.audit.chain import verify_chain
from apps.protection import matching
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_models import Rule, RuleBook
from apps.protection.rules import TooManyRules, create_rule, delete_rule
from apps.protection.suggestions import apply_suggestions
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from tests.authorization.rule_things import rule_things
from tests.people import Person
from tests.races.together import THREADS, failures, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_16_who_make_one_scope_one_makes_it_and_the_others_replace_it(alice: Person) -> None:
    actor = alice.actor
    wanted = Wanted("block", [("ip", "203.0.113.7")])
    results = together([partial(create_rule, actor, wanted=wanted)] * THREADS)
    assert sorted(made.replaces for made in succeeded(results)) == [False] + [True] * (THREADS - 1)
    assert Rule.objects.get().version == RuleBook.objects.get().version == THREADS
    assert verify_chain(alice.account.pk).is_intact


def test_at_one_below_the_limit_16_rules_make_one(alice: Person, settings: Any) -> None:
    settings.MOST_RULES_PER_ACCOUNT = 1
    actor = alice.actor
    wanted = [Wanted("block", [("asn", str(number + 1))]) for number in range(THREADS)]
    results = together([partial(create_rule, actor, wanted=one) for one in wanted])
    assert len(succeeded(results)) == 1
    assert {type(error) for error in failures(results)} == {TooManyRules}
    assert Rule.objects.kept().count() == 1


def test_a_suggestion_that_16_apply_becomes_one_rule(alice: Person, shop: Site) -> None:
    suggestion_id = rule_things(alice, shop)["suggestion_id"]
    work = partial(apply_suggestions, alice.actor, suggestion_ids=[UUID(suggestion_id)], expires_at=None)
    results = together([work] * THREADS)
    assert sorted(len(applied.rules) for applied in succeeded(results)) == [0] * (THREADS - 1) + [1]


def test_whoever_asks_after_a_change_finds_it_while_others_change_and_ask(alice: Person, shop: Site) -> None:
    """Each makes a rule of its own, asks, deletes it, and asks again; all share what this process has in memory."""
    actor = alice.actor

    def change_and_ask(number: int) -> tuple[bool, bool]:
        visitor = Visitor(f"203.0.113.{number}")
        rule = create_rule(actor, wanted=Wanted("block", [("ip", visitor.address)])).rule
        acts = matching.winner(shop, visitor) is not None
        delete_rule(actor, handle=rule.handle)
        return acts, matching.winner(shop, visitor) is None

    results = together([partial(change_and_ask, number) for number in range(THREADS)])
    assert results == [(True, True)] * THREADS
