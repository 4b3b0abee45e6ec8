"""How an operation says no. Pages and contracts turn these into their own words and statuses."""

from collections.abc import Callable
from typing import TypeVar

from apps.audit.actions import Action
from apps.audit.record import Target

G = TypeVar("G")
C = TypeVar("C")


class Refused(Exception):
    """An operation that was not done; `str` is a sentence for the reader."""


class NotFound(Refused):
    """The thing does not exist, or the actor may not know that it does: the two are told apart by nothing."""


class Forbidden(Refused):
    """The actor may see the thing and may not do this.

    Attributes:
        permission: the missing permission.
        target: what it would have been done to, where that is known; for the audit event.
        is_recorded: whether the audit log has it already.
        action: the action under which it was recorded.
        why: in a word or two, for counts; empty where the permission says it.
    """

    def __init__(self, message: str, *, permission: str, target: Target | None = None, why: str = "") -> None:
        super().__init__(message)
        self.permission = permission
        self.target = target
        self.why = why
        self.is_recorded = False
        self.action: Action | None = None


class Conflict(Refused):
    """It cannot be done as things stand."""


class Invalid(Refused):
    """What was given cannot be used.

    Attributes:
        errors: field name → what is wrong with it and what would be right.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def checked(check: Callable[[G], C], given: G, errors: dict[str, str]) -> C | None:
    """What `check` makes of `given`; or `None`, with the errors collected, so that one answer names them all."""
    try:
        return check(given)
    except Invalid as invalid:
        errors.update(invalid.errors)
        return None
