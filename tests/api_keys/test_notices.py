"""Who is told by mail of what happens to a key, and how often."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from apps.accounts.models import User
from apps.api_keys import notices
from apps.api_keys.life import rotate_key
from apps.api_keys.models import ApiKey, KeyNotice
from apps.api_keys.notices import Notice, notify, send_notice, warn_of_expiry
from apps.api_keys.operations import create_key, record_expired_keys
from apps.audit import clock
from apps.tasks.models import FRESH_FOR
from apps.tasks.notice_recovery import recover_key_notices

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_mail_server(settings):
    settings.MAIL_IS_SET_UP = True


@pytest.fixture
def a_key(alice, carol):
    """Carol's key, which ends in 30 days, with its creation told already."""
    made = create_key(
        carol.actor, name="Nightly", permissions=["getSites"], expires_at=clock.now() + timedelta(days=30)
    )
    delivered()
    mail.outbox.clear()
    return made.key


def delivered() -> list[str]:
    """Run every queued task that is due; the subjects of the mails so far."""
    for queued in DBTaskResult.objects.ready().filter(task_path=send_notice.module_path):
        send_notice.call(*queued.args_kwargs["args"], **queued.args_kwargs["kwargs"])
        queued.delete()
    return [str(sent.subject) for sent in mail.outbox]


def readers() -> set[str]:
    return {address for sent in mail.outbox for address in sent.to}


def days_before_the_end(monkeypatch, key, days: float) -> None:
    moment = key.expires_at - timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_creation_is_told_to_the_creator_and_the_owners_and_to_nobody_else(alice, carol, bob, grace, erin):
    made = create_key(carol.actor, name="Nightly", permissions=["getSites"], expires_at=None)

    assert delivered() == ["API key “Nightly” was created"] * 2
    assert readers() == {carol.user.email, alice.user.email}
    assert "has no end" in mail.outbox[0].body
    for sent in mail.outbox:
        assert made.token.reveal() not in sent.message().as_string()
        assert f"/keys/{made.key.pk}/" in sent.body
        assert made.key.masked in sent.body


def test_a_mail_has_one_reader_so_that_nobody_learns_of_the_others(alice, carol):
    create_key(carol.actor, name="Nightly", permissions=["getSites"], expires_at=None)
    delivered()

    assert [len(sent.recipients()) for sent in mail.outbox] == [1, 1]


def test_an_owner_who_is_the_creator_gets_one_mail(alice):
    create_key(alice.actor, name="Nightly", permissions=["getSites"], expires_at=None)

    assert len(delivered()) == 1


def test_a_rotation_is_told_without_the_token(a_key, carol):
    made = rotate_key(carol.actor, key_id=a_key.pk)

    assert delivered() == ["API key “Nightly” was rotated"] * 2
    assert made.token.reveal() not in mail.outbox[0].body
    assert carol.user.email in mail.outbox[0].body


def test_an_expiry_is_told_once_seven_days_and_once_one_day_before_and_when_it_is_there(a_key, monkeypatch):
    told = []
    for days in (8, 6.9, 6.8, 3, 0.9, 0.8, -0.1, -0.2):
        days_before_the_end(monkeypatch, a_key, days)
        warn_of_expiry()
        record_expired_keys()
        told.append(len(delivered()))

    assert told == [0, 2, 2, 2, 4, 4, 6, 6]
    assert mail.outbox[0].subject == "API key “Nightly” expires soon"
    assert mail.outbox[-1].subject == "API key “Nightly” has expired"


def test_a_worker_that_was_away_tells_the_more_urgent_alone(a_key, monkeypatch):
    days_before_the_end(monkeypatch, a_key, 0.5)

    assert warn_of_expiry() == 1
    assert warn_of_expiry() == 0


def test_a_key_that_was_made_for_a_day_is_not_warned_of_a_week_before(alice, monkeypatch):
    create_key(alice.actor, name="Short", permissions=["getSites"], expires_at=clock.now() + timedelta(hours=20))

    assert warn_of_expiry() == 0


def test_deleted_keys_are_not_told_of(a_key, monkeypatch):
    ApiKey.objects.update(deleted_at=clock.now())
    days_before_the_end(monkeypatch, a_key, 0.5)

    assert warn_of_expiry() == 0


