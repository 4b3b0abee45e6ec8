"""Access rules where they act: at the challenge, in its work, at the verification, and on the record."""

import pytest

from apps.protection import recording
from apps.protection.issuing import ChallengeRefused, Reason
from apps.protection.models import CaptchaRecord
from apps.protection.outcomes import Outcome
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from tests.people import Person
from tests.protection.solving import VISITOR, ask, issue, set_site, solved, verify_later

pytestmark = pytest.mark.django_db

ELSEWHERE = Visitor("198.51.100.1", "Mozilla/5.0 (test)")


def rule(alice: Person, *, type: str = "block", field: str = "ip", value: str = VISITOR.address, **more: object) -> str:
    """A rule of Alice's for all of her sites; its handle."""
    wanted = Wanted(type=type, conditions=[(field, value)], **more)  # type: ignore[arg-type]
    return create_rule(alice.actor, wanted=wanted).rule.handle


def test_a_blocked_address_gets_no_challenge_and_its_record_says_which_rule(site: Site, alice: Person) -> None:
    handle = rule(alice, description="Scrapers")
    with pytest.raises(ChallengeRefused) as refused:
        issue(site)
    assert refused.value.reason is Reason.BLOCKED
    answer = ask(site)
    assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    assert issue(site, ELSEWHERE).is_protected

    recording.flush()
    records = CaptchaRecord.objects.all()
    assert {(record.status, record.rule_handle, record.address) for record in records} == {
        ("blocked", handle, VISITOR.address)
    }


def test_a_restricted_address_gets_more_work_and_its_record_says_which_rule(site: Site, alice: Person) -> None:
    set_site(site, level=8)
    handle = rule(alice, type="restrict", pow_difficulty=2)
    assert issue(site, ELSEWHERE).level == 8
    assert issue(site).level == 32
    found = verify_later(site, solved(site))
    assert (found.passes, found.rule, found.level) == (True, handle, 32)

    recording.flush()
    record = CaptchaRecord.objects.get()
    assert (record.status, record.rule_handle, record.rule_type) == ("accepted", handle, "restrict")


def test_a_rule_never_makes_a_challenge_easier(site: Site, alice: Person) -> None:
    set_site(site, level=200)
    rule(alice, type="restrict", pow_difficulty=1)
    assert issue(site).level >= 200


def test_a_deferred_block_lets_the_visitor_work_and_turns_them_away_at_the_verification(
    site: Site, alice: Person
) -> None:
    handle = rule(alice, defers_to_verify=True)
    solution = solved(site)
    found = verify_later(site, solution)
    assert (found.outcome, found.rule) == (Outcome.BLOCKED, handle)
    assert verify_later(site, solution).outcome is Outcome.BLOCKED
    assert verify_later(site, solved(site, ELSEWHERE)).passes


def test_a_rule_about_a_person_acts_once_the_backend_names_them(site: Site, alice: Person) -> None:
    handle = rule(alice, field="userId", value="mallory")
    solution = solved(site)
    found = verify_later(site, solution, user_id="mallory")
    assert (found.outcome, found.rule) == (Outcome.BLOCKED, handle)
    assert found.visitor is not None
    assert found.visitor.user_id == "mallory"
    assert verify_later(site, solution, user_id="somebody else").passes


def test_a_rule_is_not_asked_where_the_protection_is_off(site: Site, alice: Person) -> None:
    rule(alice)
    set_site(site, protection_enabled=False)
    assert not issue(site).is_protected
