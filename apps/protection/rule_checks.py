"""Trying out: which rule would act on a request."""

from dataclasses import dataclass, replace

from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.protection import geography, matching
from apps.protection.matching import Candidate
from apps.protection.visitors import Visitor
from apps.protection.work import UNPROTECTED
from apps.sites import access
from apps.sites.models import Site


@dataclass(frozen=True, slots=True)
class Check:
    """What would happen to a request.

    Attributes:
        site: where it would be made.
        visitor: what is known of the visitor, the place of their address included.
        candidates: every rule of which all conditions hold, the winner first; none where the site asks no rule.
        level: of the challenge that they would get at least; `None` where none is given, 0 where no work is asked for.
    """

    site: Site
    visitor: Visitor
    candidates: list[Candidate]
    level: int | None

    @property
    def winner(self) -> Candidate | None:
        """The rule that acts."""
        return next((one for one in self.candidates if one.wins), None)

    @property
    def adds_nothing(self) -> bool:
        """Whether a rule restricts the visitor who gets what everybody gets."""
        return self.winner is not None and self.level == self.site.level

    @property
    def losers(self) -> list[Candidate]:
        """The rules that match as well, and do not act."""
        return [one for one in self.candidates if not one.wins]


@reading("getRules")
def check_request(actor: Actor, *, site_key: str, visitor: Visitor) -> Check:
    """Say which rule would act on a request, and why the others would not.

    Args:
        actor: who.
        site_key: where it would be made.
        visitor: what is known; country and system are looked up where neither is given.

    Raises:
        NoSuchSite: when there is none that the actor may know of.
        Forbidden: without `getRules`.
    """
    site = access.site_to_read(actor, site_key)
    if not visitor.country and not visitor.asn:
        country, asn = geography.locate(visitor.address)
        visitor = replace(visitor, country=country, asn=asn)
    if not site.is_active:
        return Check(site, visitor, [], None)
    if not site.protection_enabled:
        return Check(site, visitor, [], UNPROTECTED)
    hit = matching.winner(site, visitor)
    level: int | None = site.level
    if hit is not None:
        is_block = hit.type is matching.RuleType.BLOCK
        level = None if is_block else max(site.level, hit.level or min(site.level + hit.raises_by, 255))
    return Check(site, visitor, matching.explain(site, visitor), level)