def test_who_has_left_or_is_deactivated_is_not_told(a_key, alice, carol):
    User.objects.filter(pk=carol.user.pk).update(is_active=False)
    notify(a_key, Notice.NEW_NETWORK, network="203.0.113.0/24", address="203.0.113.7")
    delivered()

    assert readers() == {alice.user.email}
    assert "203.0.113.0/24" in mail.outbox[0].body


def test_a_mail_server_that_is_away_is_tried_again_and_then_given_up(a_key, alice, monkeypatch):
    def away(self):
        raise OSError("no route")

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", away)
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    notify(a_key, Notice.CREATED, actor="x")
    owed = KeyNotice.objects.get()
    DBTaskResult.objects.all().delete()
    for attempt in range(1, notices.ATTEMPTS):
        assert send_notice.call(owed.pk) is False
        owed.refresh_from_db()
        assert (owed.attempts, owed.due_at > clock.now() + timedelta(minutes=9)) == (attempt, True)
        assert DBTaskResult.objects.get(pk=owed.queue_id).run_after == owed.due_at
        assert send_notice.call(owed.pk) is False  # too early: it is not even tried
        monkeypatch.setattr(clock, "now", lambda moment=owed.due_at: moment)
    send_notice.call(owed.pk)

    assert not KeyNotice.objects.exists()


def test_a_mail_whose_entry_was_lost_is_queued_again_and_sent_once(a_key, carol):
    notify(a_key, Notice.EXPIRED)
    DBTaskResult.objects.all().delete()

    assert recover_key_notices(clock.now()) == 0  # for a minute it is left to whoever has it
    assert recover_key_notices(clock.now() + FRESH_FOR) == 2
    assert recover_key_notices(clock.now() + FRESH_FOR) == 0
    assert delivered() == ["API key “Nightly” has expired"] * 2
    assert not KeyNotice.objects.exists()


def test_a_mail_whose_worker_was_killed_over_it_is_sent_by_another(a_key, monkeypatch):
    notify(a_key, Notice.EXPIRED)
    KeyNotice.objects.update(attempts=1, due_at=clock.now() + notices.TRY_AGAIN_AFTER)  # as `send_notice` begins
    assert delivered() == []
    later = clock.now() + notices.TRY_AGAIN_AFTER + FRESH_FOR
    monkeypatch.setattr(clock, "now", lambda: later)

    recover_key_notices(later)

    assert len(delivered()) == 2
    assert delivered() == delivered()


def test_a_mail_that_was_tried_often_enough_is_not_queued_again(a_key):
    notify(a_key, Notice.EXPIRED)
    DBTaskResult.objects.all().delete()
    KeyNotice.objects.update(attempts=notices.ATTEMPTS)

    recover_key_notices(clock.now() + FRESH_FOR)

    assert not KeyNotice.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_without_a_mail_server_nothing_is_queued(settings, alice):
    settings.MAIL_IS_SET_UP = False
    create_key(alice.actor, name="Quiet", permissions=["getSites"], expires_at=None)

    assert not DBTaskResult.objects.exists()


def test_a_creation_that_is_undone_queues_no_mail(alice, monkeypatch):
    def fails(*args, **options):
        raise RuntimeError("no log")

    monkeypatch.setattr("apps.api_keys.operations.record", fails)
    with pytest.raises(RuntimeError):
        create_key(alice.actor, name="Nightly", permissions=["getSites"], expires_at=None)

    assert not DBTaskResult.objects.exists()


def test_names_cannot_put_markup_into_a_mail(alice):
    create_key(alice.actor, name="<b>Loud</b> & co", permissions=["getSites"], expires_at=None)
    delivered()

    html = mail.outbox[0].message().as_string().partition("text/html")[2]
    assert "<b>Loud" not in html
    assert "&lt;b&gt;Loud" in html
    assert "<b>Loud</b> & co" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_them(alice, settings):
    create_key(alice.actor, name="Nightly", permissions=["getSites"], expires_at=None)
    call_command("db_worker", batch=True, verbosity=0)

    assert [sent.subject for sent in mail.outbox] == ["API key “Nightly” was created"]
