"""The endpoint: it only translates between the wire and `issue_challenge`."""

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.http import HttpRequest

from apps.api import limits
from apps.api.challenge import schemas
from apps.api.challenge.contracts import ANY_PAGE, challenge_api, let_page_read
from apps.api.contract import Call, Credential
from apps.api.errors import ApiError, not_found, rate_limited
from apps.audit.source import client_address, source_of
from apps.permissions.refusals import Invalid
from apps.protection import test_keys
from apps.protection.issuing import ChallengeRefused, Reason, issue_challenge
from apps.protection.rule_models import with_rules_version
from apps.protection.test_keys import KeysForTests
from apps.protection.visitors import Visitor
from apps.sites import site_key
from apps.sites.models import Site
from apps.sites.origins import is_allowed_on, parse_origin

UNKNOWN_SITE: Final = "There is no site with this key. Copy it from the site's page in the dashboard."
NO_ORIGIN: Final = (
    "The request names no page: it has neither an Origin nor a Referer header. Browsers send one of them; a"
    " Referrer-Policy of no-referrer on a page of this server's own origin takes it away."
)
OPAQUE_ORIGIN: Final = (
    "The page has no origin of its own (Origin: null), as in a sandboxed frame or a file. Serve it from one of the"
    " site's allowed origins."
)
_JA4: Final = re.compile(r"[0-9A-Za-z_]{1,64}")
_PATH: Final = "/challenge"
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Accept, Content-Type",
    "Access-Control-Max-Age": "600",  # seconds
}


@challenge_api.endpoint(
    "GET",
    _PATH,
    summary="Get a challenge",
    credential=Credential.NONE,
    query=schemas.AskChallenge,
    answer=schemas.Challenge,
    statuses=(400, 403, 404, 429),
)
def get_challenge(call: Call) -> schemas.Challenge:
    """A challenge for a visitor of a page. `Origin` (or `Referer`) says which page; it must be one of the site's."""
    query: schemas.AskChallenge = call.query
    if keys := test_keys.of_site_key(query.sitekey.strip()):
        return _for_tests(call.request, keys)
    site, origin = _site_and_page(call.request, query.sitekey)
    limits.count_challenge(client_address(call.request))
    try:
        issued = issue_challenge(site, _visitor(call.request), origin, own_origin=_own_origin(call.request))
    except ChallengeRefused as refusal:
        raise _error_of(refusal) from refusal
    return schemas.Challenge(
        parameters=msgspec.convert(issued.parameters, schemas.ChallengeParameters),
        signature=issued.signature,
        initial_delay=issued.initial_delay,
        validity_seconds=issued.validity_seconds,
        protected=issued.is_protected,
    )


@challenge_api.preflight(_PATH, query=schemas.AskChallenge, headers=_PREFLIGHT)
def may_get_challenge(call: Call) -> None:
    """Whether a page may ask, which browsers want to know first when it sends headers of its own."""
    if test_keys.of_site_key(call.query.sitekey.strip()):
        let_page_read(call.request, ANY_PAGE)
        return
    _site_and_page(call.request, call.query.sitekey)


def _for_tests(request: HttpRequest, keys: KeysForTests) -> schemas.Challenge:
    """The challenge of test keys, for every page: nothing about it is secret, and nothing is counted."""
    let_page_read(request, ANY_PAGE)
    limits.count_challenge(client_address(request))
    return schemas.Challenge(
        parameters=msgspec.convert(keys.parameters, schemas.ChallengeParameters),
        signature=test_keys.NOT_SIGNED,
        initial_delay=0,
        validity_seconds=test_keys.VALID_SECONDS,
        protected=False,
        test=True,
    )


def _site_and_page(request: HttpRequest, key: str) -> tuple[Site, str]:
    """The site, and the page's origin; a page that the site allows may read the answer, whatever it is.

    Raises:
        ApiError: 404 for an unknown site, 429 for too many of them, 403 for a page without an origin.
    """
    uuid = site_key.read(key.strip())
    site = with_rules_version(Site.objects.living()).filter(key=uuid).first() if uuid else None
    if site is None:
        limits.count_unknown_site(client_address(request))
        raise not_found(UNKNOWN_SITE, problem="unknown_site")
    try:
        origin = _page_origin(request)
    except ApiError:
        limits.count_challenge(client_address(request))
        raise
    if "Origin" in request.headers and (is_allowed_on(site, origin) or origin == _own_origin(request)):
        let_page_read(request, request.headers["Origin"])
    return site, origin


def _page_origin(request: HttpRequest) -> str:
    given = request.headers.get("Origin")
    if given == "null":
        raise ApiError(403, "origin_not_allowed", OPAQUE_ORIGIN)
    if given is None:
        given = request.headers.get("Referer", "")
        try:
            parts = urlsplit(given)
            given = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        except ValueError:
            given = ""
    if not given:
        raise ApiError(403, "origin_not_allowed", NO_ORIGIN)
    try:
        return parse_origin(given)
    except Invalid as invalid:
        raise ApiError(403, "origin_not_allowed", str(invalid)) from invalid


def _own_origin(request: HttpRequest) -> str:
    try:
        return parse_origin(f"{request.scheme}://{request.get_host()}")
    except Invalid:
        return ""


def _visitor(request: HttpRequest) -> Visitor:
    source = source_of(request, challenge_api.name)
    ja4 = request.headers.get(settings.JA4_HEADER, "") if settings.JA4_HEADER else ""
    return Visitor(source.ip, source.user_agent, ja4=ja4 if _JA4.fullmatch(ja4) else "")


def _error_of(refusal: ChallengeRefused) -> ApiError:
    if refusal.reason is Reason.TOO_MANY_OPEN:
        return ApiError(429, "too_many_challenges", str(refusal), rate_limited("", refusal.retry_after).headers)
    return ApiError(403, refusal.reason.value.replace(" ", "_"), str(refusal))
