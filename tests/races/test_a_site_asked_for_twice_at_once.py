"""The same named request, many times at the same moment: one site, and one answer with its secret."""

from typing import Any

import pytest

from apps.audit.chain import verify_chain
from apps.sites.models import Site, SiteRequest
from tests.people import Api, MakeKey, Person
from tests.races.together import THREADS, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6
ENDPOINTS = {"/api/v1/sites": "siteSecret", "/myra-auto-app-api/captcha_sitekeys": "secret"}


def body_for(path: str, person: Person, name: str) -> dict[str, Any]:
    if path == "/api/v1/sites":
        return {"name": name, "allowedOrigins": ["https://a.example"], "accountId": str(person.account.pk)}
    return {"domain": "a.example", "label": name}


@pytest.mark.parametrize("path", ENDPOINTS)
def test_of_16_same_requests_at_once_one_makes_the_site(alice: Person, make_key: MakeKey, path: str) -> None:
    token = make_key(alice)
    for number in range(ROUNDS):
        body, headers = body_for(path, alice, f"Web {number}"), {"Idempotency-Key": f"round {number}"}
        answers: list[Any] = together([lambda: Api(token).post(path, body, headers=headers)] * THREADS)  # noqa: B023
        assert [getattr(answer, "status_code", answer) for answer in answers] == [201] * THREADS
        assert len({answer.json()["siteKey"] for answer in answers}) == 1
        whole = [answer for answer in answers if "…" not in answer.json()[ENDPOINTS[path]]]
        assert len(whole) == 1
        assert Site.objects.filter(name=f"Web {number}").count() == 1
    assert verify_chain(alice.account.pk).is_intact


def test_of_16_different_requests_with_one_key_at_once_one_makes_a_site(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice)
    bodies = [body_for("/api/v1/sites", alice, f"Web {number}") for number in range(THREADS)]
    headers = {"Idempotency-Key": "one"}
    statuses = together(
        [lambda body=body: Api(token).post("/api/v1/sites", body, headers=headers).status_code for body in bodies]  # type: ignore[misc]
    )
    assert sorted(map(str, statuses)) == ["201"] + ["409"] * (THREADS - 1)
    assert (Site.objects.count(), SiteRequest.objects.count()) == (1, 1)


def test_while_the_first_fails_the_second_gets_its_turn(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice)
    headers = {"Idempotency-Key": "shared"}
    right = body_for("/api/v1/sites", alice, "Right")
    wrong = right | {"allowedOrigins": ["*"]}
    work = [
        lambda sent=sent: Api(token).post("/api/v1/sites", sent, headers=headers).status_code for sent in (wrong, right)
    ]
    for _ in range(ROUNDS):
        Site.objects.all().delete()
        statuses = together(work)
        assert statuses[1] == 201
        assert statuses[0] in {400, 409}, "Refused for itself, or because the right one came first."
        assert Site.objects.count() == 1
