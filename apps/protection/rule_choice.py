"""Which rules a list shows, as its address says; what is unreadable there counts as not asked."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection.rule_models import LONGEST_GROUP, RuleQuerySet, RuleType
from apps.sites import site_key as spelling
from apps.sites.models import Site

WHOLE_ACCOUNT: Final = "account"
STATES: Final = (("acting", "Acting"), ("expired", "Expired"))


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """What somebody asked to see.

    Attributes:
        search: a part of a value, a description or a group.
        type: a `RuleType`, or empty.
        state: `acting`, `expired` or empty.
        site: a site key, `account` for rules of the whole account, or empty.
        group: a group's name, or empty.
    """

    search: str = ""
    type: str = ""
    state: str = ""
    site: str = ""
    group: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether not every rule is asked for."""
        return any((self.search, self.type, self.state, self.site, self.group))

    def query(self, **more: str) -> str:
        """The choice as an address says it, with what stands for nothing left out."""
        parts = {"q": self.search, "type": self.type, "state": self.state, "site": self.site, "group": self.group}
        return urlencode({name: value for name, value in (parts | more).items() if value})

    def among(self, rules: RuleQuerySet, actor: Actor) -> RuleQuerySet:
        """Those of `rules` that are asked for; of a site that the actor may not know of, none."""
        now = clock.now()
        if self.search:
            rules = rules.matching(self.search)
        if self.type:
            rules = rules.filter(type=self.type)
        if self.state:
            rules = rules.acting(now) if self.state == "acting" else rules.expired(now)
        if self.group:
            rules = rules.filter(group=self.group)
        if self.site == WHOLE_ACCOUNT:
            return rules.filter(site=None)
        if self.site:
            return rules.filter(site__in=Site.objects.visible_to(actor).filter(key__in=[spelling.read(self.site)]))
        return rules


def choice_from(query: QueryDict) -> RuleChoice:
    """Read `?q=…&type=…&state=…&site=…&group=…`."""
    kind, state, place = query.get("type", ""), query.get("state", ""), query.get("site", "").strip()[:64]
    key = spelling.read(place)
    return RuleChoice(
        query.get("q", "").replace("\0", "").strip()[:200],
        kind if kind in RuleType.values else "",
        state if state in dict(STATES) else "",
        WHOLE_ACCOUNT if place == WHOLE_ACCOUNT else spelling.spell(key) if key else "",
        query.get("group", "").replace("\0", "").strip()[:LONGEST_GROUP],
    )
