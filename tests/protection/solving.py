"""What a widget and its page do: ask for a challenge, solve it, hand in the solution."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from altcha import v2 as altcha
from django.test import Client

from apps.audit import clock
from apps.protection import pace
from apps.protection.issuing import IssuedChallenge, issue_challenge
from apps.protection.verifying import Verification, verify_solution
from apps.protection.visitors import Visitor
from apps.sites.models import Site

ORIGIN = "https://shop.example"
VISITOR = Visitor("203.0.113.7", "Mozilla/5.0 (test)")
CHALLENGE = "/challenge"


def set_site(site: Site, **settings: Any) -> Site:
    """Change a site's settings; quick to solve unless another level is asked for."""
    for name, value in ({"level": 1} | settings).items():
        setattr(site, name, value)
    site.save()
    return site


def issue(site: Site, visitor: Visitor = VISITOR, origin: str = ORIGIN) -> IssuedChallenge:
    """A challenge, without HTTP."""
    return issue_challenge(site, visitor, origin)


def payload_of(parameters: dict[str, Any], signature: str, *, time: float = 120.5) -> dict[str, Any]:
    """What a widget that has solved a challenge sends, as JSON values."""
    challenge = altcha.Challenge(altcha.ChallengeParameters.from_dict(parameters), signature)
    found = altcha.solve_challenge(challenge)
    assert found is not None
    solution = {"counter": found.counter, "derivedKey": found.derived_key, "time": time}
    return {"challenge": {"parameters": parameters, "signature": signature}, "solution": solution}


def encoded(payload: Any) -> str:
    """A payload as it travels."""
    return base64.b64encode(json.dumps(payload).encode()).decode()


def solved(site: Site, visitor: Visitor = VISITOR, origin: str = ORIGIN) -> str:
    """A solution, fresh from a widget."""
    issued = issue(site, visitor, origin)
    return encoded(payload_of(issued.parameters, issued.signature))


def later(seconds: float) -> datetime:
    """A moment after now."""
    return clock.now() + timedelta(seconds=seconds)


def verify_later(site: Site, solution: str, seconds: float = 10, **told: str) -> Verification:
    """Hand in a solution some seconds from now, when the site's delay is over."""
    with clock.at(later(seconds)):
        return verify_solution(site, solution, **told)


def ask(site: Site, origin: str | None = ORIGIN, *, address: str = "203.0.113.7", **headers: str) -> Any:
    """GET /challenge as a browser sends it from a page."""
    if origin is not None:
        headers["Origin"] = origin
    return Client(headers=headers, REMOTE_ADDR=address).get(CHALLENGE, {"sitekey": site.site_key})


def forget_rates() -> None:
    """Let what comes next see nothing of what was asked for before."""
    pace.forget()
