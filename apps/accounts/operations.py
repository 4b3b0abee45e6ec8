"""Everything that can be done with accounts and their people."""

from collections.abc import Sequence
from typing import Final, TypedDict, Unpack

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.accounts.models import Account, Invitation, Membership, User
from apps.accounts.second_factor import is_protected
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.catalogue import GROUP_NAMES, GROUPS
from apps.permissions.naming import clean_name
from apps.permissions.operation import SYSTEM_ONLY, operation
from apps.permissions.refusals import Forbidden, Invalid
from apps.permissions.roles import Role

KEY_DAYS: Final = range(1, 3654)
"""How far away an account may let the expiry of a key lie, in days."""
LIMITS: Final = range(1_000_001)
"""What a limit of sites or organizations may be."""


@operation(SYSTEM_ONLY, Action.ACCOUNT_FOUNDED)
def found_account(actor: Actor, *, name: str) -> Account:
    """Create an account, still without people.

    Raises:
        Invalid: for a name that cannot be used.
    """
    account = Account.objects.create(name=clean_name(name), created_at=clock.now())
    target = Target("account", str(account.pk), account.name)
    record(actor, Action.ACCOUNT_FOUNDED, target, changes={"name": (None, account.name)}, account_id=account.pk)
    return account


@operation(SYSTEM_ONLY, Action.MEMBER_ADDED)
def add_member(actor: Actor, *, account: Account, person: User, role: Role) -> Membership:
    """Give a person a place in an account, or another role where they have one. The same role records nothing.

    With an owner, whoever they are, the link for the first one stops.
    """
    if role is Role.OWNER:
        Invitation.objects.filter(account=None, accepted_at=None).delete()
    membership = Membership.objects.select_for_update().filter(account=account, person=person).first()
    before = membership.role if membership else None
    if membership is None:
        membership = Membership.objects.create(account=account, person=person, role=role, created_at=clock.now())
    elif before == role:
        return membership
    else:
        membership.role = role
        membership.save(update_fields=["role"])
    target = Target("person", str(person.pk), person.email)
    record(actor, Action.MEMBER_ADDED, target, changes={"role": (before, role.value)}, account_id=account.pk)
    return membership


@operation("updateAccount", Action.ACCOUNT_UPDATED)
def update_account(
    actor: Actor, *, requires_second_factor: bool | None = None, lets_shares_wait: bool | None = None
) -> Account:
    """Change the account's settings. They hold from everybody's next request; the same ones record nothing.

    Args:
        actor: who changes them.
        requires_second_factor: whether people without a second factor get no further than setting one up;
            `None` leaves it.
        lets_shares_wait: whether a site can be shared with an address that is nobody's yet; `None` leaves it.

    Raises:
        Invalid: when somebody without a second factor would require one of everybody.
        Forbidden: without `updateAccount`.
    """
    account = Account.objects.select_for_update().get(pk=actor.own_account_id)
    wanted = {"requires_second_factor": requires_second_factor, "lets_shares_wait": lets_shares_wait}
    before = {name: getattr(account, name) for name in wanted}
    changes = {
        name: (before[name], value) for name, value in wanted.items() if value is not None and value != before[name]
    }
    if not changes:
        return account
    if "requires_second_factor" in changes and requires_second_factor and not _is_protected(actor):
        raise Invalid({"requires_second_factor": "Set up your own second factor first, then require one of everybody."})
    for name, (_, value) in changes.items():
        setattr(account, name, value)
    account.save(update_fields=list(changes))
    record(actor, Action.ACCOUNT_UPDATED, Target("account", str(account.pk), account.name), changes=changes)
    return account


