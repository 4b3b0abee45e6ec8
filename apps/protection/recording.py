"""Noting what becomes of challenges, beside the requests: a note goes into memory, and nothing else.

A thread of each process writes its notes every few seconds, and once more when the process ends: records, and counts
by the minute, hour and day. A process that is killed loses the notes since the last time; one whose database is away
keeps noting and writes later. That a solution is spent is never noted here: that is a row of its own, written at once.
"""

import os
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from apps.counting.flushing import Flusher
from apps.counting.tally import Tally
from apps.protection.outcomes import Outcome
from apps.protection.record_notes import ActingRule, Answer, Cell, Notes, Refusal, Verified
from apps.protection.recording_store import store
from apps.protection.repeats import Repeats
from apps.protection.spans import Grain
from apps.protection.visitors import Visitor
from apps.sites.models import Site

MOST_STORIES: Final = 10_000  # in memory at a time; what comes on top while the database is away makes no record
MOST_CELLS: Final = 50_000
_OF_TEST_KEYS: Final = frozenset({Outcome.TEST_PASSED, Outcome.TEST_FAILED})

log = structlog.get_logger(__name__)


class NotesTally(Tally[Notes]):
    """Notes in memory, with a bound on how many."""

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        self._repeats = Repeats()

    def new_batch(self) -> Notes:
        """Without any note."""
        return Notes()

    def add(self, site_id: int, moment: datetime, count: str, answer: Answer | None = None) -> None:
        """Count one, and keep its story where there is one."""
        with self._lock:
            self._count(Cell(site_id, Grain.MINUTE.begin(moment), count), 1)
            if answer is not None:
                self._keep(answer)

    def add_refusal(self, refusal: Refusal) -> None:
        """Count a challenge that was not given, and keep it, by itself or together with others of the same visitor."""
        minute = Grain.MINUTE.begin(refusal.moment)
        cause = refusal.hit.handle if refusal.hit else refusal.reason
        with self._lock:
            self._count(Cell(refusal.site_id, minute, "blocked"), 1)
            if shared := self._repeats.shared_record(refusal.site_id, refusal.visitor.address, cause, minute):
                refusal.id = shared
            self._keep_refusal(refusal)

    def forget_repeats(self) -> None:
        """Take who is refused next for somebody new."""
        with self._lock:
            self._repeats = Repeats()

    def merge(self, batch: Notes) -> None:
        """Keep notes that could not be written, before those that came since."""
        for cell, count in batch.counts.items():
            self._count(cell, count)
        answers, self._batch.answers = self._batch.answers, batch.answers
        refusals, self._batch.refusals = self._batch.refusals, batch.refusals
        for answer in answers:
            self._keep(answer)
        for refusal in refusals.values():
            self._keep_refusal(refusal)

    def tell_left_out(self, notes: int) -> None:
        """Say how many notes were dropped."""
        log.warning("records_left_out", notes=notes)

    def _count(self, cell: Cell, count: int) -> None:
        counts = self._batch.counts
        if cell in counts or len(counts) < MOST_CELLS:
            counts[cell] = counts.get(cell, 0) + count
        else:
            self._left_out += count

    def _keep(self, answer: Answer) -> None:
        if self._batch.size < MOST_STORIES:
            self._batch.answers.append(answer)
            return
        self._left_out += 1
        if answer.is_solved:  # its record would have been counted when it is written
            self._count(Cell(answer.site_id, Grain.MINUTE.begin(answer.moment), "solved"), 1)

    def _keep_refusal(self, refusal: Refusal) -> None:
        if before := self._batch.refusals.get(refusal.id):
            before.times += refusal.times
        elif self._batch.size < MOST_STORIES:
            self._batch.refusals[refusal.id] = refusal
        else:
            self._left_out += refusal.times


def note_issued(site: Site, visitor: Visitor, *, nonce: UUID, origin: str, level: int, moment: datetime) -> None:
    """Note that a challenge was issued. It has no record before it is answered.

    Args:
        site: whose.
        visitor: who asked for it.
        nonce: which challenge.
        origin: where it will be solved.
        level: how hard it is.
        moment: when.
    """
    _tally.add(site.pk, moment, "issued")
    _flusher.start()


def note_blocked(
    site: Site, visitor: Visitor, *, hit: ActingRule | None, reason: str, origin: str, moment: datetime
) -> None:
    """Note that somebody got no challenge. What the same visitor is refused often is one record (`repeats`).

    Args:
        site: whose.
        visitor: who asked for one.
        hit: the rule that blocked them, where it was one.
        reason: why, in a few words for the record's page.
        origin: where they asked from.
        moment: when.
    """
    _tally.add_refusal(Refusal(site.account_id, site.pk, visitor, hit, reason, origin, moment))
    _flusher.start()


def note_answered(site: Site, *, verification: Verified, moment: datetime, hit: ActingRule | None = None) -> None:
    """Note how a verification was answered. What was asked with test keys is no traffic, and is left out.

    Args:
        site: which site asked.
        verification: what was found.
        moment: when.
        hit: the rule that acted at the verification, where there is one; else the challenge's is looked up.
    """
    outcome = verification.outcome
    if outcome in _OF_TEST_KEYS:
        return
    count = "accepted" if outcome.passes else "blocked" if outcome is Outcome.BLOCKED else "rejected"
    _tally.add(site.pk, moment, count, Answer(site.account_id, site.pk, verification, hit, moment))
    _flusher.start()


def flush() -> int:
    """Write everything that this process has noted.

    Returns:
        How many records were written.

    Raises:
        django.db.Error: when the database is away; the notes are kept for the next time.
    """
    with _tally.taken() as notes:
        if not notes:
            return 0
        with transaction.atomic():
            return store(notes)


def forget() -> None:
    """Throw away what this process has noted and not yet written."""
    _tally.take()
    _tally.forget_repeats()


def _new_flusher() -> Flusher:
    return Flusher("records", flush=lambda: flush(), every=lambda: settings.RECORDS_ARE_FLUSHED_EVERY_SECONDS)


def _begin_anew() -> None:
    """In a child process: the notes are the parent's to write, and its thread and locks did not come along."""
    global _tally, _flusher
    _tally, _flusher = NotesTally(), _new_flusher()


_tally = NotesTally()
_flusher = _new_flusher()
os.register_at_fork(after_in_child=_begin_anew)
