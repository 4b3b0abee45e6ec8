"""Known and unknown addresses get the same answer for the same work. `bench/same_time.py` measures the times."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.operations import add_member, found_account
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.permissions.actor import system
from apps.permissions.roles import Role
from tests.people import SOURCE

UNKNOWN = "nobody@people.example"


def told(answer, email):
    """The answer without what differs by chance: tokens, and the address that was typed."""
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())
    return (
        answer.status_code,
        answer.headers.get("Location"),
        text.replace(email, "…").replace(answer.headers["X-Request-ID"], ""),
    )


def ask(name, field, email):
    return Client().post(reverse(name), {field: email, "password": "wrong"})


@pytest.mark.parametrize(("name", "field"), [("account_login", "login"), ("account_reset_password", "email")])
def test_the_answer_is_the_same(name, field, alice):
    known = told(ask(name, field, alice.user.email), alice.user.email)

    assert known == told(ask(name, field, UNKNOWN), UNKNOWN)


def test_a_reset_sends_a_mail_either_way(alice):
    ask("account_reset_password", "email", alice.user.email)
    ask("account_reset_password", "email", UNKNOWN)

    assert [message.to for message in mail.outbox] == [[alice.user.email], [UNKNOWN]]


def test_limits_count_for_unknown_addresses_too(alice):
    def refused(email):
        return ["Too many" in ask("account_login", "login", email).content.decode() for _ in range(6)]

    assert refused(alice.user.email)[-1]
    assert refused(UNKNOWN)[-1]


@pytest.mark.parametrize("places", [1, 2, 3])
def test_a_refused_sign_in_does_the_same_work(places, alice, dave, third_account):
    for account in [dave.account, third_account][: places - 1]:
        add_member(system(SOURCE, account.pk), account=account, person=alice.user, role=Role.VIEWER)

    def written(email):
        with CaptureQueriesContext(connection) as queries:
            ask("account_login", "login", email)
        kinds = [query["sql"].split()[0] for query in queries]
        return kinds.count("INSERT"), kinds.count("UPDATE"), len(kinds)

    known, unknown = written(alice.user.email), written(UNKNOWN)
    assert known[:2] == unknown[:2] == (3, 3)
    assert abs(known[2] - unknown[2]) <= 6, "savepoints aside, the same"


def test_what_only_takes_time_leaves_no_trace(alice):
    before = AuditEvent.objects.count()
    ask("account_login", "login", UNKNOWN)

    assert AuditEvent.objects.count() == before
    assert verify_chain(alice.account.pk).is_intact


def test_a_refused_sign_in_stands_in_the_persons_log_once(alice):
    ask("account_login", "login", alice.user.email)

    assert AuditEvent.objects.filter(action="sign_in.refused", account_id=alice.account.pk).count() == 1


@pytest.fixture
def third_account(db):
    return found_account(system(SOURCE), name="Third")
