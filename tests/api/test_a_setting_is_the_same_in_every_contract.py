"""A setting written through one contract is what every other one, and the page, reads; read and sent back, it stays.

Each way in is one entry of `WAYS`: how it reads a site, how it writes one, and its fields. A further contract is a
further entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from apps.api.privatecaptcha import ids
from apps.api.privatecaptcha.ids import IdSpace
from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.organizations import create_organization
from apps.sites.settings import STORED
from apps.tasks.models import Task
from apps.tasks.running import run_task
from tests.api.eucaptcha.conftest import SITEKEYS
from tests.api.privatecaptcha.conftest import Portal
from tests.api.prosopo.conftest import SITE_GET, UPDATE
from tests.dashboard.reading import read
from tests.people import Api, MakeKey, Person

pytestmark = pytest.mark.django_db

ODD = [
    {},
    {"level": 1, "growth": "constant", "validity_seconds": 300, "max_replay_count": 1_000_000},
    {"level": 63, "growth": "slow", "validity_seconds": 604_800, "max_parallel": 1, "initial_delay": 30},
    {"level": 64, "growth": "fast", "allow_subdomains": True, "protection_enabled": False},
    {"level": 111, "allow_localhost": True, "allowed_origins": ["https://a.example:8443", "http://localhost:3000"]},
    {"name": "A property with a long name." * 7},
    {"level": 112, "allow_localhost": True, "name": "Größe & <more>"},
    {"level": 255, "allowed_origins": ["https://*.shop.example", "http://shop.example"], "is_active": False},
]


@dataclass(frozen=True)
class Field:
    """One setting as a way in has it.

    Attributes:
        shown: what a site's stored values are shown as.
        written: values that can be written, each with the stored values that it leads to, from level 96.
        is_sent_back: false for one that only reads.
    """

    shown: Callable[[Site], Any]
    written: list[tuple[Any, dict[str, Any]]]
    is_sent_back: bool = True


@dataclass(frozen=True)
class Way:
    """A contract, or the page.

    Attributes:
        reads: the fields of a site by their names here.
        writes: sends such fields; the status of the answer.
        fields: those it has.
    """

    reads: Callable[["World", Site], dict[str, Any]]
    writes: Callable[["World", Site, dict[str, Any]], int]
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class World:
    """Who asks."""

    alice: Person
    api: Api
    token: str


def as_is(field: str, *values: Any) -> Field:
    """A field that is written and shown as it is stored."""
    return Field(lambda site: getattr(site, field), [(value, {field: value}) for value in values])


def band_of(site: Site) -> int:
    return next(number for number, last in enumerate((63, 127, 191, 255)) if site.level <= last)


def nearest_pow_of(site: Site) -> int:
    levels = {1: 0, 2: 32, 3: 64, 4: 96, 5: 128, 6: 160, 7: 192, 8: 224}
    return min(levels, key=lambda number: (abs(levels[number] - site.level), -number))


def levels(of: Mapping[int, int]) -> list[tuple[Any, dict[str, Any]]]:
    return [(number, {"level": level}) for number, level in of.items()]


NEW_ORIGINS = ["https://new.example", "https://other.example:8443"]


def neocaptcha_reads(world: World, site: Site) -> dict[str, Any]:
    answer: dict[str, Any] = world.api.get(f"/api/v1/sites/{site.site_key}").json()
    return answer


def neocaptcha_writes(world: World, site: Site, fields: dict[str, Any]) -> int:
    return int(world.api.patch(f"/api/v1/sites/{site.site_key}", fields).status_code)


NEOCAPTCHA = Way(
    neocaptcha_reads,
    neocaptcha_writes,
    {
        "name": as_is("name", "New", "Größe"),
        "allowedOrigins": as_is("allowed_origins", NEW_ORIGINS),
        "isActive": as_is("is_active", False, True),
    },
)


def eu_captcha_reads(world: World, site: Site) -> dict[str, Any]:
    answer: dict[str, Any] = world.api.get(f"{SITEKEYS}/{site.pk}").json()
    return answer


def eu_captcha_writes(world: World, site: Site, fields: dict[str, Any]) -> int:
    return int(world.api.patch(f"{SITEKEYS}/{site.pk}", fields).status_code)


EU_CAPTCHA = Way(
    eu_captcha_reads,
    eu_captcha_writes,
    {
        "label": as_is("name", "New", "Größe"),
        "domain": Field(lambda site: site.domain, [], is_sent_back=False),
        "train": as_is("protection_enabled", False, True),
        "initial_difficulty": Field(band_of, levels({0: 32, 1: 96, 2: 160, 3: 224})),
        "initial_delay": as_is("initial_delay", 3, 30),
        "max_parallel": as_is("max_parallel", 1, 10),
    },
)


def prosopo_reads(world: World, site: Site) -> dict[str, Any]:
    answer = world.api.post(SITE_GET, {"siteKey": site.site_key}).json()
    return {"name": answer["name"], "active": answer["active"], **answer["settings"]}


def prosopo_writes(world: World, site: Site, fields: dict[str, Any]) -> int:
    settings = {name: value for name, value in fields.items() if name != "name"}
    named = {"name": fields["name"]} if "name" in fields else {}
    return int(world.api.post(UPDATE, {"siteKey": site.site_key, "settings": settings} | named).status_code)


def domains_of(site: Site) -> list[str]:
    return [origin.partition("://")[2] for origin in site.allowed_origins]


PROSOPO = Way(
    prosopo_reads,
    prosopo_writes,
    {
        "name": as_is("name", "New-1"),
        "active": Field(lambda site: site.is_active, [], is_sent_back=False),
        "domains": Field(domains_of, [(["new.example"], {"allowed_origins": ["https://new.example"]})]),
        "captchaType": Field(lambda _: "pow", [("pow", {})]),
        "powDifficulty": Field(nearest_pow_of, levels({1: 1, 2: 32, 3: 64, 4: 96, 5: 128, 6: 160, 7: 192, 8: 224})),
    },
)


def page_reads(world: World, site: Site) -> dict[str, Any]:
    page = read(world.alice.browser.get(f"/sitekeys/{site.site_key}/settings"))
    boxes = {
        name: name in page.checked
        for name in ("allow_localhost", "allow_subdomains", "protection_enabled", "fail_open")
    }
    texts = {name: page.value(name) for name in ("name", "allowed_origins", "validity_seconds")}
    numbers = {name: page.value(name) for name in ("level", "initial_delay", "max_parallel", "max_replay_count")}
    return texts | numbers | boxes | {"growth": page.checked["growth"][0]}


def page_writes(world: World, site: Site, fields: dict[str, Any]) -> int:
    form = {name: value for name, value in (page_reads(world, site) | fields).items() if value is not False}
    return int(world.alice.browser.post(f"/sitekeys/{site.site_key}/settings", form).status_code)


def as_text(field: str, *values: Any) -> Field:
    return Field(lambda site: str(getattr(site, field)), [(str(value), {field: value}) for value in values])


PAGE = Way(
    page_reads,
    page_writes,
    {
        "name": as_text("name", "New", "Größe"),
        "allowed_origins": Field(
            lambda site: "\n".join(site.allowed_origins), [("\n".join(NEW_ORIGINS), {"allowed_origins": NEW_ORIGINS})]
        ),
        "allow_localhost": as_is("allow_localhost", True, False),
        "allow_subdomains": as_is("allow_subdomains", True, False),
        "protection_enabled": as_is("protection_enabled", False, True),
        "fail_open": as_is("fail_open", True, False),
        "level": as_text("level", 1, 95, 96, 255),
        "growth": as_is("growth", "constant", "slow", "medium", "fast"),
        "initial_delay": as_text("initial_delay", 3, 30),
        "max_parallel": as_text("max_parallel", 1, 10),
        "validity_seconds": as_text(
            "validity_seconds", 300, 600, 1_800, 3_600, 21_600, 43_200, 86_400, 172_800, 604_800
        ),
        "max_replay_count": as_text("max_replay_count", 1, 2, 1_000_000),
    },
)


def private_captcha_reads(world: World, site: Site) -> dict[str, Any]:
    org_id, property_id = ids.encode(IdSpace.ORGANIZATION, place_of(world, site)), ids.encode(IdSpace.PROPERTY, site.pk)
    answer: dict[str, Any] = Portal(world.token).get(f"/org/{org_id}/property/{property_id}").json()["data"]
    return answer


def private_captcha_writes(world: World, site: Site, fields: dict[str, Any]) -> int:
    place_of(world, site)
    answer = Portal(world.token).put("/properties", [{"id": ids.encode(IdSpace.PROPERTY, site.pk)} | fields])
    assert answer.json()["meta"]["code"] == 1000, answer.text
    task = Task.objects.latest("created_at")
    run_task.call(str(task.pk))
    assert [item.problem for item in task.items.all()] == [""]
    return int(answer.status_code)


def place_of(world: World, site: Site) -> int:
    """The organization that the site is in; this contract knows of no other sites."""
    site.refresh_from_db()
    if site.organization_id is None:
        site.organization = create_organization(world.alice.actor, name="Team")
        Site.objects.filter(pk=site.pk).update(organization=site.organization)
    return int(site.organization_id or 0)


PRIVATE_CAPTCHA = Way(
    private_captcha_reads,
    private_captcha_writes,
    {
        "name": as_is("name", "New", "Größe"),
        "domain": Field(lambda site: site.domain, [("new.example", {"allowed_origins": ["https://new.example"]})]),
        "level": as_is("level", 1, 95, 96, 255),
        "growth": as_is("growth", "constant", "slow", "medium", "fast"),
        "validity_seconds": as_is("validity_seconds", 300, 3_600, 604_800),
        "allow_subdomains": as_is("allow_subdomains", True, False),
        "allow_localhost": as_is("allow_localhost", True, False),
        "max_replay_count": as_is("max_replay_count", 1, 2, 1_000_000),
    },
)

WAYS = {
    "NeoCaptcha": NEOCAPTCHA,
    "EU Captcha": EU_CAPTCHA,
    "Prosopo": PROSOPO,
    "Private Captcha": PRIVATE_CAPTCHA,
    "the page": PAGE,
}
WRITTEN = [
    pytest.param(way, name, value, stored, id=f"{label}: {name}={value}")
    for label, way in WAYS.items()
    for name, field in way.fields.items()
    for value, stored in field.written
]


@pytest.fixture
def world(alice: Person, make_key: MakeKey) -> World:
    """Alice, in her browser and with a key that holds all she may do."""
    token = make_key(alice)
    return World(alice, Api(token), token)


def stored_of(site: Site) -> dict[str, Any]:
    site.refresh_from_db()
    return {field: getattr(site, field) for field in (*STORED, "is_active")}


def require_agreement(world: World, site: Site) -> None:
    """Every way shows what is stored, as its own fields say it."""
    site.refresh_from_db()
    for label, way in WAYS.items():
        read_here = way.reads(world, site)
        expected = {name: field.shown(site) for name, field in way.fields.items()}
        assert {name: read_here[name] for name in way.fields} == expected, label


@pytest.mark.parametrize(("way", "name", "value", "stored"), WRITTEN)
def test_what_is_written_one_way_is_stored_alone_and_read_every_way(
    world: World, shop: Site, way: Way, name: str, value: Any, stored: dict[str, Any]
) -> None:
    before = stored_of(shop)

    assert way.writes(world, shop, {name: value}) in {200, 302}

    assert stored_of(shop) == before | stored
    require_agreement(world, shop)


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("label", WAYS)
def test_what_is_read_and_sent_back_changes_nothing(world: World, shop: Site, label: str, odd: dict[str, Any]) -> None:
    way = WAYS[label]
    Site.objects.filter(pk=shop.pk).update(**odd)
    require_agreement(world, shop)
    before, events = stored_of(shop), AuditEvent.objects.filter(target_id=shop.site_key)
    count = events.count()
    read_here = way.reads(world, shop)
    sent = {name: read_here[name] for name, field in way.fields.items() if field.is_sent_back}

    assert way.writes(world, shop, sent) in {200, 302}

    assert stored_of(shop) == before
    assert events.count() == count


def test_the_page_has_every_setting() -> None:
    """So that a setting that is added later is not forgotten there."""
    assert set(PAGE.fields) == set(STORED)
