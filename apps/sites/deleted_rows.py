"""What the lists of deleted sites and organizations show of each, so that one template shows both."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from apps.accounts.models import Organization
from apps.sites.models import Site


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """Something that was deleted lately.

    Attributes:
        name: what it is called.
        sub: what stands below the name; may be empty.
        count: how many went with it, where they are counted.
        deleted_at: when it was deleted.
        lost_at: when it can be restored no more.
        restore_url: where a POST brings it back.
    """

    name: str
    sub: str
    count: int | None
    deleted_at: datetime | None
    lost_at: datetime | None
    restore_url: str

    @classmethod
    def of_site(cls, site: Site) -> "DeletedRow":
        """A site."""
        url = reverse("restore_site", args=[site.site_key])
        return cls(site.name, site.domain, None, site.deleted_at, site.restorable_until, url)

    @classmethod
    def of_organization(cls, organization: Organization, count: int) -> "DeletedRow":
        """An organization, and how many sites went with it."""
        url = reverse("restore_organization", args=[organization.pk])
        return cls(organization.name, "", count, organization.deleted_at, organization.restorable_until, url)
