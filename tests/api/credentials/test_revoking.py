"""Handing in credentials that have leaked: whoever holds an API key ends it, and learns nothing about any other."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from apps.accounts.models import Invitation
from apps.accounts.team import invite_member
from apps.api_keys.life import disable_keys, rotate_key
from apps.api_keys.models import ApiKey, KeyNotice
from apps.api_keys.notices import send_notice
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.credentials.format import TokenKind, mint
from apps.permissions.roles import Role
from apps.sites.models import SiteSecret
from apps.sites.operations import create_site, delete_site
from tests.people import Api
from tests.test_canaries import assert_nowhere

REVOKE = "/api/v1/credentials/revoke"
WHOAMI = "/api/v1/whoami"


def hand_in(*credentials: str, **options: object):
    return Api().post(REVOKE, {"credentials": credentials}, **options)


def events(person, action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.of_account(person.account.pk).filter(action=action).order_by("sequence"))


def use(token: str) -> int:
    return int(Api(token).get(WHOAMI).status_code)


def test_a_key_is_ended_at_once_and_for_good(alice, make_key):
    token = make_key(alice)
    assert use(token) == 200

    answer = hand_in(token)

    assert (answer.status_code, answer.content) == (202, b"")
    refused = Api(token).get(WHOAMI)
    assert refused.status_code == 401
    assert refused.json()["error"].startswith(
        "This API key was revoked, because somebody who held it handed it in as leaked."
    )
    assert ApiKey.objects.get().deleted_at is not None


def test_its_accounts_log_says_who_handed_it_in_from_where(alice, make_key):
    token = make_key(alice, name="Deploy")

    hand_in(token, headers={"User-Agent": "scanner"}, REMOTE_ADDR="203.0.113.9")

    [event] = events(alice, "key.revoked")
    assert (event.actor_kind, event.surface, event.ip, event.user_agent) == (
        "system",
        "credentials",
        "203.0.113.9",
        "scanner",
    )
    assert (event.target_kind, event.target_label, event.outcome) == ("key", "Deploy", "done")
    assert event.changes["key"] == [f"nct_…{token[-4:]}", None]
    assert event.changes["because"][1] == "somebody who held it handed it in as leaked"
    assert token not in str(event.changes)
    assert verify_chain(alice.account.pk).is_intact


def test_its_creator_and_the_owners_get_a_mail(alice, carol, make_key, settings):
    token = make_key(carol)
    settings.MAIL_IS_SET_UP = True

    hand_in(token)

    queued = DBTaskResult.objects.filter(task_path=send_notice.module_path)
    told = set(KeyNotice.objects.values_list("notice", "person_id"))
    assert told == {("revoked", carol.user.pk), ("revoked", alice.user.pk)}
    assert {task.args_kwargs["args"][0] for task in queued} == {owed.pk for owed in KeyNotice.objects.all()}


def test_what_was_handed_in_is_stored_nowhere(alice, make_key):
    secret = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"]).secret.reveal()
    tokens = [make_key(alice), secret, mint(TokenKind.API_KEY).reveal()]

    hand_in(*tokens)

    assert_nowhere(tokens)


def test_of_a_thousand_each_known_key_is_ended_and_the_rest_is_passed_over(alice, dave, make_key):
    known = [make_key(alice), make_key(alice), make_key(dave)]
    kept = make_key(alice)
    others = [mint(TokenKind.API_KEY).reveal() for _ in range(900)] + ["ghp_x", "", "nct_", "ä\n", known[0][:-1]]

    assert hand_in(*others, *known, *known).status_code == 202

    assert [use(token) for token in (*known, kept)] == [401, 401, 401, 200]
    assert len(events(alice, "key.revoked")) == 2
    assert len(events(dave, "key.revoked")) == 1


def test_known_and_unknown_are_answered_alike(alice, make_key):
    known, unknown = hand_in(make_key(alice)), hand_in(mint(TokenKind.API_KEY).reveal())
    nonsense = hand_in("nonsense")

    assert known.status_code == unknown.status_code == nonsense.status_code == 202
    assert known.content == unknown.content == nonsense.content == b""
    ids = {"X-Request-ID"}
    assert len({str({k: v for k, v in one.headers.items() if k not in ids}) for one in (known, unknown, nonsense)}) == 1


def test_one_or_a_thousand_known_or_not_are_one_look_up_a_kind(alice, make_key):
    def queries(*credentials: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            hand_in(*credentials)
        return [query["sql"].split(" WHERE ")[0] for query in captured]

    gone = make_key(alice)
    hand_in(gone)
    one = queries("nonsense")

    assert len(one) == 2
    assert queries(gone) == one
    assert queries(*[mint(kind).reveal() for kind in TokenKind for _ in range(300)]) == one


def test_a_disabled_key_is_ended_too_so_that_nobody_enables_it(alice, make_key):
    token = make_key(alice)
    disable_keys(alice.actor, key_ids=[ApiKey.objects.get().pk])

    hand_in(token)

    assert ApiKey.objects.get().deleted_at is not None


@pytest.mark.parametrize("earlier", [True, False])
def test_either_token_of_an_overlap_ends_the_whole_key(alice, make_key, earlier):
    old = make_key(alice)
    new = rotate_key(alice.actor, key_id=ApiKey.objects.get().pk, overlap=timedelta(hours=1)).token.reveal()

    hand_in(old if earlier else new)

    assert (use(old), use(new)) == (401, 401)
    assert len(events(alice, "key.revoked")) == 1


def test_a_token_that_was_rotated_away_ends_nothing(alice, make_key):
    old = make_key(alice)
    new = rotate_key(alice.actor, key_id=ApiKey.objects.get().pk).token.reveal()

    hand_in(old)

    assert use(new) == 200
    assert events(alice, "key.revoked") == []


def test_a_deleted_key_is_not_revoked_a_second_time(alice, make_key):
    token = make_key(alice)

    assert [hand_in(token).status_code for _ in range(3)] == [202] * 3

    assert len(events(alice, "key.revoked")) == 1


class TestSiteSecrets:
    """A stranger who finds one must not stop a form."""

    @pytest.fixture
    def made(self, alice):
        return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])

    def test_one_goes_on_working_and_stands_in_its_accounts_log(self, alice, made):
        secret = made.secret.reveal()

        assert hand_in(secret, REMOTE_ADDR="203.0.113.9").status_code == 202

        proof = {"siteKey": made.site.site_key, "secret": secret, "solution": "x"}
        assert Api().post("/api/v1/verify", proof).status_code == 200
        [event] = events(alice, "secret.reported")
        assert (event.target_kind, event.target_label, event.ip) == ("site", "Shop", "203.0.113.9")
        assert event.changes == {"presented": [None, made.stored.masked]}

    def test_it_is_recorded_once_a_day_however_often_it_comes(self, alice, made):
        secret, start = made.secret.reveal(), clock.now()
        for hours in (0, 1, 23, 24, 25):
            with clock.at(start + timedelta(hours=hours)):
                hand_in(secret, secret)

        assert [event.at - start for event in events(alice, "secret.reported")] == [
            timedelta(0),
            timedelta(hours=24),
        ]

    def test_one_of_a_deleted_site_or_that_ended_is_recorded_nowhere(self, alice, made):
        other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"])
        SiteSecret.objects.filter(pk=other.stored.pk).update(expires_at=clock.now())
        delete_site(alice.actor, site_key=made.site.site_key)

        hand_in(made.secret.reveal(), other.secret.reveal())

        assert events(alice, "secret.reported") == []


def test_an_invitation_stays_open(alice):
    token = invite_member(alice.actor, email="new@x.example", role=Role.MEMBER).token.reveal()

    assert hand_in(token).status_code == 202

    assert Invitation.objects.open(clock.now()).count() == 1


WRONG = [
    ({}, "credentials is missing."),
    ({"credentials": []}, "credentials: expected a list of length >= 1."),
    ({"credentials": ["nct_x"] * 1001}, "credentials: expected a list of length <= 1000."),
    ({"credentials": "nct_x"}, "credentials: expected a list, got a text."),
    ({"credentials": None}, "credentials: expected a list, got null."),
    ({"credentials": ["nct_x", 1]}, "credentials[1]: expected a text, got a whole number."),
    ([], "The body: expected an object, got a list."),
]


@pytest.mark.parametrize(("body", "why"), WRONG, ids=range(len(WRONG)))
def test_another_body_is_refused_and_told_why(db, body, why):
    answer = Api().post(REVOKE, body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert answer.json()["message"].replace("`", "") == why


def test_too_large_a_body_is_refused_and_nothing_of_it_revoked(alice, make_key):
    token = make_key(alice)

    answer = hand_in(token, "x" * 200_000)

    assert answer.status_code == 413
    assert answer.json() == {"code": "payload_too_large", "message": "The body is larger than 128 KiB."}
    assert use(token) == 200


@override_settings(REFUSED_REQUESTS_PER_MINUTE=3)
def test_an_address_is_held_back_and_another_is_not(alice, make_key):
    token = make_key(alice)
    assert [hand_in("x").status_code for _ in range(3)] == [202] * 3

    late = hand_in(token)

    assert late.status_code == 429
    assert 1 <= int(late["Retry-After"]) <= 60
    assert use(token) == 200
    assert hand_in(token, REMOTE_ADDR="203.0.113.9").status_code == 202
    assert use(token) == 401


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_posting_hands_in(db, method):
    answer = Client().generic(method.upper(), REVOKE)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["code"] == "method_not_allowed"


def test_another_content_type_is_refused(alice, make_key):
    token = make_key(alice)
    body = json.dumps({"credentials": [token]})

    assert Client().post(REVOKE, body, content_type="text/plain").status_code == 415
    assert use(token) == 200


def test_no_session_and_no_key_is_needed_or_asked_for(alice, make_key):
    answer = Client(enforce_csrf_checks=True).post(
        REVOKE, {"credentials": [make_key(alice)]}, content_type="application/json"
    )

    assert answer.status_code == 202
