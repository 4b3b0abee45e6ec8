"""Every contract's way to ask for a verification, and a solution for everything that one can find."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.audit import clock
from apps.protection.matching import RuleHit, RuleType
from apps.protection.outcomes import Outcome
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.people import MakeKey, Person
from tests.protection.solving import encoded, forget_rates, issue, later, payload_of, set_site, solved

JSON = "application/json"
SECONDS = 10  # after its challenge, a solution is neither too early nor too late
NOT_ONE = "bm90IGEgc29sdXRpb24="
ORIGIN = "https://shop.example"
HOST = "shop.example"


@dataclass(frozen=True)
class Credentials:
    """What a site's backend may prove itself with."""

    site_key: str
    secret: str
    api_key: str


@dataclass(frozen=True)
class Way:
    """One way to ask.

    Attributes:
        send: asks, given credentials and a solution.
        queries: how many a good solution takes: the look-ups, and the one write that spends it.
    """

    send: Callable[[Credentials, str], Any]
    queries: int


def post(path: str, body: Any, content_type: str = JSON, **headers: str) -> Any:
    client = Client(
        raise_request_exception=False, headers={name.replace("_", "-"): one for name, one in headers.items()}
    )
    return client.post(path, body, content_type=content_type) if content_type else client.post(path, body)


def neocaptcha(held: Credentials, solution: str, **more: Any) -> Any:
    """As NeoCaptcha's page says."""
    return post("/api/v1/verify", {"siteKey": held.site_key, "secret": held.secret, "solution": solution} | more)


def eucaptcha(held: Credentials, solution: str, **more: Any) -> Any:
    """As EU Captcha's page says."""
    return post("/v1/verify", {"sitekey": held.site_key, "secret": held.secret, "client_token": solution} | more)


def privatecaptcha(held: Credentials, solution: str, **headers: str) -> Any:
    """As Private Captcha's clients do: the body is the solution."""
    return post("/verify", solution, "text/plain", X_API_Key=held.api_key, **headers)


def form_with_secret(held: Credentials, solution: str, **more: str) -> Any:
    """The form that is like reCAPTCHA's, with the site's secret."""
    return post("/siteverify", {"secret": held.secret, "response": solution} | more, "")


def form_with_key(held: Credentials, solution: str, **more: str) -> Any:
    """The same with an API key."""
    return post("/siteverify", {"secret": held.api_key, "response": solution} | more, "")


def prosopo(held: Credentials, solution: str, **more: Any) -> Any:
    """As Prosopo's page says."""
    return post("/siteverify", {"secret": held.secret, "token": solution} | more)


def prosopo_with_key(held: Credentials, solution: str, **more: Any) -> Any:
    """The same with an API key as the bearer."""
    return post("/siteverify", {"token": solution} | more, Authorization=f"Bearer {held.api_key}")


WAYS = {
    "NeoCaptcha": Way(neocaptcha, 2),
    "EU Captcha": Way(eucaptcha, 2),
    "Private Captcha": Way(privatecaptcha, 3),
    "Private Captcha, form": Way(form_with_secret, 2),
    "Private Captcha, form with a key": Way(form_with_key, 3),
    "Prosopo": Way(prosopo, 2),
    "Prosopo, with a key": Way(prosopo_with_key, 3),
}


@pytest.fixture
def made(alice: Person) -> Any:
    """Alice's site, quick to solve, with its secret; nobody has asked it for anything yet."""
    forget_rates()
    made = create_site(alice.actor, name="Shop", allowed_origins=[ORIGIN])
    set_site(made.site)
    return made


@pytest.fixture
def held(made: Any, alice: Person, make_key: MakeKey) -> Credentials:
    """What its backend holds."""
    return Credentials(made.site.site_key, made.secret.reveal(), make_key(alice, "verify"))


@pytest.fixture
def site(made: Any) -> Site:
    """The site."""
    found: Site = made.site
    return found


def in_time(send: Callable[[Credentials, str], Any], held: Credentials, solution: str, **more: Any) -> Any:
    """Ask when the site's delay is over."""
    with clock.at(later(SECONDS)):
        return send(held, solution, **more)


@dataclass(frozen=True)
class Case:
    """A solution, and when it is handed in."""

    solution: str
    at: datetime


def case_for(outcome: Outcome, site: Site, patch: pytest.MonkeyPatch) -> Case:
    """A solution of which a verification finds this."""
    case = Case(NOT_ONE, later(SECONDS))
    match outcome:
        case Outcome.UNCHECKED:
            case = replace(case, solution=solved(set_site(site, protection_enabled=False)))
        case Outcome.NOT_A_SOLUTION:
            pass
        case Outcome.INVALID:
            case = replace(case, solution=without_its_work(site))
        case Outcome.WRONG_SITE:
            case = replace(case, solution=solved(_another(site)))
        case Outcome.EXPIRED:
            case = Case(solved(set_site(site, validity_seconds=300)), later(301))
        case Outcome.TOO_EARLY:
            case = Case(solved(set_site(site, initial_delay=7)), later(6))
        case Outcome.BLOCKED:
            hit = RuleHit("rule", RuleType.BLOCK, None, True, "A test", {})
            patch.setattr("apps.protection.matching.winner", lambda *_: hit)
            case = replace(case, solution=solved(site))
        case _:
            case = replace(case, solution=solved(site))
    if outcome is Outcome.WRONG_ORIGIN:
        set_site(site, allowed_origins=["https://elsewhere.example"])
    return case


def without_its_work(site: Site) -> str:
    """A challenge that was given here, with an answer that is none."""
    issued = issue(site)
    payload = payload_of(issued.parameters, issued.signature)
    payload["solution"]["derivedKey"] = "0" * 64
    return encoded(payload)


def not_given_here(site: Site) -> str:
    """A solved challenge that says it is easier than it was."""
    issued = issue(site)
    payload = payload_of(issued.parameters, issued.signature)
    payload["challenge"]["parameters"] = issued.parameters | {"salt": "0" * 32}
    return encoded(payload)


def _another(site: Site) -> Site:
    made = Site.objects.create(account=site.account, name="Another", allowed_origins=[ORIGIN], level=1)
    return Site.objects.get(pk=made.pk)