@operation("updateAccount", Action.ACCOUNT_UPDATED)
def update_api_settings(
    actor: Actor, *, api_is_on: bool, groups_off: Sequence[str], keys_must_end: bool, longest_key_days: int | None
) -> Account:
    """Switch the account's API and its permission groups, and limit new keys. The same settings record nothing.

    Switches hold from the next request with any key or sign-in token. Keys that there are keep their end.

    Args:
        actor: an owner.
        api_is_on: whether API keys and sign-in tokens are answered at all.
        groups_off: the names of the permission groups that the API refuses.
        keys_must_end: whether a new key needs an expiry.
        longest_key_days: how far away that may lie, 1 to 3653 days; `None` for no limit of the account's own.

    Raises:
        Invalid: for a group that does not exist, or a number of days out of range.
        Forbidden: without `updateAccount`, or by somebody who is no owner.
    """
    require_owner_to_switch(actor)
    if unknown := set(groups_off) - GROUP_NAMES:
        raise Invalid({"groups_off": f"There is no permission group {', '.join(sorted(unknown))}."})
    if longest_key_days is not None and longest_key_days not in KEY_DAYS:
        raise Invalid({"longest_key_days": f"The longest life is {KEY_DAYS[0]} to {KEY_DAYS[-1]} days."})
    account = Account.objects.select_for_update().get(pk=actor.own_account_id)
    wanted = {
        "api_is_on": api_is_on,
        "groups_off": [group.name for group in GROUPS if group.name in groups_off],
        "keys_must_end": keys_must_end,
        "longest_key_days": longest_key_days,
    }
    changes = {
        name: (getattr(account, name), value) for name, value in wanted.items() if value != getattr(account, name)
    }
    if changes:
        for name, (_, value) in changes.items():
            setattr(account, name, value)
        account.save(update_fields=list(changes))
        record(actor, Action.ACCOUNT_UPDATED, Target("account", str(account.pk), account.name), changes=changes)
    return account


def require_owner_to_switch(actor: Actor) -> None:
    """Refuse everybody but an owner.

    Raises:
        Forbidden: for an admin, and for a key that an admin made.
    """
    if actor.kind is not ActorKind.SYSTEM and actor.role is not Role.OWNER:
        raise Forbidden("Only an owner may switch the API and its parts.", permission="updateAccount")


class Limits(TypedDict, total=False):
    """How much may live in an account at once; `None` for no limit, and what is left out stays as it is."""

    most_organizations: int | None
    most_sites: int | None


@operation(SYSTEM_ONLY, Action.ACCOUNT_UPDATED)
def set_limits(actor: Actor, **limits: Unpack[Limits]) -> Account:
    """Limit how many sites and organizations may live in the account. The same limits record nothing.

    What there is stays, also beyond a lower limit: only the next one is refused.

    Args:
        actor: the system, in the account.
        limits: 0 to 1,000,000 each.

    Raises:
        Invalid: for a number out of range.
    """
    wanted: dict[str, int | None] = {**limits}  # type: ignore[dict-item]
    if wrong := [name for name, most in wanted.items() if most is not None and most not in LIMITS]:
        raise Invalid(dict.fromkeys(wrong, f"A limit is {LIMITS[0]} to {LIMITS[-1]}, or none."))
    account = Account.objects.select_for_update().get(pk=actor.own_account_id)
    changes = {name: (getattr(account, name), most) for name, most in wanted.items() if most != getattr(account, name)}
    if changes:
        for name, (_, most) in changes.items():
            setattr(account, name, most)
        account.save(update_fields=list(changes))
        record(actor, Action.ACCOUNT_UPDATED, Target("account", str(account.pk), account.name), changes=changes)
    return account


def _is_protected(actor: Actor) -> bool:
    """Whether the person who acts has a second factor; the system needs none."""
    return actor.person_id is None or is_protected(actor.person_id)


def create_verified_person(*, email: str, name: str, password: str | None) -> User:
    """A person whose address counts as verified, for those who are let in by the system itself.

    Args:
        email: the address, free as yet.
        name: how they are called; may be empty.
        password: the plain password, or `None` for somebody who will set one by mail.
    """
    person = User(email=email.strip().lower(), name=name, created_at=clock.now())
    person.set_password(password)  # slow by design, so outside the transaction
    with transaction.atomic():
        person.save()
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person
