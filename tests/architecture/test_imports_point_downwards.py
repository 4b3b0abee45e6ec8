"""Dependencies point downwards: between apps, between the layers of an app, and never in a circle.

The order of the apps and of the layers stands here. A module that is new and named in no layer counts as a
translation (a view, a command, a form), which nothing below may import.
"""

import ast

import pytest

from tests.architecture.code import ROOT, functions, imports, modules

APPS = (
    {"credentials", "listing", "counting"},
    {"audit"},
    {"permissions"},
    {"accounts"},
    {"credits"},
    {"sites"},
    {"api_keys"},
    {"ocr"},
    {"tasks"},
    {"protection"},
    {"api"},
    {"dashboard"},
)

# The log is written below everybody, and read through operations and pages that stand above those who may read it.
RAISED = {
    "apps.audit.operations": "permissions",
    "apps.audit.views": "accounts",
    "apps.audit.urls": "accounts",
}

VOCABULARY, MODELS, ACCESS, OPERATIONS, TRANSLATION = range(5)
LAYERS = {
    "apps": VOCABULARY,
    "apps.credentials": VOCABULARY,
    "apps.credentials.base62": VOCABULARY,
    "apps.credentials.files": VOCABULARY,
    "apps.credentials.format": VOCABULARY,
    "apps.credentials.last_use": MODELS,
    "apps.credentials.overlap": VOCABULARY,
    "apps.credentials.peppers": VOCABULARY,
    "apps.credentials.plain": VOCABULARY,
    "apps.credentials.scanning": VOCABULARY,
    "apps.audit.actions": VOCABULARY,
    "apps.audit.clock": VOCABULARY,
    "apps.audit.differences": VOCABULARY,
    "apps.permissions.catalogue": VOCABULARY,
    "apps.permissions.roles": VOCABULARY,
    "apps.accounts.browsers": VOCABULARY,
    "apps.accounts.encryption": VOCABULARY,
    "apps.accounts.hashing": VOCABULARY,
    "apps.sites.difficulty": VOCABULARY,
    "apps.sites.site_key": VOCABULARY,
    "apps.listing.chart": VOCABULARY,
    "apps.listing.csv_lines": VOCABULARY,
    "apps.listing.csv_reading": VOCABULARY,
    "apps.listing.days": VOCABULARY,
    "apps.listing.keyset": MODELS,
    "apps.counting": VOCABULARY,
    "apps.counting.addresses": VOCABULARY,
    "apps.counting.flushing": MODELS,
    "apps.counting.tally": VOCABULARY,
    "apps.counting.upsert": MODELS,
    "apps.audit.models": MODELS,
    "apps.audit.append_only": MODELS,
    "apps.audit.chain": MODELS,
    "apps.audit.record": MODELS,
    "apps.audit.source": MODELS,
    "apps.audit.export": MODELS,
    "apps.permissions.actor": MODELS,
    "apps.permissions.models": MODELS,
    "apps.permissions.naming": MODELS,
    "apps.permissions.refusals": MODELS,
    "apps.accounts.models": MODELS,
    "apps.accounts.features": MODELS,
    "apps.sites.models": MODELS,
    "apps.sites.origins": MODELS,
    "apps.sites.request_models": MODELS,
    "apps.api_keys.models": MODELS,
    "apps.api_keys.networks": MODELS,
    "apps.api_keys.notice_models": MODELS,
    "apps.api_keys.usage_models": MODELS,
    "apps.api_keys.usage_store": MODELS,
    "apps.api_keys.scope": VOCABULARY,
    "apps.api_keys.choice": ACCESS,
    "apps.api_keys.network_check": MODELS,
    "apps.api_keys.portrait": ACCESS,
    "apps.protection.conditions": MODELS,
    "apps.protection.devices": MODELS,
    "apps.protection.countries": MODELS,
    "apps.protection.test_keys": VOCABULARY,
    "apps.protection.claims": VOCABULARY,
    "apps.protection.asking": OPERATIONS,
    "apps.protection.geography": ACCESS,
    "apps.protection.rule_checks": OPERATIONS,
    "apps.protection.idle_rules": ACCESS,
    "apps.protection.issuing": OPERATIONS,
    "apps.protection.matching": ACCESS,
    "apps.protection.models": MODELS,
    "apps.protection.outcomes": VOCABULARY,
    "apps.protection.pace": MODELS,
    "apps.protection.record_drafts": MODELS,
    "apps.protection.proposing": OPERATIONS,
    "apps.protection.record_models": MODELS,
    "apps.protection.record_notes": MODELS,
    "apps.protection.recording": MODELS,
    "apps.protection.records": OPERATIONS,
    "apps.protection.repeats": VOCABULARY,
    "apps.protection.retention": MODELS,
    "apps.protection.spans": VOCABULARY,
    "apps.protection.traffic": OPERATIONS,
    "apps.protection.recording_store": MODELS,
    "apps.protection.rule_access": ACCESS,
    "apps.protection.rule_drafts": MODELS,
    "apps.protection.rule_imports": OPERATIONS,
    "apps.protection.rule_index": MODELS,
    "apps.protection.rule_models": MODELS,
    "apps.protection.rules": OPERATIONS,
    "apps.protection.sealing": VOCABULARY,
    "apps.protection.signed_facts": VOCABULARY,
    "apps.protection.signing": VOCABULARY,
    "apps.protection.solutions": VOCABULARY,
    "apps.protection.spent_models": MODELS,
    "apps.protection.suggestion_models": MODELS,
    "apps.protection.suggestions": OPERATIONS,
    "apps.protection.traffic_models": MODELS,
    "apps.protection.trial": OPERATIONS,
    "apps.protection.verdicts": VOCABULARY,
    "apps.protection.verifying": OPERATIONS,
    "apps.protection.visitors": VOCABULARY,
    "apps.protection.work": VOCABULARY,
    "apps.tasks.kinds": VOCABULARY,
    "apps.tasks.models": MODELS,
    "apps.tasks.access": ACCESS,
    "apps.tasks.actors": ACCESS,
    "apps.tasks.site_work": OPERATIONS,
    "apps.tasks.running": OPERATIONS,
    "apps.tasks.work": OPERATIONS,
    "apps.tasks.bulk_models": MODELS,
    "apps.tasks.bulk_columns": MODELS,
    "apps.tasks.bulk_lines": ACCESS,
    "apps.accounts.actors": ACCESS,
    "apps.accounts.second_factor": ACCESS,
    "apps.accounts.seeds": ACCESS,
    "apps.sites.access": ACCESS,
    "apps.sites.verification": ACCESS,
    "apps.api_keys.access": ACCESS,
    "apps.api_keys.authentication": ACCESS,
    "apps.api_keys.grant": ACCESS,
    "apps.permissions.operation": OPERATIONS,
    "apps.credits.models": MODELS,
    "apps.credits.ledger": ACCESS,
    "apps.credits.append_only": MODELS,
    "apps.credits.checking": ACCESS,
    "apps.credits.operations": OPERATIONS,
    "apps.ocr.image_header": VOCABULARY,
    "apps.ocr.wishes": VOCABULARY,
    "apps.ocr.engine": VOCABULARY,
    "apps.ocr.images": MODELS,
    "apps.ocr.models": MODELS,
    "apps.ocr.access": ACCESS,
    "apps.ocr.running": OPERATIONS,
    "apps.ocr.operations": OPERATIONS,
    "apps.ocr.reading": OPERATIONS,
    "apps.credits.spending": OPERATIONS,
    "apps.audit.operations": OPERATIONS,
    "apps.accounts.operations": OPERATIONS,
    "apps.accounts.invitations": OPERATIONS,
    "apps.accounts.team": OPERATIONS,
    "apps.sites.settings": MODELS,
    "apps.sites.limits": ACCESS,
    "apps.sites.operations": OPERATIONS,
    "apps.sites.organizations": OPERATIONS,
    "apps.sites.reporting": OPERATIONS,
    "apps.sites.purging": OPERATIONS,
    "apps.sites.requests": OPERATIONS,
    "apps.sites.retirement": OPERATIONS,
    "apps.sites.secrets": OPERATIONS,
    "apps.sites.sharing": OPERATIONS,
    "apps.api_keys.notices": OPERATIONS,
    "apps.api_keys.operations": OPERATIONS,
    "apps.api_keys.retirement": OPERATIONS,
    "apps.api_keys.revocation": OPERATIONS,
    "apps.api_keys.life": OPERATIONS,
    "apps.api_keys.usage": OPERATIONS,
    "apps.api_keys.usage_reading": OPERATIONS,
}
SELF_CONTAINED = {"apps.permissions.catalogue", "apps.audit.actions", "apps.audit.clock", "apps.credentials.base62"}
IN_FUNCTIONS = {
    "apps.accounts.apps": {"apps.accounts"},
    "apps.protection.apps": {"apps.protection", "apps.protection.geography", "apps.tasks", "apps.tasks.kinds"},
    "apps.sites.apps": {"apps.sites"},
}
"""Imports inside a function that must be there: what runs once models are loaded."""


