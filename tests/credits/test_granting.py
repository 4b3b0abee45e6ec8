"""Granting: by owners alone, with a reason, once however often the form is sent; and on the command line."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from apps.api_keys.authentication import key_actor
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credits.ledger import reserve
from apps.credits.models import Grant, LedgerEntry
from apps.credits.operations import get_balance, grant_credits, list_entries
from apps.permissions.actor import Actor
from apps.permissions.refusals import Forbidden, Invalid
from apps.permissions.roles import Role
from apps.sites.models import Site
from tests.credits.conftest import Give, Reserve, available
from tests.dashboard.reading import read
from tests.people import SOURCE, Person

pytestmark = pytest.mark.django_db

GRANT = "/credits/grant"


def form(**changed: str) -> dict[str, str]:
    return {"amount": "250", "reason": "Budget for December", "expires": "never"} | changed


def limited(person: Person, **reach: Any) -> Actor:
    """A key of this person's with every permission of credits, limited to something."""
    made = create_key(
        person.actor, name="Limited", permissions=["getBalance", "grantCredits"], expires_at=None, **reach
    )
    key = ApiKey.objects.select_related("account", "reached_organization").get(pk=made.key.pk)
    return key_actor(key, Role(person.membership.role), SOURCE)


def test_an_owner_grants_credits_with_a_reason(alice: Person) -> None:
    answer = alice.browser.post(GRANT, form(), follow=True)
    assert answer.redirect_chain == [("/credits/", 302)]
    assert "250 credits are granted" in read(answer).text
    assert available(alice) == 250
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.reason, entry.actor_label) == ("grant", "Budget for December", alice.user.email)


def test_an_admin_cannot_grant_credits(grace: Person) -> None:
    answer = grace.browser.post(GRANT, form())
    assert answer.status_code == 403
    assert "Only an owner may grant credits" in read(answer).text
    refusal = AuditEvent.objects.get(outcome="refused")
    assert refusal.action == "credits.granted"


def test_a_key_that_an_admin_made_cannot_grant_credits(grace: Person) -> None:
    made = create_key(grace.actor, name="Key", permissions=["getBalance", "grantCredits"], expires_at=None)
    actor = key_actor(made.key, Role.ADMIN, SOURCE)
    with pytest.raises(Forbidden, match="Only an owner"):
        grant_credits(actor, amount=1, reason="More")


def test_a_key_for_selected_sites_reads_the_balance_and_grants_nothing(alice: Person, shop: Site, give: Give) -> None:
    give(7)
    actor = limited(alice, site_keys=[shop.site_key])
    assert get_balance(actor).available == 7
    with pytest.raises(Forbidden, match="reaches selected sites only"):
        grant_credits(actor, amount=1, reason="More")


def test_a_limited_key_sees_the_entries_of_its_own_work_alone(
    alice: Person, shop: Site, give: Give, take: Reserve
) -> None:
    actor = limited(alice, site_keys=[shop.site_key])
    give(7)
    take(1)
    mine = uuid4()
    assert not list_entries(actor).exists()
    reserve(actor, amount=2, reference=mine)
    assert [(entry.kind, entry.reference) for entry in list_entries(actor)] == [("reserve", mine)]
    assert list_entries(alice.actor).count() == 3


def test_the_same_form_sent_twice_grants_once(alice: Person) -> None:
    browser, once = alice.browser, str(uuid4())
    browser.post(GRANT, form(once=once))
    again = browser.post(GRANT, form(once=once), follow=True)
    assert "nothing was done a second time" in read(again).text
    assert available(alice) == 250


def test_the_form_waits_for_a_confirmation(alice: Person) -> None:
    browser = alice.browser
    with clock.at(clock.now() + timedelta(minutes=11)):
        for answer in (browser.get(GRANT), browser.post(GRANT, form())):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "0"}, "1 to 1,000,000 at once"),
        ({"amount": "1000001"}, "1 to 1,000,000 at once"),
        ({"amount": "ten"}, "Grant a whole number"),
        ({"amount": ""}, "Say how many credits to grant"),
        ({"reason": " "}, "Say what they are for"),
        ({"reason": "a\u202eb"}, "characters that cannot be shown"),
        ({"expires": "custom"}, "Choose the last day"),
        ({"expires": "custom", "expires_on": "2020-01-01"}, "would have expired already"),
        ({"expires": "soon"}, "Select a valid choice"),
    ],
)
def test_a_form_that_cannot_be_used_says_why_and_keeps_what_was_typed(
    alice: Person, wrong: dict[str, str], said: str
) -> None:
    answer = alice.browser.post(GRANT, form(**wrong))
    assert answer.status_code == 422
    assert said in read(answer).text
    assert ('value="Budget for December"' in answer.content.decode()) == ("reason" not in wrong)
    assert not LedgerEntry.objects.exists()


def test_credits_end_with_the_chosen_day_in_utc(alice: Person) -> None:
    day = (clock.now() + timedelta(days=5)).date()
    alice.browser.post(GRANT, form(expires="custom", expires_on=day.isoformat()))
    grant = Grant.objects.get()
    assert grant.expires_at is not None
    assert grant.expires_at.astimezone(UTC).date() == day
    assert grant.expires_at > datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def test_too_many_credits_at_once_are_refused(alice: Person) -> None:
    for amount in (0, -1, 1_000_001):
        with pytest.raises(Invalid, match="1 to 1,000,000 at once"):
            grant_credits(alice.actor, amount=amount, reason="Budget")


def test_the_command_grants_credits(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("grant_credits", f"--account={alice.account.pk}", "--amount=100")
    call_command("grant_credits", f"--account={alice.account.pk}", "--amount=5", "--reason=Soon", "--expires-in-days=3")
    assert "Alice & Co has 105 credits now." in capsys.readouterr().out
    assert available(alice) == 105
    soon = LedgerEntry.objects.get(reason="Soon").grant
    assert soon is not None
    assert soon.expires_at is not None
    assert soon.expires_at - soon.granted_at == pytest.approx(timedelta(days=3), abs=timedelta(minutes=1))
    assert AuditEvent.objects.filter(action="credits.granted", surface="command line").count() == 2


@pytest.mark.parametrize("wrong", [["--amount=0"], ["--amount=5", "--expires-in-days=0"], ["--amount=5", "--reason= "]])
def test_the_command_says_what_it_cannot_use(alice: Person, wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("grant_credits", f"--account={alice.account.pk}", *wrong)
    assert not LedgerEntry.objects.exists()


def test_the_command_needs_an_account_that_there_is(db: None) -> None:
    with pytest.raises(CommandError, match="There is no account"):
        call_command("grant_credits", f"--account={uuid4()}", "--amount=5")
