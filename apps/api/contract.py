"""A contract: one vendor's wire API, as a registry of endpoints.

The registry drives routing, method dispatch, authentication, decoding, rate limits, error shapes and the
OpenAPI document, so none of them can drift from the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import UnionType
from typing import Any, Final, get_args

import msgspec
from django.http import HttpRequest

from apps.api.callers import Authenticate, Caller, key_caller
from apps.api.errors import ApiError
from apps.api.placements import BEARER, Placement
from apps.api_keys.models import ApiKey
from apps.permissions.actor import Actor
from apps.permissions.refusals import Refused

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"
MERGE_PATCH: Final = "application/merge-patch+json"
PROBLEM: Final = "application/problem+json"
URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
ANYTHING: Final = "*/*"
"""Among the types that a body may have: it is read as JSON whatever it is called, unless it is a form that it is
called one; and an empty one, where no field is needed, as an object without any."""

TEXT: Final = "text/plain"
FORMS: Final = (URLENCODED, MULTIPART)


class Credential(StrEnum):
    """What a request proves itself with."""

    BEARER_KEY = "bearer key"
    SITE_SECRET = "site secret"  # noqa: S105  (a word)
    SITE_SECRET_OR_KEY = "site secret or key"  # noqa: S105  (words)
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through an endpoint.

    Attributes:
        request: Django's request.
        path: the path's parameters.
        query: the decoded query, of the endpoint's `query` type; `None` where it has none.
        body: the decoded body, of the endpoint's `body` type; `None` where it has none.
        known_caller: who calls, where the endpoint takes a bearer credential.
        recognise: finds who calls by a credential that may stand elsewhere; their request is counted then.
    """

    request: HttpRequest
    path: Mapping[str, str]
    query: Any
    body: Any
    known_caller: Caller | None = None
    recognise: Callable[[str], Caller] | None = None

    def recognised(self, token: str) -> Caller:
        """Who calls, by a credential that the endpoint found itself.

        Args:
            token: as the client sent it.

        Raises:
            ApiError: for one that does not work, and for too many requests.
            Forbidden: for a key of an account that has switched its API off.
            RuntimeError: for a call that did not come over the wire.
        """
        if self.recognise is None:
            raise RuntimeError("Nobody can be recognised here.")
        return self.recognise(token)

    @property
    def caller(self) -> Caller:
        """Who calls.

        Raises:
            RuntimeError: on an endpoint that takes no bearer credential.
        """
        if self.known_caller is None:
            raise RuntimeError("This endpoint takes no bearer credential.")
        return self.known_caller

    @property
    def actor(self) -> Actor:
        """Who acts.

        Raises:
            RuntimeError: on an endpoint that takes no API key, or more than those.
        """
        return self.caller.required_actor

    @property
    def key(self) -> ApiKey:
        """The API key that was sent.

        Raises:
            RuntimeError: on an endpoint that takes no API key, or more than those.
        """
        if self.caller.key is None:
            raise RuntimeError("This caller is no API key.")
        return self.caller.key


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """How an error is put into words.

    Attributes:
        type: the type of the body.
        make: makes the body, given the error and the request's id.
        content_type: of the answer.
    """

    type: type[msgspec.Struct]
    make: Callable[[ApiError, str], msgspec.Struct]
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path.

    Attributes:
        method: HTTP method.
        path: the path below the host, with `{parameters}`.
        handler: the view.
        summary: a line for the reference.
        permission: the permission it needs; empty where every working key, or no key, is enough.
        credential: what it takes.
        answer: the type of a successful answer, or several with `|` between them; `None` for one without a body.
        status: the status of a successful answer.
        body: the type of the body, if it has one: a struct, a list, or `str` for a text as it is.
        query: the type of the query, if it has one.
        takes: the content types of the body; a body that names none is read as JSON.
        statuses: the error statuses it can answer with.
        takes_idempotency_key: whether a request may be named, to be answered and not done again when it is repeated.
        headers: further ones of an answer without a body.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    permission: str
    credential: Credential
    answer: Any
    status: int
    body: Any
    query: type[msgspec.Struct] | None
    takes: tuple[str, ...]
    statuses: tuple[int, ...]
    takes_idempotency_key: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def kinds_of(answer: Any) -> tuple[Any, ...]:
    """The types that an answer may have: none where it has no body."""
    if answer is None:
        return ()
    return get_args(answer) if isinstance(answer, UnionType) else (answer,)


