"""Operations: the only way anything is changed, and the only way anything is read for somebody.

An operation takes an `Actor` first and keyword arguments after. It authorises, changes and writes its
audit event in one transaction; when the event cannot be written, nothing happened. A refusal is recorded
too, in a transaction of its own, because the operation's is rolled back.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, TypeVar

from django.db import transaction

from apps.audit.actions import Action
from apps.audit.models import Outcome
from apps.audit.record import Target, record
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.refusals import Forbidden, Refused

P = ParamSpec("P")
R = TypeVar("R")
Function = Callable[Concatenate[Actor, P], R]

SYSTEM_ONLY: Final = "system"
"""In place of a permission: only the product itself does this, from the command line or the worker."""


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """What the registry knows of an operation.

    Attributes:
        name: module and function name.
        permission: the permission it needs, or `SYSTEM_ONLY`.
        actions: the audit actions it may record; empty for one that only reads.
        reads_only: whether it changes nothing.
    """

    name: str
    permission: str
    actions: tuple[Action, ...]
    reads_only: bool


OPERATIONS: Final[dict[str, OperationEntry]] = {}


def operation(permission: str, *actions: Action) -> Callable[[Function[P, R]], Function[P, R]]:
    """Make a function an operation that changes something.

    Args:
        permission: the permission that the actor needs, or `SYSTEM_ONLY`.
        actions: the audit actions it may record; the first stands for it when it is refused.
    """

    def decorate(function: Function[P, R]) -> Function[P, R]:
        _register(function, permission, actions, reads_only=False)

        @functools.wraps(function)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with recording_refusals(actor, actions[0], kwargs), transaction.atomic():
                _require(actor, permission)
                return function(actor, *args, **kwargs)

        return run

    return decorate


def reading(permission: str) -> Callable[[Function[P, R]], Function[P, R]]:
    """Make a function an operation that only reads: authorised, and its refusals recorded, without a transaction.

    Args:
        permission: the permission that the actor needs.
    """

    def decorate(function: Function[P, R]) -> Function[P, R]:
        _register(function, permission, (), reads_only=True)

        @functools.wraps(function)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with recording_refusals(actor, Action.READING_REFUSED, kwargs):
                _require(actor, permission)
                return function(actor, *args, **kwargs)

        return run

    return decorate


def record_refusal(actor: Actor, action: Action, refusal: Forbidden) -> None:
    """Write, once, that the actor was refused, on the thing it tried where that is known."""
    if actor.account_id is None or refusal.is_recorded:
        return
    target = refusal.target or Target("permission", refusal.permission, refusal.permission)
    with transaction.atomic():
        record(actor, action, target, outcome=Outcome.REFUSED, reason=str(refusal))
    refusal.is_recorded, refusal.action = True, action


def record_again(actor: Actor, refusal: Refused) -> None:
    """Write a refusal anew whose event went with the transaction that it ended."""
    if isinstance(refusal, Forbidden) and refusal.action:
        refusal.is_recorded = False
        record_refusal(actor, refusal.action, refusal)


def entry_of(function: Callable[..., object]) -> OperationEntry:
    """What the registry knows of an operation."""
    return OPERATIONS[_name_of(function)]


@contextmanager
def recording_refusals(actor: Actor, action: Action, arguments: Mapping[str, object]) -> Iterator[None]:
    """Record the refusal that ends the block; it stands outside the transaction, which is rolled back by then.

    Args:
        actor: who is refused.
        action: what they tried.
        arguments: by name; they say what it was about where the refusal does not.
    """
    try:
        yield
    except Forbidden as refusal:
        refusal.target = refusal.target or _named_in(arguments)
        record_refusal(actor, action, refusal)
        raise


def _named_in(arguments: Mapping[str, object]) -> Target | None:
    """What a refused call was about, as the caller named it; it was never looked up, so it has no other label."""
    for argument, kind in (("site_key", "site"), ("key_id", "key"), ("organization_id", "organization")):
        if arguments.get(argument) is not None:
            name = str(arguments[argument])[:64]
            return Target(kind, name, name)
    return None


def _require(actor: Actor, permission: str) -> None:
    if permission != SYSTEM_ONLY:
        actor.require(permission)
    elif actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the product itself does this.", permission=SYSTEM_ONLY)


def _register(
    function: Callable[..., object], permission: str, actions: tuple[Action, ...], *, reads_only: bool
) -> None:
    if permission != SYSTEM_ONLY and permission not in CATALOGUE:
        raise ValueError(f"{permission} is not in the catalogue.")
    name = _name_of(function)
    OPERATIONS[name] = OperationEntry(name, permission, actions, reads_only)


def _name_of(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
