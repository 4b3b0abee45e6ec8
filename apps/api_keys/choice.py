"""Which keys a list shows, in which order, as its address says; what is unreadable there counts as not asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from apps.accounts.models import User
from apps.api_keys.models import ApiKeyQuerySet, KeyState
from apps.audit import clock
from apps.listing.keyset import BY_NAME, FIRST_TO_EXPIRE, LAST_USED_FIRST, NEWEST_FIRST, Order
from apps.permissions.actor import Actor
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.roles import SEES_ALL_KEYS
from apps.sites import site_key as spelling
from apps.sites.models import Site

ORDERS: Final[Mapping[str, tuple[str, Order]]] = {
    "newest": ("Newest first", NEWEST_FIRST),
    "name": ("By name", BY_NAME),
    "used": ("Last used first", LAST_USED_FIRST),
    "expires": ("First to expire", FIRST_TO_EXPIRE),
}
MOST_SITES_OFFERED: Final = 200
"""So many sites are offered in a list; of more, one is named by its key."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """What somebody asked to see.

    Attributes:
        search: a part of the name, or the last four characters.
        state: a `KeyState`, or empty.
        creator: a person's number, or empty.
        permission: a name from the catalogue, or empty.
        site: a site key, or empty.
        organization: the number of an organization that the key is limited to, or empty.
        sort: one of `ORDERS`.
    """

    search: str
    state: str
    creator: str
    permission: str
    site: str
    organization: str
    sort: str

    @property
    def is_filtered(self) -> bool:
        """Whether not every key is asked for."""
        return any((self.search, self.state, self.creator, self.permission, self.site, self.organization))

    @property
    def order(self) -> Order:
        """How the list is sorted."""
        return ORDERS[self.sort][1]

    def query(self, **more: str) -> str:
        """The choice as an address says it, with what stands for nothing left out."""
        sort = "" if self.sort == "newest" else self.sort
        parts = {"q": self.search, "state": self.state, "creator": self.creator, "permission": self.permission}
        parts |= {"site": self.site, "organization": self.organization, "sort": sort} | more
        return urlencode({name: value for name, value in parts.items() if value})

    def among(self, keys: ApiKeyQuerySet, actor: Actor) -> ApiKeyQuerySet:
        """Those of `keys` that are asked for; of a site that the actor may not know of, none."""
        if self.search:
            keys = keys.matching(self.search)
        if self.state:
            keys = keys.in_state(KeyState(self.state), clock.now())
        if self.creator:
            keys = keys.filter(created_by_id=int(self.creator))
        if self.permission:
            keys = keys.holding(self.permission)
        if self.site:
            site = Site.objects.visible_to(actor).filter(key__in=[spelling.read(self.site)]).first()
            keys = keys.reaching(site) if site else keys.none()
        if self.organization:
            keys = keys.filter(reached_organization__organization_id=int(self.organization), reaches_all_sites=False)
        return keys


def choice_from(query: QueryDict) -> KeyChoice:
    """Read `?q=…&state=…&creator=…&permission=…&site=…&organization=…&sort=…`."""
    state, permission, sort = query.get("state", ""), query.get("permission", ""), query.get("sort", "")
    organization = query.get("organization", "")
    creator, site = query.get("creator", ""), spelling.read(query.get("site", "").strip()[:64])
    return KeyChoice(
        query.get("q", "").replace("\0", "").strip()[:200],
        state if state in KeyState.values else "",
        creator if _is_number(creator) else "",
        permission if permission in CATALOGUE else "",
        spelling.spell(site) if site else "",
        organization if _is_number(organization) else "",
        sort if sort in ORDERS else "newest",
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def creators_for(actor: Actor) -> list[User]:
    """The people whose keys the actor sees; none for those who see their own alone."""
    if actor.role not in SEES_ALL_KEYS:
        return []
    makers = User.objects.filter(api_keys__account_id=actor.own_account_id, api_keys__deleted_at=None)
    return list(makers.distinct().order_by("name", "email"))


def sites_offered(actor: Actor) -> list[Site] | None:
    """The actor's sites to choose one from; `None` where these are too many for a list."""
    sites = list(Site.objects.visible_to(actor).order_by("name", "pk")[: MOST_SITES_OFFERED + 1])
    return sites if len(sites) <= MOST_SITES_OFFERED else None
