"""A URL without a row fails; so does a row without a URL, a principal without an outcome, a method not spoken of."""

import ast

import pytest

from apps.api.urls import CONTRACTS
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.operation import OPERATIONS, SYSTEM_ONLY
from tests.architecture.code import modules
from tests.architecture.test_urls_declare_access import NOT_OURS, PATTERNS
from tests.authorization.expectations import API, PAGES, SITE_SECRET
from tests.authorization.open_addresses import OPEN
from tests.authorization.rows import METHODS, PRINCIPALS, Row, address_of
from tests.authorization.world import World, is_api, send, undone

pytestmark = pytest.mark.django_db

ROWS = {**PAGES, **API}
CALLED_BY_ANOTHER = {f"apps.tasks.work.{name}" for name in ("create_sites", "update_sites", "delete_sites")}
CALLED_BY_ANOTHER |= {"apps.protection.rule_imports.put_rules"}
"""Contracts and pages call `start_task` and `import_rules`, which call one of these when they have it ready."""
API_VIEWS = {endpoint.handler.__module__ for contract in CONTRACTS for endpoint in contract.endpoints}
ADDRESSES = {address_of(key) for key in (*ROWS, *OPEN, *SITE_SECRET)}
OTHERS = sorted(
    (str(pattern.name), method)
    for pattern in PATTERNS
    for method in METHODS
    if pattern.name not in NOT_OURS and (str(pattern.name), method) not in ADDRESSES
)
ELSEWHERE = {"apps.sites.operations.create_site_without_secret", "apps.sites.requests.create_site_once"}
ELSEWHERE |= {"apps.protection.rules.delete_rule_group", "apps.tasks.work.delete_rule_groups"}
"""Done by the worker for somebody, as whoever they are by then; or for a repeated request, before its view."""


def test_every_address_has_a_row() -> None:
    assert {str(pattern.name) for pattern in PATTERNS} == {name for name, _ in ADDRESSES}


def test_every_endpoint_has_a_row_for_its_method() -> None:
    endpoints = [(contract, endpoint) for contract in CONTRACTS for endpoint in contract.endpoints]
    registered = {(f"{contract.name} {endpoint.path}", endpoint.method) for contract, endpoint in endpoints}
    assert registered == {address for address in ADDRESSES if is_api(address[0])}


def test_every_operation_is_reached_through_an_address() -> None:
    """So that the rows here try it. What only the product itself does has none."""
    in_views = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for module in {pattern.callback.__module__ for pattern in PATTERNS} | API_VIEWS
        if module in modules()
        for node in ast.walk(modules()[module])
        if isinstance(node, ast.Attribute | ast.Name)
    }
    reachable = {entry.name for entry in OPERATIONS.values() if entry.permission != SYSTEM_ONLY}
    assert {
        name for name in reachable - ELSEWHERE - CALLED_BY_ANOTHER if name.rpartition(".")[2] not in in_views
    } == set()


def test_a_row_says_exactly_one_thing_of_every_principal() -> None:
    for key, row in ROWS.items():
        assert all(row.outcome_for(principal) for principal in PRINCIPALS), key
        assert {*row.allowed.split(), *row.refused.split(), *row.hidden.split()} <= set(PRINCIPALS), key
        assert set(row.missing.split()) <= set(CATALOGUE), key
        assert bool(row.refused) <= bool(row.missing), key


@pytest.mark.parametrize("method", METHODS)
def test_a_method_without_a_row_is_not_taken(method: str, world: World) -> None:
    for name in (name for name, other in OTHERS if other == method):
        client = world.api("owner") if is_api(name) else world.browser("owner")
        with undone():
            answer = send(world, client, f"{name} {method}", Row(""))
        assert answer.status_code == 405, name
        assert method not in answer["Allow"], name
