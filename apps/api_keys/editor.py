"""The permission-scoped editor: groups, presets and what the reader may give away, from the catalogue."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from apps.accounts.features import withheld_by
from apps.accounts.models import Account, Organization
from apps.api_keys.forms import EXPIRY_CHOICES, SPANS
from apps.permissions.actor import Actor
from apps.permissions.catalogue import GROUPS, PRESETS, Group, Permission, Preset
from apps.sites import site_key as spelling
from apps.sites.models import Site

MOST_SITES_LISTED: Final = 500
"""So many sites stand in the list to choose from; further ones are named by their keys."""


@dataclass(frozen=True, slots=True)
class PermissionChoice:
    """A permission in the editor.

    Attributes:
        permission: which.
        is_chosen: whether it is chosen.
        is_held: whether the reader can give it at all.
        off: why it could not be used in this account now; empty where it could.
    """

    permission: Permission
    is_chosen: bool
    is_held: bool
    off: str = ""


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """A group in the editor with its permissions."""

    group: Group
    permissions: list[PermissionChoice]

    @property
    def chosen_count(self) -> int:
        """How many of its permissions are chosen."""
        return sum(choice.is_chosen for choice in self.permissions)

    @property
    def reads(self) -> list[PermissionChoice]:
        """Its permissions that only read."""
        return [choice for choice in self.permissions if not choice.permission.writes]

    @property
    def writes(self) -> list[PermissionChoice]:
        """Its permissions that change something."""
        return [choice for choice in self.permissions if choice.permission.writes]

    @property
    def may_read(self) -> bool:
        """Whether the reader can give one that reads."""
        return any(choice.is_held for choice in self.reads)

    @property
    def may_write(self) -> bool:
        """Whether the reader can give one that changes something."""
        return any(choice.is_held for choice in self.writes)

    @property
    def off(self) -> str:
        """Why none of it could be used in this account now; empty where it could."""
        return self.permissions[0].off


def group_choices(actor: Actor, account: Account, chosen: Iterable[str]) -> list[GroupChoice]:
    """Every group, with the reader's choice; what the reader does not hold cannot be chosen."""
    wanted, off = set(chosen), withheld_by(account)
    return [
        GroupChoice(
            group,
            [
                PermissionChoice(
                    permission,
                    permission.name in wanted and actor.may(permission.name),
                    actor.may(permission.name),
                    off.get(permission.name, ""),
                )
                for permission in group.permissions
            ],
        )
        for group in GROUPS
    ]


def held_choices(held: Collection[str], chosen: Collection[str], account: Account) -> list[GroupChoice]:
    """The groups of what a key has, for taking away of it; what it does not have is not offered."""
    off = withheld_by(account)
    groups = [
        GroupChoice(
            group,
            [
                PermissionChoice(permission, permission.name in chosen, True, off.get(permission.name, ""))
                for permission in group.permissions
                if permission.name in held
            ],
        )
        for group in GROUPS
    ]
    return [choice for choice in groups if choice.permissions]


def presets_for(actor: Actor) -> list[tuple[Preset, str]]:
    """The presets, each with those of its permissions that the reader holds, separated by spaces."""
    return [(preset, " ".join(name for name in preset.permissions if actor.may(name))) for preset in PRESETS]


@dataclass(frozen=True, slots=True)
class ExpiryChoice:
    """One way for a key to end; `refusal` says why it cannot be chosen."""

    value: str
    label: str
    is_chosen: bool
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ExpiryChoices:
    """The ways in which a key may end, and what limits them."""

    choices: list[ExpiryChoice]
    rule: str


def default_expiry(account: Account) -> str:
    """The value that is chosen for a new key: 90 days, or the longest span that the account allows."""
    days = account.longest_key_days
    allowed = [value for value, span in SPANS.items() if days is None or span <= days]
    return "90" if "90" in allowed else allowed[-1] if allowed else "custom"


def expiry_choices(account: Account, chosen: str) -> ExpiryChoices:
    """The ways in which a new key of the account may end."""
    days, rule = account.longest_key_days, ""
    if days:
        rule = f"Keys of this account live {days} day{'' if days == 1 else 's'} at most. An owner can change that."
    elif account.every_key_ends:
        rule = "Every key of this account has to end. An owner can change that."
    choices = [
        ExpiryChoice(value, label, value == chosen, rule if _is_forbidden(value, account) else "")
        for value, label in EXPIRY_CHOICES
    ]
    return ExpiryChoices(choices, rule)


def earlier_expiry_choices(chosen: str) -> ExpiryChoices:
    """The ways in which a key may end sooner than it would; whether it is sooner, the operation knows."""
    values = [("", "As it is"), *((value, label) for value, label in EXPIRY_CHOICES if value != "never")]
    return ExpiryChoices([ExpiryChoice(value, label, value == chosen) for value, label in values], "")


def _is_forbidden(value: str, account: Account) -> bool:
    if value == "never":
        return account.every_key_ends
    return bool(account.longest_key_days and SPANS.get(value, 0) > account.longest_key_days)


@dataclass(frozen=True, slots=True)
class SiteChoices:
    """The sites to choose from: the chosen ones first, then the others by name.

    Attributes:
        sites: each site, and whether it is chosen.
        is_partial: whether there are more than are listed.
    """

    sites: list[tuple[Site, bool]]
    is_partial: bool


def organization_choices(actor: Actor) -> list[Organization]:
    """The organizations that the actor can limit a key to, by name."""
    return list(Organization.objects.visible_to(actor).order_by("name")) if actor.may("getOrganizations") else []


def site_choices(actor: Actor, chosen: Collection[str], within: Organization | None = None) -> SiteChoices:
    """The sites that the actor can give a key, in two queries; of one organization, where it is limited to that."""
    visible = Site.objects.visible_to(actor).order_by("name", "pk")
    if within:
        visible = visible.filter(organization=within)
    listed = list(visible[: MOST_SITES_LISTED + 1])
    is_partial = len(listed) > MOST_SITES_LISTED
    picked = list(visible.filter(key__in=[key for key in map(spelling.read, chosen) if key])) if chosen else []
    numbers = {site.pk for site in picked}
    others = [(site, False) for site in listed[:MOST_SITES_LISTED] if site.pk not in numbers]
    return SiteChoices([*((site, True) for site in picked), *others], is_partial)


def kept_choices(sites: Iterable[Site], chosen: Collection[str]) -> SiteChoices:
    """The sites that a key is limited to, for taking away of them."""
    wanted = {spelling.read(key) for key in chosen}
    return SiteChoices([(site, site.key in wanted) for site in sites], False)
