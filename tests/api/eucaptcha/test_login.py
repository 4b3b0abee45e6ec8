"""POST /login: a token for whoever has only a password, and the same no for everybody else."""

from datetime import timedelta
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import hashers
from django.test import override_settings

from apps.accounts.hashing import TooManySignIns
from apps.audit import clock
from apps.audit.models import AuditEvent
from tests.api.eucaptcha.conftest import LOGIN, SITEKEYS, log_in, refused, violations
from tests.people import PASSWORD, Api

WRONG = "The e-mail address or the password is wrong."


def said_no(answer) -> str:
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["code", "message"]
    assert body["code"] == 401
    return str(body["message"])


def attempt(email: str, password: str = PASSWORD, **more):
    return Api().post(LOGIN, {"email": email, "password": password, **more})


def test_a_right_password_gives_a_token_that_acts_as_the_person(alice, shop):
    answer = attempt("Alice@People.Example")

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert list(answer.json()) == ["success", "token"]
    assert answer.json()["success"] is True
    assert not answer.cookies
    created = Api(answer.json()["token"]).post(SITEKEYS, {"domain": "example.com"})
    event = AuditEvent.objects.get(request_id=created["X-Request-ID"])
    assert (event.actor_kind, event.actor_label, event.surface) == ("person", alice.user.email, "eucaptcha")


def test_it_holds_only_what_may_stand_behind_bearer_and_nothing_of_the_password(alice):
    token = log_in(alice)

    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=")
    assert alice.user.get_session_auth_hash() not in token


@pytest.mark.parametrize(("more", "hours"), [({}, 1), ({"rememberMe": False}, 1), ({"rememberMe": True}, 24)])
def test_it_ends_after_an_hour_or_a_day(alice, more, hours):
    api = Api(log_in(alice, **more))

    with clock.at(clock.now() + timedelta(hours=hours, seconds=-2)):
        assert api.get(SITEKEYS).status_code == 200
    with clock.at(clock.now() + timedelta(hours=hours, seconds=2)):
        assert "Sign in again" in said_no(api.get(SITEKEYS))


def test_it_ends_with_the_password(alice):
    api = Api(log_in(alice))
    alice.user.set_password("another long pass phrase")
    alice.user.save()

    said_no(api.get(SITEKEYS))


def test_it_ends_when_the_person_signs_out_everywhere_else(alice):
    token = log_in(alice)
    assert Api(token).get(SITEKEYS).status_code == 200

    alice.browser.post("/accounts/sessions/")

    assert Api(token).get(SITEKEYS).status_code == 401
    assert Api(log_in(alice)).get(SITEKEYS).status_code == 200


def test_it_ends_when_the_person_is_deactivated_or_gets_a_second_factor(alice):
    api = Api(log_in(alice))
    factor = Authenticator(user=alice.user, type="totp", data={"secret": "x"})
    Authenticator.objects.bulk_create([factor])
    said_no(api.get(SITEKEYS))
    Authenticator.objects.all().delete()
    assert api.get(SITEKEYS).status_code == 200

    alice.user.is_active = False
    alice.user.save()

    said_no(api.get(SITEKEYS))


@pytest.mark.parametrize("place", range(0, 200, 7))
def test_a_token_that_was_changed_is_none(alice, place):
    token = log_in(alice)
    place %= len(token)
    other = "A" if token[place] != "A" else "B"

    said_no(Api(token[:place] + other + token[place + 1 :]).get(SITEKEYS))


def test_tokens_of_another_key_or_purpose_are_none(alice):
    token = log_in(alice)
    with (
        override_settings(SECRET_KEY="another-secret-key" * 4),
        mock.patch("apps.api.eucaptcha.tokens._signer.key", "another"),
    ):
        said_no(Api(token).get(SITEKEYS))
    said_no(Api(token + "x").get(SITEKEYS))
    said_no(Api(token.replace(".", ":")).get(SITEKEYS))