@dataclass(frozen=True, slots=True)
class Contract:
    """Some endpoints that take the same credentials and answer errors in the same shapes.

    Attributes:
        name: the surface that audit events name.
        title: the heading in the API reference.
        description: a paragraph for the API reference.
        errors: the shape of an error.
        errors_by_status: the shapes of those errors that have one of their own.
        invalid_fields_status: the status for fields that cannot be used.
        own_status: the status of an error, where this contract answers it with another than is usual.
        authenticate: finds the caller behind a credential.
        placement: where a request carries the credential.
        security: what such a credential may be, by the names of the document's security schemes.
        problems: a word for `ApiError.problem` by the kind of refusal, for those that the contract tells apart.
        takes: the content types of a body where an endpoint names none of its own.
        id_headers: the names under which an answer carries the request's id, besides `X-Request-ID`.
        tells_limits: whether every answer to a known caller says how many requests they have left.
        headers: further headers of every answer, given the request once it has been answered.
        roots: where paths begin that are answered in this contract's shape also where there is no endpoint.
        endpoints: in the order of the reference.
        preflights: what browsers ask before a page of another origin asks, by path; not in the reference.
    """

    name: str
    title: str
    description: str
    errors: ErrorShape
    errors_by_status: Mapping[int, ErrorShape] = field(default_factory=dict)
    invalid_fields_status: int = 400
    own_status: Callable[[ApiError], int | None] = lambda _: None
    authenticate: Authenticate = key_caller
    placement: Placement = BEARER
    security: tuple[str, ...] = ("apiKey",)
    problems: Mapping[type[Refused], str] = field(default_factory=dict)
    takes: tuple[str, ...] = (JSON,)
    id_headers: tuple[str, ...] = ()
    tells_limits: bool = False
    headers: Callable[[HttpRequest], Mapping[str, str]] = lambda _: {}
    roots: tuple[str, ...] = ()
    endpoints: list[Endpoint] = field(default_factory=list)
    preflights: dict[str, Endpoint] = field(default_factory=dict)

    def status_of(self, error: ApiError) -> int:
        """The status that this contract answers an error with."""
        usual = self.invalid_fields_status if error.violations else error.status
        return self.own_status(error) or usual

    def problem_of(self, refusal: Refused) -> str:
        """This contract's word for what an operation refused; empty where it has none."""
        return next((word for kind, word in self.problems.items() if isinstance(refusal, kind)), "")

    def shape_of(self, status: int) -> ErrorShape:
        """The shape of the errors with this status."""
        return self.errors_by_status.get(status, self.errors)

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        answer: Any,
        permission: str = "",
        credential: Credential = Credential.BEARER_KEY,
        status: int = 200,
        body: Any = None,
        query: type[msgspec.Struct] | None = None,
        takes: tuple[str, ...] | None = None,
        statuses: tuple[int, ...] = (),
        takes_idempotency_key: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a view; the arguments are those of `Endpoint`."""

        def register(handler: Handler) -> Handler:
            self.endpoints.append(
                Endpoint(
                    method,
                    path,
                    handler,
                    summary,
                    permission,
                    credential,
                    answer,
                    status,
                    body,
                    query,
                    self.takes if takes is None else takes,
                    statuses,
                    takes_idempotency_key,
                )
            )
            return handler

        return register

    def preflight(
        self, path: str, *, headers: Mapping[str, str], query: type[msgspec.Struct] | None = None
    ) -> Callable[[Handler], Handler]:
        """Register the view that looks whether a page of another origin may ask; it raises where it may not.

        Args:
            path: of the endpoint that the page is going to ask.
            headers: what the answer says beside the contract's own.
            query: the type of the query.
        """

        def register(handler: Handler) -> Handler:
            self.preflights[path] = Endpoint(
                "OPTIONS", path, handler, "", "", Credential.NONE, None, 204, None, query, (), (), headers=headers
            )
            return handler

        return register
