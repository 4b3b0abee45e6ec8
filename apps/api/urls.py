"""The API's addresses, from the registry. Each path answers with and without a trailing slash; none redirects."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from apps import VERSION
from apps.accounts.page import public
from apps.api.challenge import views as challenge_views  # noqa: F401  (registers the endpoint)
from apps.api.challenge.contracts import challenge_api
from apps.api.contract import Contract
from apps.api.credentials import views as credentials_views  # noqa: F401  (registers the endpoint)
from apps.api.credentials.contracts import credentials_api
from apps.api.dispatch import error_answer, path_view
from apps.api.errors import method_not_allowed
from apps.api.eucaptcha import (  # noqa: F401  (each registers endpoints)
    login_views,
    permission_views,
    secret_views,
    sitekey_views,
    statistics_views,
    verify_views,
)
from apps.api.eucaptcha.contracts import sitekeys_api, verify_token_api
from apps.api.neocaptcha import verify_views as neocaptcha_verify_views  # noqa: F401  (registers the endpoint)
from apps.api.neocaptcha import views  # noqa: F401  (registers the endpoints)
from apps.api.neocaptcha.contracts import sites_api, verify_api
from apps.api.nocaptchaai import balance_views, image_views, solve_views  # noqa: F401  (each registers endpoints)
from apps.api.nocaptchaai.contracts import balance_api, solve_api, tasks_api
from apps.api.openapi import build_document
from apps.api.privatecaptcha import (  # noqa: F401  (each registers endpoints)
    organization_views,
    property_views,
    task_views,
)
from apps.api.privatecaptcha.contracts import platform_api
from apps.api.privatecaptcha.verify_views import verification_api
from apps.api.prosopo import (  # noqa: F401  (each registers endpoints)
    key_views,
    record_views,
    rule_views,
    site_views,
    suggestion_views,
    traffic_views,
    user_views,
)
from apps.api.prosopo.contracts import portal_api
from apps.api.siteverify.views import siteverify_api

CONTRACTS: Final = [
    sites_api,
    verify_api,
    sitekeys_api,
    verify_token_api,
    portal_api,
    platform_api,
    tasks_api,
    solve_api,
    balance_api,
    credentials_api,
    siteverify_api,
    verification_api,
    challenge_api,
]


@public
@csrf_exempt
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    if request.method not in {"GET", "HEAD"}:
        return error_answer(CONTRACTS[0], method_not_allowed(request.method or "", ["GET"]), request)
    return HttpResponse(_encoded_document(), content_type="application/json")


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, built once: nothing of it changes while a process runs. Not to be written into."""
    return build_document(CONTRACTS, version=VERSION)


@cache
def _encoded_document() -> bytes:
    return msgspec.json.encode(openapi_document())


def _route(path: str) -> str:
    """The expression that a path matches, without its first slash."""
    return re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path.lstrip("/")) + "/?"


def _patterns(contract: Contract) -> Iterator[URLPattern]:
    by_path = sorted(contract.endpoints, key=lambda endpoint: endpoint.path)
    for path, endpoints in groupby(by_path, key=lambda endpoint: endpoint.path):
        answered = [*endpoints, *(one for at, one in contract.preflights.items() if at == path)]
        yield re_path(rf"^{_route(path)}$", path_view(contract, answered), name=f"{contract.name} {path}")


urlpatterns = [
    re_path(r"^api/openapi\.json$", openapi_json, name="openapi"),
    *(pattern for contract in CONTRACTS for pattern in _patterns(contract)),
]
_ROUTES: Final = [
    (re.compile("/" + _route(endpoint.path)), contract) for contract in CONTRACTS for endpoint in contract.endpoints
]


def contract_of(path: str) -> Contract:
    """The contract whose error shape a path answers in, also where it has no such endpoint."""
    own = (contract for route, contract in _ROUTES if route.fullmatch(path))
    roots = ((root, contract) for contract in CONTRACTS for root in contract.roots if f"{path}/".startswith(root))
    _, rooted = max(roots, key=lambda one: len(one[0]), default=("", CONTRACTS[0]))  # the nearest root
    return next(own, None) or rooted
