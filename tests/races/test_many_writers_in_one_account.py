"""Sixteen who change things in one account at the same moment: their events stand in one chain without a gap."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit.actions import Action
from apps.audit.chain import GENESIS, verify_chain
from apps.audit.models import AuditChain, AuditEvent
from apps.audit.record import Target, record
from apps.permissions.actor import system
from apps.permissions.models import ShareLevel
from apps.permissions.refusals import Forbidden
from apps.sites.models import Site
from apps.sites.operations import create_site, update_site
from apps.sites.sharing import share_site
from tests.people import SOURCE, Person
from tests.races.together import THREADS, failures, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10
TARGET = Target("site", "sk", "Shop")


def numbers(account: UUID) -> list[int]:
    return list(AuditEvent.objects.of_account(account).order_by("sequence").values_list("sequence", flat=True))


def test_changes_of_every_sort_stand_in_one_chain_without_a_gap(alice: Person, bob: Person, shop: Site) -> None:
    before = len(numbers(alice.account.pk))
    owner, reader = alice.actor, bob.actor
    work: list[Callable[[], object]] = [
        lambda: create_site(owner, name="New", allowed_origins=["https://new.example"]),
        lambda: update_site(owner, site_key=shop.site_key, name=uuid4().hex),
        lambda: create_key(owner, name="Key", permissions=["verify"], expires_at=None),
        lambda: update_site(reader, site_key=shop.site_key, name="Refused"),
    ]
    for _ in range(ROUNDS):
        results = together(work * (THREADS // len(work)))
        assert {type(failure) for failure in failures(results)} == {Forbidden}
        assert len(failures(results)) == THREADS // len(work)
    written = ROUNDS * THREADS
    assert numbers(alice.account.pk) == list(range(1, before + written + 1))
    assert verify_chain(alice.account.pk).is_intact
    assert (Site.objects.count() - 1, ApiKey.objects.count()) == (written // 4, written // 4)


def test_the_first_events_of_an_account_may_come_at_once() -> None:
    def write() -> None:
        with transaction.atomic():
            record(system(SOURCE, account), Action.SITE_UPDATED, TARGET)

    for _ in range(ROUNDS):
        account = uuid4()
        assert failures(together([write] * THREADS)) == []
        assert numbers(account) == list(range(1, THREADS + 1))
        assert verify_chain(account).is_intact


def test_two_who_share_a_site_with_one_person_leave_one_share(alice: Person, bob: Person, shop: Site) -> None:
    actor = alice.actor

    def share(level: ShareLevel) -> Callable[[], object]:
        return lambda: share_site(actor, site_key=shop.site_key, email=bob.user.email, level=level)

    shop.shares.all().delete()
    results = together([share(ShareLevel.READ), share(ShareLevel.WRITE)] * (THREADS // 2))
    assert failures(results) == []
    assert shop.shares.count() == 1
    assert verify_chain(alice.account.pk).is_intact


def test_the_same_race_breaks_the_chain_of_a_naive_writer() -> None:
    """Without waiting for the chain's row, two events get one number: the database refuses what is not a chain."""

    def write_naively() -> None:
        chain = AuditChain.objects.get(account_id=account)
        time.sleep(0.005)  # as long as a busy server takes between two statements
        event = AuditEvent(account_id=account, sequence=chain.length + 1, at="2026-01-01T00:00Z", action="site.updated")
        event.previous_hash = event.hash = bytes(32)
        event.save()
        AuditChain.objects.filter(account_id=account).update(length=event.sequence)

    account = uuid4()
    AuditChain.objects.create(account_id=account, head=GENESIS)
    refused = failures(together([write_naively] * THREADS))
    assert refused
    assert all(isinstance(failure, IntegrityError) or "append only" in str(failure) for failure in refused)
