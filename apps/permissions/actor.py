"""Who does something: the first argument of every operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from apps.audit.record import Source
from apps.permissions import catalogue
from apps.permissions.refusals import Forbidden
from apps.permissions.roles import Role


class ActorKind(StrEnum):
    """What sort of actor."""

    PERSON = "person"
    KEY = "key"
    SECRET = "secret"  # noqa: S105  (a word)
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in an account, an API key, a site secret, or the system.

    Attributes:
        kind: which of them.
        id: its id among its kind.
        label: its name in the audit log.
        account_id: the account it acts in; `None` for the system before there is one.
        role: the person's role, or the role that the key's creator has today; `None` for the system.
        permissions: what it may do: of a key, its own permissions that its creator still has.
        person_id: the person, or the key's creator, whose own and shared sites it reaches.
        source: where it acts from.
        reaches_all_sites: false for a key that is limited to one organization, or to selected sites (`ReachedSite`).
        withheld: permissions that it was given and cannot use now, each with the reason.
        organization_id: the number of the organization that a key is limited to (`ReachedOrganization`).
    """

    kind: ActorKind
    id: str
    label: str
    account_id: UUID | None
    role: Role | None
    permissions: frozenset[str]
    person_id: int | None
    source: Source
    reaches_all_sites: bool = True
    withheld: Mapping[str, str] = field(default_factory=dict, compare=False)
    organization_id: int | None = None

    def may(self, permission: str) -> bool:
        """Whether it holds the permission at all. A single site may still be out of its reach."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Refuse an actor that does not hold the permission.

        Raises:
            Forbidden: naming the permission.
        """
        if not self.may(permission):
            raise Forbidden(self._lacks(permission), permission=permission)

    @property
    def own_account_id(self) -> UUID:
        """The account it acts in, for what cannot be done outside one.

        Raises:
            RuntimeError: for the system before there is an account.
        """
        if self.account_id is None:
            raise RuntimeError("This actor acts in no account.")
        return self.account_id

    @property
    def is_guest(self) -> bool:
        """Whether a person acts in an account that they have only a share in."""
        return self.kind is ActorKind.PERSON and self.role is None

    def _lacks(self, permission: str) -> str:
        description = catalogue.CATALOGUE[permission].description.lower()
        if permission in self.withheld:
            return f"{permission} ({description}) cannot be used here now: {self.withheld[permission]}"
        if self.kind is ActorKind.KEY:
            return f"This API key lacks the permission {permission} ({description}). Create a key that has it."
        role = self.role.label if self.role else "Your role"
        return f"The role {role} does not include the permission {permission} ({description}). Ask an owner or admin."


def system(source: Source, account_id: UUID | None = None) -> Actor:
    """The product itself, as the command line and the worker act."""
    return Actor(ActorKind.SYSTEM, "system", "Gatehouse", account_id, None, catalogue.ALL, None, source)
