"""`manage.py demo`: a month of believable content, once, for looking around and never for production."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from apps.accounts.models import Account, Membership, User
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.credits.models import EntryKind, LedgerEntry
from apps.dashboard.demo import PEOPLE
from apps.permissions.models import Share
from apps.permissions.roles import Role
from apps.protection.record_models import CaptchaRecord
from apps.protection.rule_models import Rule
from apps.protection.suggestion_models import Suggestion
from apps.sites.models import Site
from tests.accounts.conftest import is_signed_in, sign_in
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db


def demo() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


@pytest.fixture
def password_file(tmp_path: Path, settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "demo_password"


def test_there_is_somebody_in_every_role_with_sites_keys_shares_and_a_month_of_events(password_file):
    demo()

    assert {membership.role for membership in Membership.objects.all()} == set(Role)
    assert Site.objects.count() >= 12
    assert Site.objects.inactive().exists()
    assert ApiKey.objects.count() >= 6
    assert Share.objects.count() >= 3
    events = AuditEvent.objects.order_by("at")
    first, last = events.first(), events.last()
    assert first is not None
    assert last is not None
    assert 25 <= (last.at - first.at).days <= 31
    assert last.at <= clock.now()
    assert events.filter(outcome="refused").count() >= 3


def test_its_log_is_intact(password_file):
    demo()

    report = verify_chain(Account.objects.get().pk)
    assert report.is_intact
    assert report.events == AuditEvent.objects.count()


def test_it_has_rules_of_every_kind_the_one_that_its_records_name_and_something_to_suggest(password_file):
    demo()

    rules = Rule.objects.kept()
    assert set(rules.values_list("type", flat=True)) == {"block", "restrict"}
    assert rules.exclude(group="").values("group").distinct().count() == 2
    assert any(rule.has_expired for rule in rules)
    named = CaptchaRecord.objects.exclude(rule_handle="").values_list("rule_handle", flat=True).distinct()
    assert [rules.get(handle=handle).description for handle in named] == ["Scrapers from a rented network"]
    assert Suggestion.objects.filter(status="open").exists()


def test_the_printed_sign_ins_work(password_file):
    text = demo()

    password = password_file.read_text(encoding="utf-8")
    assert password in text
    for character in PEOPLE:
        assert character.email in text
        sign_in(browser := Client(), character.email, password)
        assert is_signed_in(browser), character.email


def test_its_credits_add_up_and_have_every_kind_of_entry(password_file):
    demo()

    call_command("check_credits", stdout=StringIO())
    assert set(LedgerEntry.objects.values_list("kind", flat=True)) == set(EntryKind)


def test_every_person_has_something_to_look_at(password_file):
    demo()

    password = password_file.read_text(encoding="utf-8")
    for character in PEOPLE:
        sign_in(browser := Client(), character.email, password)
        assert "No sites yet" not in read(browser.get("/sitekeys/")).text


def test_again_prints_the_same_sign_ins_and_makes_nothing(password_file):
    first = demo()
    before = (AuditEvent.objects.count(), User.objects.count(), Site.objects.count())

    again = demo()

    assert (AuditEvent.objects.count(), User.objects.count(), Site.objects.count()) == before
    assert first.endswith(again)


def test_the_password_file_is_for_its_owner_alone(password_file):
    demo()

    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600


def test_a_database_with_content_of_its_own_is_left_alone(alice, password_file):
    assert demo() == ""
    assert Account.objects.count() == 1
    assert not password_file.exists()


def test_it_is_not_for_production(password_file):
    with override_settings(DEVELOPMENT=False), pytest.raises(CommandError, match="not for production"):
        demo()

    assert not Account.objects.exists()
