"""Everything that can be done with the audit log: it is read and exported, never changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apps.audit.actions import Action
from apps.audit.chain import ChainReport, verify_chain
from apps.audit.models import AuditEvent, AuditEventQuerySet
from apps.audit.record import Target, record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import NotFound

CHUNK: Final = 2000  # events held in memory at once by an export


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What part of the log is wanted; empty fields do not narrow.

    Attributes:
        actor: a part of the actor's label, or its id.
        action: an action, such as `site.created`.
        outcome: `done` or `refused`.
        site: a part of a site's name, or its site key.
        first: the first moment.
        end: the moment after the last.
    """

    actor: str = ""
    action: str = ""
    outcome: str = ""
    site: str = ""
    first: datetime | None = None
    end: datetime | None = None
    described: dict[str, str] = field(default_factory=dict)

    def narrow(self, events: AuditEventQuerySet) -> AuditEventQuerySet:
        """The events that fit."""
        if self.actor:
            events = events.by_actor(self.actor)
        if self.action:
            events = events.filter(action=self.action)
        if self.outcome:
            events = events.filter(outcome=self.outcome)
        if self.site:
            events = events.on_site(self.site)
        return events.between(self.first, self.end)


@reading("getAuditEvents")
def list_events(actor: Actor) -> AuditEventQuerySet:
    """The account's events, newest first.

    Raises:
        Forbidden: without `getAuditEvents`.
    """
    return AuditEvent.objects.of_account(actor.account_id).newest_first()


@reading("getAuditEvents")
def get_event(actor: Actor, *, sequence: int) -> AuditEvent:
    """One event, by its number in the account's chain.

    Raises:
        NotFound: when the account's chain has no such number.
        Forbidden: without `getAuditEvents`.
    """
    event = AuditEvent.objects.of_account(actor.account_id).filter(sequence=sequence).first()
    if event is None:
        raise NotFound(f"There is no event {sequence} in this account's log.")
    return event


@reading("getAuditEvents")
def check_log(actor: Actor) -> ChainReport:
    """Whether the account's log stands as it was written.

    Raises:
        Forbidden: without `getAuditEvents`.
    """
    if actor.account_id is None:
        raise NotFound("There is no account whose log could be checked.")
    return verify_chain(actor.account_id)


@operation("exportAuditEvents", Action.AUDIT_EXPORTED)
def export_events(actor: Actor, *, wanted: EventFilter, form: str) -> Iterator[AuditEvent]:
    """The events that fit, newest first, read in chunks; that they were exported is itself an event.

    Args:
        actor: who exports.
        wanted: which events.
        form: `csv` or `jsonl`, for the event.

    Raises:
        Forbidden: without `exportAuditEvents`.
    """
    events = wanted.narrow(AuditEvent.objects.of_account(actor.account_id)).newest_first()
    changes: dict[str, tuple[Any, Any]] = {"format": (None, form)}
    changes |= {name: (None, value) for name, value in wanted.described.items()}
    exported = record(actor, Action.AUDIT_EXPORTED, Target("log", str(actor.account_id), "Audit log"), changes=changes)
    return events.filter(sequence__lt=exported.sequence).iterator(chunk_size=CHUNK)
