"""One setting of many sites: which sites are meant, and what would become of each."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from apps.permissions.actor import Actor
from apps.sites import access
from apps.sites.access import Level, NoSuchSite
from apps.sites.list_filter import SiteFilter
from apps.sites.models import Site
from apps.sites.operations import list_sites
from apps.sites.organization_forms import organizations_of
from apps.sites.site_key import read
from apps.tasks.bulk_columns import Setting
from apps.tasks.work import MOST_ITEMS

MOST_CHOSEN: Final = 500
MOST_KINDS: Final = 10  # of a change, in a summary


class TooMany(Exception):
    """More sites match than one task changes; `str` is a sentence for the reader.

    Attributes:
        asked: the filter that they match.
    """

    def __init__(self, count: int, asked: SiteFilter) -> None:
        super().__init__(
            f"{count:,} sites match, and one task changes at most {MOST_ITEMS:,}. "
            "Narrow the list by a search, a state or an organization, and change one part after the other."
        )
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of one site.

    Attributes:
        site: as it is.
        before: the setting as it is, for a reader.
        after: as it would be.
        may_change: whether the reader may change the site at all.
    """

    site: Site
    before: str
    after: str
    may_change: bool

    @property
    def happens(self) -> bool:
        """Whether the site would change."""
        return self.may_change and self.before != self.after


@dataclass(frozen=True, slots=True)
class Selection:
    """Some sites, by name.

    Attributes:
        sites: these.
        asked: the filter that they match; `None` where each was chosen.
    """

    sites: list[Site]
    asked: SiteFilter | None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What names the same sites again, in a form or an address."""
        if self.asked is None:
            return [("sites", site.site_key) for site in self.sites]
        return [("all", "yes"), *self.asked.query.items()]

    @classmethod
    def of(cls, actor: Actor, query: QueryDict, *, are_all_needed: bool) -> "Selection":
        """The sites that a form or an address means: those that it names, or all that match its filter.

        Args:
            actor: who asks.
            query: `sites`, or `all` with a filter.
            are_all_needed: whether each named one has to be there.

        Raises:
            NoSuchSite: for one that the reader may not know of, where all are needed.
            TooMany: when more match than a task changes.
        """
        if query.get("all") == "yes":
            return cls._matching(actor, SiteFilter.of(query, organizations_of(actor)))
        wanted = {read(key) for key in query.getlist("sites")[:MOST_CHOSEN]}
        sites = list(list_sites(actor).filter(key__in=[key for key in wanted if key]).order_by("name", "pk"))
        if are_all_needed and len(sites) < max(len(wanted), 1):
            raise NoSuchSite(access.NO_SUCH_SITE)
        return cls(sites, None)

    @classmethod
    def _matching(cls, actor: Actor, asked: SiteFilter) -> "Selection":
        found = asked.narrow(list_sites(actor)).order_by("name", "pk")
        if (count := found.count()) > MOST_ITEMS:
            raise TooMany(count, asked)
        return cls(list(found), asked)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of all of them, those that change first."""

    changes: Sequence[Change]

    @classmethod
    def of(cls, actor: Actor, sites: Sequence[Site], setting: Setting, value: Any) -> "Preview":
        """What a value of a setting would do to these sites, by this actor."""
        levels = access.levels_of([(actor, site) for site in sites])
        after = setting.shown(value)
        changes = [
            Change(site, setting.shown(getattr(site, setting.name)), after, levels[site.pk] >= Level.WRITE)
            for site in sites
        ]
        return cls(sorted(changes, key=lambda change: not change.happens))

    @property
    def changing(self) -> list[Site]:
        """The sites that would change."""
        return [change.site for change in self.changes if change.happens]

    @property
    def may_change_any(self) -> bool:
        """Whether the actor may change at least one of them."""
        return any(change.may_change for change in self.changes)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """What the setting is now on those that change, and on how many, the most frequent first."""
        return Counter(change.before for change in self.changes if change.happens).most_common(MOST_KINDS)

    @property
    def other_kinds_count(self) -> int:
        """How many sites change that `kinds` leaves out."""
        return len(self.changing) - sum(count for _, count in self.kinds)

    @property
    def same_count(self) -> int:
        """How many have the value already."""
        return sum(change.may_change and not change.happens for change in self.changes)

    @property
    def read_only_count(self) -> int:
        """How many the actor may only read."""
        return sum(not change.may_change for change in self.changes)

    @property
    def digest(self) -> str:
        """What stands for exactly these changes, so that others than were agreed to are noticed."""
        lines = (f"{change.site.pk} {change.before}\n" for change in self.changes if change.happens)
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
