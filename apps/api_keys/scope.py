"""What a key may do, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.permissions.catalogue import GROUPS, Group, Permission


@dataclass(frozen=True, slots=True)
class GrantedGroup:
    """A group of the catalogue and those of its permissions that a key has."""

    group: Group
    permissions: list[Permission]

    def in_words(self, *, writes: bool) -> str:
        """`Sites`, or `Sites (2 of 3)` where it is not all that reads or writes there; empty for none."""
        of_kind = [permission for permission in self.group.permissions if permission.writes is writes]
        count = sum(permission in self.permissions for permission in of_kind)
        if not count:
            return ""
        label = self.group.label
        return label if count == len(of_kind) else f"{label} ({count} of {len(of_kind)})"


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that a key may do, by group, in catalogue order."""

    groups: list[GrantedGroup]

    @property
    def reads(self) -> str:
        """What it may read: `Sites, Traffic`."""
        return ", ".join(filter(None, (group.in_words(writes=False) for group in self.groups)))

    @property
    def writes(self) -> str:
        """What it may change."""
        return ", ".join(filter(None, (group.in_words(writes=True) for group in self.groups)))

    @property
    def warnings(self) -> list[Permission]:
        """Its permissions that reach further than their name says."""
        return [permission for group in self.groups for permission in group.permissions if permission.warning]

    @property
    def names(self) -> list[str]:
        """The names of its permissions."""
        return [permission.name for group in self.groups for permission in group.permissions]


def scope_of(names: Iterable[str]) -> Scope:
    """The scope of a key with these permissions; names that are in no catalogue entry count for nothing."""
    chosen = set(names)
    granted = [GrantedGroup(group, [entry for entry in group.permissions if entry.name in chosen]) for group in GROUPS]
    return Scope([group for group in granted if group.permissions])
