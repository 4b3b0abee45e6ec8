"""`Idempotency-Key`: whoever asks again because an answer was lost gets the same site, and no second one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.models import AuditEvent
from apps.credentials.format import PATTERNS, TokenKind
from apps.permissions.operation import record_refusal
from apps.permissions.refusals import Forbidden
from apps.sites import requests
from apps.sites.models import Site, SiteRequest, SiteSecret
from apps.sites.operations import delete_site
from apps.tasks import housekeeping
from tests.api.eucaptcha.conftest import SITEKEYS, log_in
from tests.people import Api, MakeKey, Person

pytestmark = pytest.mark.django_db

WHOLE_SECRET = PATTERNS[TokenKind.SITE_SECRET]


@dataclass(frozen=True)
class Endpoint:
    """One that creates a site.

    Attributes:
        path: where.
        body: what creates one for a person.
        other: what differs in another request.
        key: of the site in the answer.
        secret: the field that has it.
        wrong: what makes the request one that cannot be used.
    """

    path: str
    body: Callable[[Person], dict[str, Any]]
    other: dict[str, Any]
    key: str
    secret: str
    wrong: dict[str, Any]


NEOCAPTCHA = Endpoint(
    "/api/v1/sites",
    lambda person: {"name": "New", "allowedOrigins": ["https://new.example"], "accountId": str(person.account.pk)},
    {"name": "Other"},
    "siteKey",
    "siteSecret",
    {"allowedOrigins": ["*"]},
)
EU_CAPTCHA = Endpoint(
    SITEKEYS,
    lambda _: {"domain": "new.example", "label": "New"},
    {"label": "Other"},
    "siteKey",
    "secret",
    {"domain": "https://new.example:1"},
)


@pytest.fixture(params=[NEOCAPTCHA, EU_CAPTCHA], ids=["NeoCaptcha", "EU Captcha"])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each that creates a site."""
    return request.param  # type: ignore[no-any-return]


