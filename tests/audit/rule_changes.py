"""Calls of every operation that changes access rules or suggestions; the things are those of the matrix."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from apps.protection import rules
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_imports import import_rules, read_lines
from apps.protection.suggestions import apply_suggestions, dismiss_suggestion
from apps.tasks.work import delete_rule_groups

ANOTHER = Wanted("restrict", [("asn", 64496)], pow_difficulty=5)
SAME = Wanted("restrict", [("ip", "203.0.113.7")], pow_difficulty=5)


def _suggestion(world: Any) -> UUID:
    return UUID(world.rules["suggestion_id"])


RULE_CHANGES: dict[str, list[Callable[[Any], Any]]] = {
    "apps.protection.rules.create_rule": [
        lambda world: rules.create_rule(world.alice.actor, wanted=ANOTHER),
        lambda world: rules.create_rule(world.alice.actor, wanted=SAME, site_key=world.shop.site_key),
    ],
    "apps.protection.rules.change_rule": [
        lambda world: rules.change_rule(
            world.alice.actor, handle=world.rules["rule_handle"], wanted=ANOTHER, site_key=world.shop.site_key
        )
    ],
    "apps.protection.rules.delete_rule": [
        lambda world: rules.delete_rule(world.alice.actor, handle=world.rules["rule_handle"])
    ],
    "apps.protection.rules.restore_rule": [
        lambda world: rules.restore_rule(world.alice.actor, handle=world.rules["deleted_rule_handle"])
    ],
    "apps.protection.rules.delete_rule_group": [
        lambda world: rules.delete_rule_group(world.alice.actor, group=world.rules["rule_group"])
    ],
    "apps.protection.rules.start_group_deletion": [
        lambda world: rules.start_group_deletion(world.alice.actor, group=world.rules["rule_group"])
    ],
    "apps.tasks.work.delete_rule_groups": [
        lambda world: delete_rule_groups(world.alice.actor, inputs=[{"group": "any"}], title="Delete")
    ],
    "apps.protection.rule_imports.put_rules": [
        lambda world: import_rules(world.alice.actor, lines=read_lines("192.0.2.0/24"), wanted=Wanted("block", []))
    ],
    "apps.protection.suggestions.apply_suggestions": [
        lambda world: apply_suggestions(world.alice.actor, suggestion_ids=[_suggestion(world)], expires_at=None)
    ],
    "apps.protection.suggestions.dismiss_suggestion": [
        lambda world: dismiss_suggestion(world.alice.actor, suggestion_id=_suggestion(world))
    ],
}
