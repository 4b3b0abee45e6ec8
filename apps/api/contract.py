"""A contract: one vendor's wire API, as a registry of endpoints.

The registry drives routing, method dispatch, authentication, decoding, rate limits, error shapes and the
OpenAPI document, so none of them can drift from the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from django.http import HttpRequest

from apps.api.errors import ApiError
from apps.permissions.actor import Actor


class Credential(StrEnum):
    """What a request proves itself with."""

    BEARER_KEY = "bearer key"
    SITE_SECRET = "site secret"  # noqa: S105  (a word)
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through an endpoint.

    Attributes:
        request: Django's request.
        path: the path's parameters.
        query: the decoded query, of the endpoint's `query` type; `None` where it has none.
        body: the decoded body, of the endpoint's `body` type; `None` where it has none.
        account_actor: who acts, where the endpoint takes an API key.
        key: the API key itself, likewise.
    """

    request: HttpRequest
    path: Mapping[str, str]
    query: Any
    body: Any
    account_actor: Actor | None = None
    key: Any = None

    @property
    def actor(self) -> Actor:
        """Who acts.

        Raises:
            RuntimeError: on an endpoint that takes no API key.
        """
        if self.account_actor is None:
            raise RuntimeError("This endpoint takes no API key.")
        return self.account_actor


Handler = Callable[[Call], msgspec.Struct]


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
        answer: the type of a successful answer.
        status: the status of a successful answer.
        body: the type of the body, if it has one.
        query: the type of the query, if it has one.
        takes_form: whether the body may also be a form.
        statuses: the error statuses it can answer with.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    permission: str
    credential: Credential
    answer: type[msgspec.Struct]
    status: int
    body: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    takes_form: bool
    statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Some endpoints that answer errors in one shape.

    Attributes:
        name: the surface that audit events name.
        title: the heading in the API reference.
        description: a paragraph for the API reference.
        error_type: the shape of an error.
        error_body: makes an error's body.
        endpoints: in the order of the reference.
    """

    name: str
    title: str
    description: str
    error_type: type[msgspec.Struct]
    error_body: Callable[[ApiError, str], msgspec.Struct]
    endpoints: list[Endpoint] = field(default_factory=list)

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        answer: type[msgspec.Struct],
        permission: str = "",
        credential: Credential = Credential.BEARER_KEY,
        status: int = 200,
        body: type[msgspec.Struct] | None = None,
        query: type[msgspec.Struct] | None = None,
        takes_form: bool = False,
        statuses: tuple[int, ...] = (),
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
                    takes_form,
                    statuses,
                )
            )
            return handler

        return register