def app_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def height(name: str) -> float:
    """How high a module stands: where its app does, or just above the app that it is raised over."""
    app = RAISED.get(name, app_of(name))
    level = next((level for level, apps in enumerate(APPS) if app in apps), -1)  # the package `apps` is the ground
    return level + (0.5 if name in RAISED else 0)


def layer(name: str) -> int:
    return LAYERS.get(name, TRANSLATION)


def test_every_app_has_a_place_in_the_order() -> None:
    placed = set().union(*APPS)
    assert {app_of(name) for name in modules()} - {""} == placed


def test_every_named_module_exists() -> None:
    assert {*LAYERS, *RAISED, *IN_FUNCTIONS, *SELF_CONTAINED} <= set(modules())


def test_a_module_imports_only_from_its_app_and_those_below() -> None:
    others = {(name, other) for name in modules() for other in imports(name) if app_of(other) != app_of(name)}
    assert {(name, other) for name, other in others if height(other) >= height(name)} == set()


def test_a_module_imports_only_from_its_layer_and_those_below() -> None:
    assert {(name, other) for name in modules() for other in imports(name) if layer(other) > layer(name)} == set()


@pytest.mark.parametrize("name", sorted(SELF_CONTAINED))
def test_the_innermost_vocabulary_imports_nothing_of_ours(name: str) -> None:
    assert not imports(name)


