"""Writing an event: the one way into the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.chain import GENESIS, link_hash
from apps.audit.models import AuditChain, AuditEvent, Outcome

Changes = Mapping[str, tuple[Any, Any]]
"""What changed: field name → (before, after), each plain JSON."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where something came from.

    Attributes:
        surface: the door: `dashboard`, a contract's name, `command line`, `worker`.
        ip: the client's address, empty where there is none.
        user_agent: as the client names itself.
        request_id: as in the answer's `X-Request-ID`.
    """

    surface: str
    ip: str = ""
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What something was done to, with the label it had at the time."""

    kind: str
    id: str
    label: str


class Doer(Protocol):
    """What the log needs to know of an actor."""

    @property
    def kind(self) -> str:
        """`person`, `key`, `secret` or `system`."""

    @property
    def id(self) -> str:
        """Its id among its kind."""

    @property
    def label(self) -> str:
        """Its name for a reader."""

    @property
    def account_id(self) -> UUID | None:
        """The account it acts in."""

    @property
    def source(self) -> Source:
        """Where it acts from."""


def record(
    actor: Doer,
    action: Action,
    target: Target,
    *,
    changes: Changes | None = None,
    outcome: Outcome = Outcome.DONE,
    reason: str = "",
    account_id: UUID | None = None,
) -> AuditEvent:
    """Append one event to the account's chain, in the caller's transaction.

    Writers of one account queue for the chain's row until they commit, so record last in a transaction.

    Args:
        actor: who.
        action: what.
        target: on what.
        changes: what changed, before and after. Never a secret.
        outcome: done, or refused.
        reason: why it was refused.
        account_id: whose log, where it is not the actor's account.

    Raises:
        ValueError: when there is no account to record it in.
        TransactionManagementError: outside a transaction.
    """
    account = account_id or actor.account_id
    if account is None:
        raise ValueError("An audit event belongs to an account.")
    chain = _chain_end(account)
    event = AuditEvent(
        account_id=account,
        sequence=chain.length + 1,
        at=clock.now(),
        action=action,
        outcome=outcome,
        reason=reason,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:320],
        target_kind=target.kind,
        target_id=target.id,
        target_label=target.label[:320],
        surface=actor.source.surface,
        ip=actor.source.ip,
        user_agent=actor.source.user_agent[:300],
        request_id=actor.source.request_id,
        changes={field: list(pair) for field, pair in (changes or {}).items()},
        previous_hash=bytes(chain.head),
    )
    event.hash = link_hash(event)
    event.save(force_insert=True)
    AuditChain.objects.filter(account_id=account).update(length=event.sequence, head=event.hash)
    return event


def _chain_end(account_id: UUID) -> AuditChain:
    """The end of the account's chain, locked until the transaction ends."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An audit event is recorded inside its change's transaction.")
    locked = AuditChain.objects.select_for_update()
    chain = locked.filter(account_id=account_id).first()
    if chain is None:
        AuditChain.objects.bulk_create([AuditChain(account_id=account_id, head=GENESIS)], ignore_conflicts=True)
        chain = locked.get(account_id=account_id)
    return chain
