"""Everything that can be done with accounts and their people."""

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.accounts.models import Account, Membership, User
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.permissions.actor import Actor
from apps.permissions.naming import clean_name
from apps.permissions.operation import SYSTEM_ONLY, operation
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