def ask(api: Api, endpoint: Endpoint, person: Person, key: str | None = "order-1", **changed: Any) -> Any:
    """Ask for a site, with a key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.post(endpoint.path, endpoint.body(person) | changed, headers=headers)


def test_the_same_request_again_is_answered_with_the_same_site_and_its_secret_masked(alice, make_key, endpoint):
    api = Api(make_key(alice))
    first, second = (ask(api, endpoint, alice) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    secret = first.json()[endpoint.secret]
    assert WHOLE_SECRET.fullmatch(secret)
    assert second.json()[endpoint.secret] == f"ss_live_…{secret[-4:]}"
    shown_once = {endpoint.secret, "message"}
    assert {k: v for k, v in first.json().items() if k not in shown_once} == {
        k: v for k, v in second.json().items() if k not in shown_once
    }
    assert (Site.objects.count(), SiteSecret.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(action=Action.SITE_CREATED).count() == 1


def test_the_message_of_a_repeated_answer_says_why_its_secret_is_masked(alice, make_key):
    api = Api(make_key(alice))
    first, second = (ask(api, NEOCAPTCHA, alice).json()["message"] for _ in range(2))

    assert "Save the siteSecret" in first
    assert "created the site before" in second
    assert "masked" in second


def test_the_order_of_fields_makes_no_other_request(alice, make_key, endpoint):
    api = Api(make_key(alice))
    body = endpoint.body(alice)
    backwards = dict(reversed(body.items()))
    keys = {
        api.post(endpoint.path, sent, headers={"Idempotency-Key": "k"}).json()[endpoint.key]
        for sent in (body, backwards)
    }

    assert len(keys) == 1
    assert Site.objects.count() == 1


def test_the_same_key_with_another_request_is_a_conflict(alice, make_key, endpoint):
    api = Api(make_key(alice))
    ask(api, endpoint, alice)
    answer = ask(api, endpoint, alice, **endpoint.other)

    assert answer.status_code == 409
    assert "another request" in answer.text
    assert Site.objects.count() == 1


def test_one_key_is_for_one_endpoint(alice, make_key):
    api = Api(make_key(alice))
    assert ask(api, NEOCAPTCHA, alice).status_code == 201
    assert ask(api, EU_CAPTCHA, alice).status_code == 409


def test_requests_without_a_key_each_make_a_site(alice, make_key, endpoint):
    api = Api(make_key(alice))
    assert [ask(api, endpoint, alice, key=None).status_code for _ in range(2)] == [201, 201]
    assert Site.objects.count() == 2
    assert not SiteRequest.objects.exists()


def test_another_callers_same_key_is_another(alice, grace, dave, make_key, endpoint):
    sites = {
        ask(Api(make_key(person)), endpoint, person).json()[endpoint.key] for person in (alice, alice, grace, dave)
    }
    assert len(sites) == 4


def test_a_person_signed_in_through_the_api_is_a_caller_too(alice):
    tokens = [log_in(alice), log_in(alice, rememberMe=True)]
    keys = {ask(Api(token), EU_CAPTCHA, alice).json()["siteKey"] for token in tokens}

    assert len(keys) == 1, "Another token of the same person is the same caller."


def test_a_key_is_forgotten_after_24_hours(alice, make_key, endpoint):
    api = Api(make_key(alice))
    now = clock.now()
    with clock.at(now):
        ask(api, endpoint, alice)
    with clock.at(now + timedelta(hours=23, minutes=59)):
        ask(api, endpoint, alice)
        assert Site.objects.count() == 1
        assert housekeeping.purge_site_requests.call() == 0
    with clock.at(now + timedelta(hours=24)):
        answer = ask(api, endpoint, alice, **endpoint.other)
        assert answer.status_code == 201
        assert WHOLE_SECRET.fullmatch(answer.json()[endpoint.secret])
        assert Site.objects.count() == 2
    with clock.at(now + timedelta(hours=48)):
        assert housekeeping.purge_site_requests.call() == 1
    assert Site.objects.count() == 2, "What is forgotten is the request, not the site."


def test_a_request_that_failed_leaves_its_key_free(alice, make_key, endpoint):
    api = Api(make_key(alice))
    refused = ask(api, endpoint, alice, **endpoint.wrong)
    assert refused.status_code in {400, 422}
    assert not SiteRequest.objects.exists()

    answer = ask(api, endpoint, alice)
    assert answer.status_code == 201
    assert WHOLE_SECRET.fullmatch(answer.json()[endpoint.secret])


def test_a_key_without_permission_is_refused_recorded_and_leaves_nothing(alice, make_key, endpoint):
    token = make_key(alice, "getSites")
    answer = ask(Api(token), endpoint, alice)

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "createSite"
    assert not SiteRequest.objects.exists()
    refusal = AuditEvent.objects.get(outcome="refused")
    assert refusal.action == Action.SITE_CREATED


def test_a_refusal_while_the_site_is_made_is_recorded_too(alice, make_key, endpoint, monkeypatch):
    def refuse(actor: Any, **_: Any) -> None:
        refusal = Forbidden("Not here.", permission="createSite")
        record_refusal(actor, Action.SITE_CREATED, refusal)
        raise refusal

    monkeypatch.setattr(requests, "create_site", refuse)
    assert ask(Api(make_key(alice)), endpoint, alice).status_code == 403
    assert AuditEvent.objects.get(outcome="refused").reason == "Not here."
    assert not SiteRequest.objects.exists()


def test_a_site_that_was_deleted_since_is_not_made_again(alice, make_key, endpoint):
    api = Api(make_key(alice))
    ask(api, endpoint, alice)
    delete_site(alice.actor, site_key=Site.objects.get().site_key)
    answer = ask(api, endpoint, alice)

    assert answer.status_code == 409
    assert "deleted since" in answer.text
    assert Site.objects.count() == 1


def test_a_later_secret_does_not_show_in_a_repeated_answer(alice, make_key, endpoint):
    api = Api(make_key(alice))
    first = ask(api, endpoint, alice).json()
    rotated = api.post(f"/api/v1/sites/{first[endpoint.key]}/rotate-secret").json()["newSiteSecret"]
    again = ask(api, endpoint, alice).json()[endpoint.secret]

    assert again == f"ss_live_…{first[endpoint.secret][-4:]}"
    assert rotated[-4:] not in again


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "größe", "del\x7f"])
def test_a_key_that_cannot_be_used_is_refused(alice, make_key, endpoint, key):
    answer = ask(Api(make_key(alice)), endpoint, alice, key=key)

    assert answer.status_code == 400
    assert "1 to 255 printable" in answer.text
    assert not Site.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 255, "8e03978e-40d5-43dd-bc93-6894a57f9324", '"quoted, and: spaced"'])
def test_any_printable_text_is_a_key(alice, make_key, endpoint, key):
    api = Api(make_key(alice))
    assert [ask(api, endpoint, alice, key=key).status_code for _ in range(2)] == [201, 201]
    assert Site.objects.count() == 1


def test_neither_key_nor_request_nor_secret_is_kept(alice, make_key: MakeKey, endpoint):
    secret = ask(Api(make_key(alice)), endpoint, alice, key="my-own-name").json()[endpoint.secret]
    kept = repr(list(SiteRequest.objects.values()))

    assert secret not in kept
    assert "my-own-name" not in kept
    assert "new.example" not in kept
