"""How many sites and organizations an account may have at once, and that several at a time never make one too many."""

from dataclasses import dataclass
from uuid import UUID

from apps.accounts.models import Account, Organization
from apps.permissions.refusals import Conflict
from apps.sites.models import Site


class SiteLimitReached(Conflict):
    """The account has as many sites as it may."""


class OrganizationLimitReached(Conflict):
    """The account has as many organizations as it may."""


def lock_account(account_id: UUID) -> Account:
    """Hold the account's row until the transaction ends, for what has to be true of all its sites together."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def require_room_for_sites(account_id: UUID, count: int = 1) -> None:
    """Refuse so many further sites where the account is limited; one without a limit waits for nobody.

    Args:
        account_id: whose.
        count: how many living sites are about to be added.

    Raises:
        SiteLimitReached: saying how many there are and may be.
    """
    if not Account.objects.filter(pk=account_id, most_sites__isnull=False).exists():
        return
    most = lock_account(account_id).most_sites
    used = Site.objects.living().filter(account_id=account_id).count()
    if most is not None and used + count > most:
        raise SiteLimitReached(_reached("site", used, most, count))


def require_room_for_an_organization(account: Account) -> None:
    """Refuse a further organization where the account is limited.

    Args:
        account: whose; its row is locked.

    Raises:
        OrganizationLimitReached: saying how many there are and may be.
    """
    most = account.most_organizations
    used = Organization.objects.living().filter(account=account).count()
    if most is not None and used + 1 > most:
        raise OrganizationLimitReached(_reached("organization", used, most, 1))


def _reached(kind: str, used: int, most: int, count: int) -> str:
    wanted = "one more is" if count == 1 else f"{count} more are"
    return (
        f"This account has {used} of {most} {kind}s, so {wanted} too many."
        f" Delete {kind}s that are not needed, or ask whoever runs this server for a higher limit."
    )


@dataclass(frozen=True, slots=True)
class Uses:
    """How much of what an account may have it has.

    Attributes:
        sites: the living ones.
        most_sites: that may live at once; `None` for no limit.
        organizations: the living ones.
        most_organizations: that may live at once; `None` for no limit.
    """

    sites: int
    most_sites: int | None
    organizations: int
    most_organizations: int | None


def uses_of(account: Account) -> Uses:
    """How much of its limits an account has used."""
    return Uses(
        Site.objects.living().filter(account=account).count(),
        account.most_sites,
        Organization.objects.living().filter(account=account).count(),
        account.most_organizations,
    )
