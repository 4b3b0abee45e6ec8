"""The permission-scoped editor: groups, presets and what the reader may give away, from the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from apps.api_keys.forms import EXPIRY_CHOICES
from apps.permissions import catalogue
from apps.permissions.actor import Actor
from apps.permissions.catalogue import GROUPS, PRESETS, Group, Permission, Preset


@dataclass(frozen=True, slots=True)
class PermissionChoice:
    """A permission in the editor: whether it is chosen, and whether the reader can give it at all."""

    permission: Permission
    is_chosen: bool
    is_held: bool


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


def group_choices(actor: Actor, chosen: Iterable[str]) -> list[GroupChoice]:
    """Every group, with the reader's choice; what the reader does not hold cannot be chosen."""
    wanted = set(chosen)
    return [
        GroupChoice(
            group,
            [
                PermissionChoice(
                    permission, permission.name in wanted and actor.may(permission.name), actor.may(permission.name)
                )
                for permission in group.permissions
            ],
        )
        for group in GROUPS
    ]


def presets_for(actor: Actor) -> list[tuple[Preset, str]]:
    """The presets, each with those of its permissions that the reader holds, separated by spaces."""
    return [(preset, " ".join(name for name in preset.permissions if actor.may(name))) for preset in PRESETS]


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a link to the editor asks for, and what of that is not to be had."""

    initial: dict[str, str]
    permissions: list[str]
    unknown: list[str]
    not_held: list[str]

    @property
    def is_asked(self) -> bool:
        """Whether the link asked for anything."""
        return bool(self.initial["name"] or self.permissions or self.unknown or self.not_held)


def prefill_from(query: QueryDict, actor: Actor) -> Prefill:
    """Read `?name=…&permissions=a,b&expires=30`: the editor opens with it; nothing is created by a link."""
    asked = [name for part in query.getlist("permissions") for name in part.replace(",", " ").split()][:200]
    known = catalogue.in_order(asked)
    expires = query.get("expires", "")
    return Prefill(
        {
            "name": query.get("name", "")[:120],
            "expires": expires if expires in dict(EXPIRY_CHOICES) else "90",
            "expires_on": query.get("expires_on", "")[:10],
        },
        [name for name in known if actor.may(name)],
        [name[:40] for name in catalogue.unknown(asked)][:10],
        [name for name in known if not actor.may(name)],
    )
