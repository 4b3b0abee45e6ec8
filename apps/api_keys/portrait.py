"""What the page of a key tells of it: where it reaches, which tokens prove it, what keeps it from working today."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from apps.accounts.models import Membership, Organization
from apps.api_keys import access
from apps.api_keys.authentication import key_actor
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.api_keys.networks import contains
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.permissions.models import ReachedSite
from apps.permissions.roles import Role
from apps.sites.models import Site

SITES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """The sites that a key is limited to, as one reader may see them.

    Attributes:
        is_everywhere: whether it is not limited.
        organization: the one organization whose sites it reaches, as they come and go.
        sites: those that the reader may know of, by name; 100 at most.
        count: how many there are in all.
    """

    is_everywhere: bool
    sites: list[Site]
    count: int
    organization: Organization | None = None

    @property
    def more(self) -> int:
        """How many are not among `sites`."""
        return self.count - len(self.sites)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A key as its page shows it.

    Attributes:
        key: the key.
        reach: where it reaches.
        tokens: what proves it now, the newest first.
        withheld: permissions that it has and cannot use today, by the reason.
        creator_is_gone: whether it stopped because its creator left.
        is_usable_from_here: whether the reader's own address lies in its networks.
        may_be_handed: whether the reader may rotate it.
    """

    key: ApiKey
    reach: Reach
    tokens: list[ApiKeyToken]
    withheld: Mapping[str, list[str]]
    creator_is_gone: bool
    is_usable_from_here: bool
    may_be_handed: bool

    @property
    def earlier_tokens(self) -> list[ApiKeyToken]:
        """Those that a rotation has replaced, and whose overlap still runs."""
        return [token for token in self.tokens if token.expires_at]


def reach_of(key: ApiKey, reader: Actor) -> Reach:
    """Where the key reaches, as far as the reader may know."""
    if key.reaches_all_sites:
        return Reach(True, [], 0)
    if key.organization:
        count = Site.objects.living().filter(organization=key.organization).count()
        return Reach(False, [], count, key.organization)
    reached = ReachedSite.objects.filter(key=key).values("site")
    sites = Site.objects.visible_to(reader).filter(pk__in=reached).order_by("name", "pk")
    return Reach(False, list(sites[:SITES_SHOWN]), reached.count())


def portrait_of(key: ApiKey, reader: Actor) -> Portrait:
    """The key as its page shows it to the reader."""
    places = Membership.objects.active().filter(account_id=key.account_id, person_id=key.created_by_id)
    role = places.values_list("role", flat=True).first()
    return Portrait(
        key,
        reach_of(key, reader),
        list(key.tokens.live(clock.now()).order_by("-pk")),
        _by_reason(key, Role(role), reader) if role else {},
        creator_is_gone=role is None,
        is_usable_from_here=contains(key.networks, reader.source.ip),
        may_be_handed=access.may_be_handed(reader, key),
    )


def _by_reason(key: ApiKey, creator_role: Role, reader: Actor) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for name, reason in key_actor(key, creator_role, reader.source).withheld.items():
        reasons.setdefault(reason, []).append(name)
    return reasons
