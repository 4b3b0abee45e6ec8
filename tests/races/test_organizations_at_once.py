"""Sixteen who create, restore or name organizations and sites at once: a name and a limit hold exactly."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from apps.accounts.models import Account, Organization
from apps.audit.chain import verify_chain
from apps.sites.models import Site
from apps.sites.operations import SiteLimitReached, create_site, delete_site, restore_site
from apps.sites.organizations import (
    NoSuchOrganization,
    OrganizationLimitReached,
    OrganizationNameTaken,
    create_organization,
    delete_organization,
    restore_organization,
)
from tests.people import Person
from tests.races.together import THREADS, failures, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)

ORIGINS = ["https://a.example"]


def limit(person: Person, **limits: int) -> None:
    Account.objects.filter(pk=person.account.pk).update(**limits)


def test_of_16_who_take_one_name_one_does(alice: Person) -> None:
    actor = alice.actor
    results = together([lambda: create_organization(actor, name="Web")] * THREADS)
    assert len(succeeded(results)) == 1
    assert {type(error) for error in failures(results)} == {OrganizationNameTaken}
    assert verify_chain(alice.account.pk).is_intact


def test_at_one_below_the_limit_16_organizations_make_one(alice: Person) -> None:
    create_organization(alice.actor, name="First")
    limit(alice, most_organizations=2)
    actor = alice.actor
    results = together([partial(create_organization, actor, name=f"N{number}") for number in range(THREADS)])
    assert len(succeeded(results)) == 1
    assert {type(error) for error in failures(results)} == {OrganizationLimitReached}
    assert Organization.objects.living().count() == 2


def test_at_one_below_the_limit_16_created_and_restored_sites_make_one(alice: Person) -> None:
    actor = alice.actor
    gone = [create_site(actor, name=f"Gone {number}", allowed_origins=ORIGINS).site for number in range(THREADS // 2)]
    for site in gone:
        delete_site(actor, site_key=site.site_key)
    create_site(actor, name="First", allowed_origins=ORIGINS)
    limit(alice, most_sites=2)
    restoring = [partial(restore_site, actor, site_key=site.site_key) for site in gone]
    creating = [partial(create_site, actor, name="New", allowed_origins=ORIGINS)] * (THREADS // 2)
    calls: list[Callable[[], Any]] = [*restoring, *creating]
    results = together(calls)
    assert len(succeeded(results)) == 1
    assert {type(error) for error in failures(results)} == {SiteLimitReached}
    assert Site.objects.living().count() == 2


def test_a_site_created_while_its_organization_is_deleted_goes_along_or_is_refused(alice: Person) -> None:
    actor = alice.actor
    for number in range(4):
        web = create_organization(actor, name=f"Web {number}")
        creating = [partial(create_site, actor, name="New", allowed_origins=ORIGINS, organization_id=web.pk)] * 7
        deleting = partial(delete_organization, actor, organization_id=web.pk)
        calls: list[Callable[[], Any]] = [*creating, deleting]
        results = together(calls)
        assert {type(error) for error in failures(results)} <= {NoSuchOrganization}
        assert not Site.objects.living().filter(organization=web).exists()


def test_a_site_restored_while_its_organization_comes_back_comes_back_once(alice: Person) -> None:
    actor = alice.actor
    for number in range(4):
        web = create_organization(actor, name=f"Web {number}")
        site = create_site(actor, name="S", allowed_origins=ORIGINS, organization_id=web.pk).site
        delete_organization(actor, organization_id=web.pk)
        calls: list[Callable[[], Any]] = [
            partial(restore_site, actor, site_key=site.site_key),
            partial(restore_organization, actor, organization_id=web.pk),
        ]
        together(calls)
        site.refresh_from_db()
        assert site.deleted_at is None
    assert verify_chain(alice.account.pk).is_intact


def create_naively(person: Person, most: int) -> None:
    """Without the account's row locked: count, then create."""
    if Organization.objects.living().filter(account=person.account).count() < most:
        time.sleep(0.01)  # as long as a busy server takes between two statements
        Organization.objects.create(account=person.account, name=str(time.perf_counter_ns()))


def test_the_same_race_exceeds_the_limit_when_the_check_is_naive(alice: Person) -> None:
    together([lambda: create_naively(alice, 1)] * 4)
    assert Organization.objects.count() > 1
