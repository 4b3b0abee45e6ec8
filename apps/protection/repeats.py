"""One visitor who is refused over and over: the first refusals of a minute are told one by one, the rest in one record.

Counted in the memory of each process, and forgotten with the minute. That bounds what somebody can have written who
never gets a challenge; how many there were is counted all the same, in the traffic and by that one record.
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from apps.counting.addresses import counted_as

TOLD_ONE_BY_ONE: Final = 10  # refusals of a visitor, on a site, for one reason, in a minute
MOST_VISITORS: Final = 10_000  # told apart in a minute; those who come on top share the records of one
_OTHERS: Final = ""

Kind = tuple[int, str, str]


class Repeats:
    """How often whom has been refused in the running minute. Whoever calls holds a lock."""

    def __init__(self) -> None:
        """Begin."""
        self._minute: datetime | None = None
        self._seen: dict[Kind, int] = {}
        self._shared: dict[Kind, UUID] = {}

    def shared_record(self, site_id: int, address: str, cause: str, minute: datetime) -> UUID | None:
        """Count a refusal.

        Args:
            site_id: which site refused.
            address: whom; the addresses of an IPv6 /64 are one visitor.
            cause: the rule's handle, or the reason where it was none.
            minute: when it began.

        Returns:
            The id of the record that it shares with others; `None` for one that has a record to itself.
        """
        if minute != self._minute:
            self._minute, self._seen, self._shared = minute, {}, {}
        kind = (site_id, counted_as(address), cause)
        if kind not in self._seen and len(self._seen) >= MOST_VISITORS:
            kind = (site_id, _OTHERS, cause)
        self._seen[kind] = self._seen.get(kind, 0) + 1
        return self._shared.setdefault(kind, uuid4()) if self._seen[kind] > TOLD_ONE_BY_ONE else None
