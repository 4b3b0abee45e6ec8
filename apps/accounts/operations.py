"""Everything that can be done with accounts and their people."""

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.accounts.models import Account, Membership, User
from apps.accounts.second_factor import is_protected
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.permissions.actor import Actor
from apps.permissions.naming import clean_name
from apps.permissions.operation import SYSTEM_ONLY, operation
from apps.permissions.refusals import Invalid
from apps.permissions.roles import Role


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
    """Give a person a place in an account, or another role where they have one. The same role records nothing."""
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
