"""A key for selected sites, or for one organization, at every endpoint: it knows of no site beyond these."""

from typing import Any

import pytest

from apps.api.privatecaptcha import ids
from apps.api.privatecaptcha.ids import IdSpace
from apps.api_keys.operations import create_key
from apps.permissions.catalogue import ACCOUNT_WIDE, BEYOND_AN_ORGANIZATION, CATALOGUE
from apps.sites.models import Site
from tests.authorization.expectations import API
from tests.authorization.test_api import SITES
from tests.authorization.test_one_permission import ASKED
from tests.authorization.world import World, anonymised, send, told, undone

pytestmark = pytest.mark.django_db


REACHES = ("sites", "organization")


def limited_to(world: World, thing: str, reach: str = "sites") -> None:
    """Make `limited` a key of the owner's with every permission, for one site, or the organization that it is in."""
    actor, site_key = world.people["owner"].actor, world.things[thing]["site_key"]
    limits: dict[str, Any] = {"site_keys": [site_key]}
    if reach == "organization":
        limits = {"organization_id": ids.decode(IdSpace.ORGANIZATION, world.things[thing]["org_id"])}
    made = create_key(actor, name="Limited", permissions=list(CATALOGUE), expires_at=None, **limits)
    world.tokens["limited"] = made.token.reveal()


@pytest.mark.parametrize("key", SITES)
@pytest.mark.parametrize("reach", REACHES)
def test_a_site_in_reach_is_answered_as_to_a_key_for_all_sites(reach: str, key: str, world: World) -> None:
    with undone():
        limited_to(world, "shared", reach)
        assert send(world, world.api("limited"), key, API[key]).status_code == API[key].success


def names_of(world: World, key: str, thing: str) -> list[str]:
    """What a thing is called; but not by its number to a contract that tells none, whose codes have the same digits."""
    names = world.things.get(thing, {}).values()
    return [name for name in names if not (name.isdecimal() and key.startswith("privatecaptcha "))]


@pytest.mark.parametrize("key", SITES)
@pytest.mark.parametrize("reach", REACHES)
def test_a_site_out_of_reach_is_answered_like_one_that_does_not_exist(reach: str, key: str, world: World) -> None:
    answers = {}
    is_told = reach == "organization" and key.startswith("privatecaptcha ")  # that it reaches no other, there or not
    with undone():
        limited_to(world, "owner", reach)
        for thing in ("shared", "missing"):
            with undone():
                answer = send(world, world.api("limited"), key, API[key], thing)
                answers[thing] = anonymised(answer, *names_of(world, key, thing))
    assert answers["shared"][0] in ({403} if is_told else {400, 404, 422})
    assert answers["shared"][0] == answers["missing"][0]
    assert answers["shared"] == answers["missing"]


@pytest.mark.parametrize("key", [key for key, asked in ASKED.items() if asked in ACCOUNT_WIDE])
def test_what_goes_beyond_single_sites_is_refused_with_the_reason(key: str, world: World) -> None:
    with undone():
        limited_to(world, "shared")
        answer = send(world, world.api("limited"), key, API[key])
    assert (answer.status_code, answer["X-Accepted-Permissions"]) == (403, ASKED[key])
    assert "reaches selected sites only" in told(answer)


@pytest.mark.parametrize("key", [key for key, asked in ASKED.items() if asked in BEYOND_AN_ORGANIZATION])
def test_what_goes_beyond_one_organization_is_refused_with_the_reason(key: str, world: World) -> None:
    with undone():
        limited_to(world, "shared", "organization")
        answer = send(world, world.api("limited"), key, API[key])
    assert (answer.status_code, answer["X-Accepted-Permissions"]) == (403, ASKED[key])
    assert "reaches one organization only" in told(answer)


@pytest.mark.parametrize("key", [key for key, asked in ASKED.items() if asked == "createSite"])
def test_a_key_for_an_organization_creates_sites_there(key: str, world: World) -> None:
    with undone():
        limited_to(world, "shared", "organization")
        answer = send(world, world.api("limited"), key, API[key])
        assert answer.status_code == API[key].success
        made = "task.started" not in API[key].events  # else a worker makes it later
        assert Site.objects.living().filter(organization__name="Team of Shop").count() == (2 if made else 1)


LISTS = {
    "neocaptcha /api/v1/sites GET": '"{site_key}"',
    "prosopo /sites/get POST": '"{site_key}"',
    "prosopo /sites/get GET": '"{site_key}"',
    "prosopo /v1/prosopo/provider/admin/rules GET": '"{rule_handle}"',
    "prosopo /access-control/get POST": '"{rule_handle}"',
    "prosopo /access-control/get GET": '"{rule_handle}"',
    "prosopo /access-control/suggestions/get POST": '"{suggestion_id}"',
    "prosopo /access-control/suggestions/get GET": '"{suggestion_id}"',
    "eucaptcha /myra-auto-app-api/captcha_sitekeys GET": '"id":{site_id},',
    "privatecaptcha /orgs GET": '"{org_id}"',
    "privatecaptcha /org/{org_id}/properties GET": '"{property_id}"',
}
"""Each list, and how a site stands in it."""
OF_THE_ACCOUNT = ("shared", "owner", "admin", "reader")


@pytest.mark.parametrize("key", LISTS)
@pytest.mark.parametrize("reach", REACHES)
def test_lists_show_only_what_is_in_reach(reach: str, key: str, world: World) -> None:
    with undone():
        limited_to(world, "shared", reach)
        said = send(world, world.api("limited"), key, API[key]).content.decode()
    places = {thing: LISTS[key].format(**world.things[thing]) for thing in OF_THE_ACCOUNT}
    listed = [thing for thing, text in places.items() if text in said]
    assert listed == ["shared"]
