"""How many challenges of a site were issued, solved, accepted and blocked, day by day."""

from collections import Counter
from datetime import date
from enum import StrEnum

from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.sites import access


class TrafficKind(StrEnum):
    """What is counted."""

    ISSUED = "issued"
    SOLVED_AUTOMATICALLY = "solved automatically"
    SOLVED_BY_VISITOR = "solved by the visitor"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"


Traffic = Counter[tuple[date, TrafficKind]]


@reading("getTraffic")
def count_traffic(actor: Actor, *, first: date, last: date, site_key: str | None = None) -> Traffic:
    """What was counted on each day in UTC. No challenges are issued yet, so that is nothing.

    Args:
        actor: who asks.
        first: the first day.
        last: the last day; both count.
        site_key: of one site, in any contract's spelling; by default all that the actor may see.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getTraffic`.
    """
    if site_key is not None:
        access.site_to_read(actor, site_key)
    return Counter()