def test_the_audit_log_knows_nobody() -> None:
    """Targets are kind, id and a frozen label: the log never asks what a site or a key is."""
    below = [name for name in modules() if app_of(name) == "audit" and name not in RAISED]
    assert {app_of(imported) for name in below for imported in imports(name)} <= {"audit", "listing"}


def test_no_two_modules_import_each_other() -> None:
    """Nor any three, nor more: there is an order in which all modules could be loaded."""
    waiting = {name: set(imports(name)) for name in modules()}
    while free := [name for name, needed in waiting.items() if not needed]:
        for name in free:
            del waiting[name]
        for needed in waiting.values():
            needed.difference_update(free)
    assert not waiting, f"circles among {sorted(waiting)}"


def test_imports_stand_at_the_top_of_a_module() -> None:
    inside = {
        (name, node.module if isinstance(node, ast.ImportFrom) else node.names[0].name)
        for name, tree in modules().items()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert inside == {(name, imported) for name, all_of_it in IN_FUNCTIONS.items() for imported in all_of_it}


def test_apps_do_not_import_the_configuration_or_the_tests() -> None:
    """They read `django.conf.settings`; only a command, which starts things, may look at the environment itself."""
    outside = {
        (name, str(node.module))
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in {"config", "tests"}
    }
    starting = {("config.environment", True)}
    assert {(module, ".management.commands." in name) for name, module in outside} <= starting, outside


def test_the_tests_of_this_file_see_the_code() -> None:
    assert "apps.audit.record" in imports("apps.sites.operations")
    assert (ROOT / "manage.py").exists()
