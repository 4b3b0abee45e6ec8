"""Every operation has a permission and, when it changes something, an audit action."""

import ast
import importlib

import pytest

from apps.audit.actions import Action
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.operation import OPERATIONS, SYSTEM_ONLY, OperationEntry, operation
from tests.architecture.code import Function, modules

MODULES = sorted(
    [name for name in modules() if name.endswith(".operations")]
    + ["apps.accounts.team", "apps.api_keys.life", "apps.sites.secrets", "apps.sites.sharing"]
    + ["apps.api_keys.retirement", "apps.api_keys.revocation", "apps.sites.reporting", "apps.sites.retirement"]
    + ["apps.tasks.work", "apps.api_keys.usage_reading", "apps.sites.organizations"]
    + ["apps.sites.purging", "apps.sites.requests", "apps.credits.spending", "apps.protection.asking"]
    + ["apps.protection.rules", "apps.protection.rule_imports", "apps.protection.suggestions"]
    + ["apps.protection.rule_checks"]
    + ["apps.protection.records", "apps.protection.traffic", "apps.protection.trial"]
)
for name in MODULES:
    importlib.import_module(name)

RECORDED_READING = {"apps.audit.operations.export_events"}
"""Needs a permission that only reads, and is an operation because that it was done is itself an event."""

SHOWN_TO_WHO_CAN_UNDO = {
    "apps.sites.operations.list_deleted_sites",
    "apps.sites.organizations.list_deleted_organizations",
}
"""Show only what whoever asks could bring back, so they need the permission for that."""

PARTS = {"apps.accounts.team.require_ownership_for", "apps.sites.secrets.make_secret"} | {
    "apps.accounts.operations.require_owner_to_switch",
    "apps.credits.operations.require_owner",
    "apps.protection.rules.put_rule",
    "apps.protection.rules.new_row",
}
"""Parts of several operations: each takes the actor, and leaves authorising and recording to who calls it."""


CHOOSES = {"apps.tasks.work.start_task", "apps.protection.rule_imports.import_rules"}
"""Calls an operation that it has chosen, or made everything ready for, and changes nothing itself."""


def entries(*, reading_only: bool) -> list[OperationEntry]:
    ours = [entry for entry in OPERATIONS.values() if entry.name.startswith("apps.")]
    return [entry for entry in ours if entry.reads_only == reading_only]


def takes_an_actor(function: Function) -> bool:
    first = function.args.args[0] if function.args.args else None
    return first is not None and isinstance(first.annotation, ast.Name) and first.annotation.id == "Actor"


def public_functions_with_an_actor(module: str) -> set[str]:
    found = [node for node in modules()[module].body if isinstance(node, ast.FunctionDef)]
    return {f"{module}.{node.name}" for node in found if not node.name.startswith("_") and takes_an_actor(node)}


@pytest.mark.parametrize("module", MODULES)
def test_a_public_function_that_takes_an_actor_is_an_operation(module: str) -> None:
    assert public_functions_with_an_actor(module)
    assert public_functions_with_an_actor(module) <= set(OPERATIONS) | PARTS | CHOOSES


def test_an_operation_needs_a_permission_of_the_catalogue() -> None:
    needed = {(entry.name, entry.permission) for entry in OPERATIONS.values() if entry.permission != SYSTEM_ONLY}
    assert {(name, permission) for name, permission in needed if permission not in CATALOGUE} == set()


def test_a_changing_operation_records_an_action() -> None:
    recorded = {entry.name: entry.actions for entry in entries(reading_only=False)}
    assert {name: actions for name, actions in recorded.items() if not actions or not set(actions) <= set(Action)} == {}


def test_a_changing_operation_needs_a_permission_that_writes() -> None:
    changing = [entry for entry in entries(reading_only=False) if entry.permission != SYSTEM_ONLY]
    weak = {entry.name for entry in changing if not CATALOGUE[entry.permission].writes}
    assert weak <= RECORDED_READING


def test_a_reading_operation_needs_a_permission_that_only_reads() -> None:
    strong = {entry.name for entry in entries(reading_only=True) if CATALOGUE[entry.permission].writes}
    assert strong == SHOWN_TO_WHO_CAN_UNDO


def test_a_permission_outside_the_catalogue_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="flyToTheMoon is not in the catalogue"):
        operation("flyToTheMoon", Action.SITE_CREATED)(lambda actor: None)


def test_every_action_is_used_somewhere() -> None:
    used = {
        node.attr
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Action"
    }
    assert {action.name for action in Action} <= used
