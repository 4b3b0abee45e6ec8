"""For every permission of the catalogue: a key with that one alone succeeds exactly where it is asked for."""

import pytest

from apps.api.contract import Credential
from apps.api.urls import CONTRACTS
from apps.permissions.catalogue import CATALOGUE
from tests.authorization.expectations import API
from tests.authorization.world import World, key_of, send, told, undone

pytestmark = pytest.mark.django_db

ASKED = {
    f"{contract.name} {endpoint.path} {endpoint.method}": endpoint.permission
    for contract in CONTRACTS
    for endpoint in contract.endpoints
    if endpoint.credential is Credential.BEARER_KEY
}
ASKED["neocaptcha /api/v1/sites/{siteKey} PATCH that deactivates"] = "updateSite deleteSite"


def test_every_endpoint_of_the_matrix_is_asked() -> None:
    assert set(ASKED) == set(API)


@pytest.mark.parametrize("permission", CATALOGUE)
def test_a_key_with_one_permission_succeeds_exactly_at_its_endpoints(permission: str, world: World) -> None:
    seen, expected = {}, {}
    with undone():
        world.tokens["single"] = key_of(world.people["owner"], permission)
        for key, row in API.items():
            with undone():
                answer = send(world, world.api("single"), key, row)
            seen[key] = answer.status_code, answer.get("X-Accepted-Permissions", "")
            asked = ASKED[key].split()
            missing = [name for name in asked if name != permission]
            expected[key] = (403, missing[0]) if missing else (row.success, "".join(asked[:1]))
    assert seen == expected


@pytest.mark.parametrize("key", [key for key, asked in ASKED.items() if asked])
def test_a_key_with_every_permission_but_one_is_told_which(key: str, world: World) -> None:
    for missing in ASKED[key].split():
        with undone():
            world.tokens["narrow"] = key_of(world.people["owner"], *(name for name in CATALOGUE if name != missing))
            answer = send(world, world.api("narrow"), key, API[key])
        assert (answer.status_code, answer["X-Accepted-Permissions"]) == (403, missing)
        assert f"This API key lacks the permission {missing}" in told(answer)


def test_a_key_without_rights_on_a_site_does_not_learn_whether_it_exists(world: World) -> None:
    with undone():
        world.tokens["single"] = key_of(world.people["owner"], "verify")
        answers = {
            thing: send(world, world.api("single"), key, API[key], thing).content
            for key in API
            if "{siteKey} GET" in key
            for thing in ("shared", "foreign", "missing")
        }
    assert len(set(answers.values())) == 1


def test_deactivating_by_patch_needs_both_permissions(world: World) -> None:
    key = "neocaptcha /api/v1/sites/{siteKey} PATCH that deactivates"
    with undone():
        world.tokens["both"] = key_of(world.people["owner"], "updateSite", "deleteSite")
        assert send(world, world.api("both"), key, API[key]).json()["isActive"] is False