def test_a_token_is_no_key_elsewhere(alice, account):
    answer = Api(log_in(alice)).get("/api/v1/whoami")

    assert answer.status_code == 401
    assert "nct_" in answer.json()["error"]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@people.example", "wrong"),
        ("alice@people.example", ""),
        ("alice@people.example", PASSWORD.upper()),
        ("nobody@people.example", PASSWORD),
        ("", PASSWORD),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("x" * 10_000, "y" * 10_000),
        ("é\u202e@ex.example", "ключ"),
    ],
)
def test_a_wrong_password_and_an_unknown_address_read_the_same(alice, email, password):
    answer = attempt(email, password)

    assert said_no(answer) == WRONG
    assert answer.content == attempt("someone.else@people.example", "wrong").content


@pytest.mark.usefixtures("real_hasher")
def test_they_cost_the_same_work_too(alice):
    alice.user.set_password(PASSWORD)
    alice.user.save()
    counts = []
    for email in ("alice@people.example", "nobody@people.example"):
        with (
            mock.patch.object(hashers.Argon2PasswordHasher, "encode", return_value="argon2$x") as encoded,
            mock.patch.object(hashers.Argon2PasswordHasher, "verify", return_value=False) as verified,
        ):
            attempt(email, "wrong")
        counts.append(encoded.call_count + verified.call_count)

    assert counts == [1, 1]


def test_who_knows_the_password_is_told_why_it_is_not_enough(alice):
    def no(password: str = PASSWORD) -> str:
        return said_no(attempt(alice.user.email, password))

    Authenticator.objects.bulk_create([Authenticator(user=alice.user, type="totp", data={"secret": "x"})])
    assert "second factor" in no()
    assert no("wrong") == WRONG
    Authenticator.objects.all().delete()
    EmailAddress.objects.filter(user=alice.user).update(verified=False)
    assert "not verified" in no()
    assert no("wrong") == WRONG
    alice.user.is_active = False
    alice.user.save()
    assert "deactivated" in no()


def test_sign_ins_and_refusals_are_in_the_log_of_this_surface(alice):
    done = attempt(alice.user.email)
    wrong = attempt(alice.user.email, "wrong")

    events = {event.request_id: event for event in AuditEvent.objects.filter(action__startswith="sign_in")}
    succeeded, failed = events[done["X-Request-ID"]], events[wrong["X-Request-ID"]]
    assert (succeeded.action, succeeded.outcome, succeeded.surface) == ("sign_in.succeeded", "done", "eucaptcha")
    assert (failed.action, failed.outcome, failed.surface) == ("sign_in.refused", "refused", "eucaptcha")
    assert failed.reason == "Wrong password."
    assert len(events) == 2
    assert PASSWORD not in str(AuditEvent.objects.values_list())
    assert done.json()["token"] not in str(list(AuditEvent.objects.values()))


def test_guesses_are_limited_for_one_address_wherever_they_come_from(alice):
    answers = [
        Api().post(LOGIN, {"email": alice.user.email, "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{number}")
        for number in range(8)
    ]

    assert {answer.status_code for answer in answers[:4]} == {401}
    assert "Too many" in refused(answers[-1], 429)
    assert int(answers[-1]["Retry-After"]) > 0
    assert attempt(alice.user.email).status_code == 429


def test_guesses_are_limited_for_one_client_whomever_they_are_at(alice):
    statuses = [attempt(f"{number}@people.example", "wrong").status_code for number in range(14)]

    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_guesses_here_count_on_the_sign_in_page_too(alice, client):
    for _ in range(6):
        attempt(alice.user.email, "wrong")

    client.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD})

    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a@b.example"}, "password"),
        ({"password": "x"}, "email"),
        ({"email": 1, "password": "x"}, "email"),
        ({"email": "a@b.example", "password": None}, "password"),
        ({"email": "a@b.example", "password": "x", "rememberMe": "yes"}, "rememberMe"),
    ],
)
def test_a_field_that_cannot_be_is_a_422_that_names_it(db, body, field):
    assert list(violations(Api().post(LOGIN, body))) == [field]


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_another_method_is_a_405(db, method):
    refused(getattr(Api().client, method)(LOGIN), 405)


def test_too_many_sign_ins_at_once_are_a_503(alice):
    with mock.patch("apps.api.eucaptcha.sign_in._Adapter.authenticate", side_effect=TooManySignIns):
        answer = attempt(alice.user.email)

    assert "Too many people" in refused(answer, 503)
    assert answer["Retry-After"] == "2"
