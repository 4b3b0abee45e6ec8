"""Many who name a site alike, or delete the last two, at the same moment: one name, and one active site, stays."""

import time
from typing import Any

import pytest

from apps.audit.chain import verify_chain
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site
from tests.api.prosopo.conftest import new_site
from tests.people import Api, MakeKey, Person
from tests.races.together import THREADS, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


def create_naively(person: Person, name: str) -> None:
    """Without the account's row locked: look whether somebody has the name, then take it."""
    if not Site.objects.filter(account=person.account, name=name).exists():
        time.sleep(0.01)  # as long as a busy server takes between two statements
        create_site(person.actor, name=name, allowed_origins=["https://a.example"])


def delete_naively(person: Person, site: Site) -> None:
    """Without the account's row locked: look whether another site is active, then stop this one."""
    if Site.objects.active().filter(account=person.account).exclude(pk=site.pk).exists():
        time.sleep(0.01)
        deactivate_site(person.actor, site_key=site.site_key)


def two_active_sites(alice: Person) -> list[Site]:
    Site.objects.update(is_active=False)
    return [create_site(alice.actor, name=name, allowed_origins=["https://a.example"]).site for name in ("A", "B")]


def test_of_16_who_create_a_site_of_one_name_one_does(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice)
    for number in range(ROUNDS):
        body = new_site(f"Web-{number}")
        statuses = together([lambda: Api(token).post("/sites/create", body).status_code] * THREADS)  # noqa: B023
        assert sorted(map(str, statuses)) == ["200"] + ["409"] * (THREADS - 1)
        assert Site.objects.filter(name=f"Web-{number}").count() == 1
    assert verify_chain(alice.account.pk).is_intact


def test_of_creating_and_renaming_to_one_name_one_does(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice)
    sites = [create_site(alice.actor, name=f"S{number}", allowed_origins=["https://a.example"]) for number in range(4)]
    bodies: list[tuple[str, Any]] = [
        ("/sites/update", {"siteKey": made.site.site_key, "name": "Same"}) for made in sites
    ]
    bodies += [("/sites/create", new_site("Same"))] * 4
    statuses = together([lambda sent=sent: Api(token).post(*sent).status_code for sent in bodies])  # type: ignore[misc]
    assert sorted(map(str, statuses)) == ["200"] + ["409"] * 7
    assert Site.objects.filter(name="Same").count() == 1


def test_of_the_last_two_sites_deleted_at_once_one_stays_active(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice)
    for _ in range(ROUNDS):
        bodies = [{"siteKey": site.site_key} for site in two_active_sites(alice)]
        statuses = together(
            [lambda body=body: Api(token).post("/sites/delete", body).status_code for body in bodies]  # type: ignore[misc]
        )
        assert sorted(map(str, statuses)) == ["200", "409"]
        assert Site.objects.active().count() == 1


def test_the_same_races_leave_two_names_and_no_site_when_the_checks_are_naive(alice: Person) -> None:
    names, left = [], []
    for number in range(3):
        name = f"Naive-{number}"
        together([lambda name=name: create_naively(alice, name)] * 4)  # type: ignore[misc]
        names.append(Site.objects.filter(name=name).count())
        sites = two_active_sites(alice)
        together([lambda site=site: delete_naively(alice, site) for site in sites])  # type: ignore[misc]
        left.append(Site.objects.active().count())
    assert max(names) > 1
    assert 0 in left
