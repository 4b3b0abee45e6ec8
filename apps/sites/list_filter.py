"""The filter of a list of sites, as its address has it: read in one place for the list, its export and its changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from apps.accounts.models import Organization
from apps.sites.models import SiteQuerySet
from apps.sites.organization_forms import NONE

STATES: Final = ("active", "inactive")
LONGEST_SEARCH: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class SiteFilter:
    """Which sites a list leaves.

    Attributes:
        search: in names, origins and site keys.
        state: one of `STATES`, or empty for any.
        organization: the number of one, `none` for those in none, or empty for any.
    """

    search: str
    state: str
    organization: str

    @classmethod
    def of(cls, query: QueryDict, organizations: Sequence[Organization]) -> "SiteFilter":
        """The filter that an address asks for; what there is not is left out.

        Args:
            query: of the address.
            organizations: those that the reader may know of.
        """
        state, organization = query.get("state", ""), query.get("organization", "")
        known = organization == NONE or organization in {str(one.pk) for one in organizations}
        return cls(
            query.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
            state if state in STATES else "",
            organization if known else "",
        )

    @property
    def query(self) -> dict[str, str]:
        """What stands for it in an address; empty for a filter that leaves every site."""
        named = {"q": self.search, "state": self.state, "organization": self.organization}
        return {name: value for name, value in named.items() if value}

    def narrow(self, found: SiteQuerySet) -> SiteQuerySet:
        """Those of the sites that it leaves."""
        if self.organization:
            is_in_none = self.organization == NONE
            found = found.filter(organization=None) if is_in_none else found.filter(organization_id=self.organization)
        if self.search:
            found = found.matching(self.search)
        if self.state:
            found = found.active() if self.state == "active" else found.inactive()
        return found
