"""People, accounts, and who belongs where."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from apps.audit import clock
from apps.permissions.actor import Actor
from apps.permissions.models import ReachedSite
from apps.permissions.roles import Role

RESTORABLE_FOR: Final = timedelta(days=30)
"""How long what was deleted can be brought back."""


class UserManager(BaseUserManager["User"]):
    """Makes people."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person with this address (kept in small letters) and password; without one, nobody can sign in as them.

        Args:
            email: the address.
            password: the plain password; it is hashed.
            fields: further model fields.
        """
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class User(AbstractBaseUser):
    """A person, who signs in with an e-mail address."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    current_account = models.ForeignKey("Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    sessions_ended = models.PositiveIntegerField(default=0)  # how often; a sign-in token of before works no longer

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_whatever_case")]

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        """The name, or the address of somebody who gave none."""
        return self.name or self.email


class Account(models.Model):
    """The tenant: everything below belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    requires_second_factor = models.BooleanField(default=False)  # nobody gets further than setting one up
    lets_shares_wait = models.BooleanField(default=False)  # a site can be shared with an address that is nobody's yet
    api_is_on = models.BooleanField(default=True)  # whether API keys and sign-in tokens are answered at all
    groups_off = models.JSONField[list[str], list[str]](default=list)  # permission groups that the API refuses
    keys_must_end = models.BooleanField(default=False)  # no API key without an expiry
    longest_key_days = models.PositiveSmallIntegerField(null=True, blank=True)  # how far away an expiry may lie
    most_organizations = models.PositiveIntegerField(null=True, blank=True)  # that may live at once
    most_sites = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def every_key_ends(self) -> bool:
        """Whether no API key may be made that works for ever."""
        return self.keys_must_end or self.longest_key_days is not None


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Reading organizations."""

    def visible_to(self, actor: Actor) -> Self:
        """Those that the actor may know of: all of its account's.

        Of a key that is limited to one, this one; of a key that is limited to sites, those that these are in.
        """
        in_account = self.living().filter(account_id=actor.account_id)
        if actor.is_guest:
            return self.none()
        if actor.organization_id is not None:
            return in_account.filter(pk=actor.organization_id)
        if not actor.reaches_all_sites:
            sites = ReachedSite.objects.of_key(actor.id).filter(site__deleted_at=None)
            return in_account.filter(models.Exists(sites.filter(site__organization=models.OuterRef("pk"))))
        return in_account

    def living(self) -> Self:
        """Those that were not deleted."""
        return self.filter(deleted_at=None)

    def restorable(self, moment: datetime) -> Self:
        """Those that were deleted and can still be brought back at `moment`."""
        return self.filter(deleted_at__gt=moment - RESTORABLE_FOR)


class Organization(models.Model):
    """A named group of sites."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="organizations")
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], condition=models.Q(deleted_at=None), name="organization_name_once_living"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def restorable_until(self) -> datetime | None:
        """When a deleted organization is lost; `None` for one that was not deleted."""
        return self.deleted_at + RESTORABLE_FOR if self.deleted_at else None


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reading who belongs where."""

    def active(self) -> Self:
        """Memberships of people who may sign in."""
        return self.filter(person__is_active=True)

    def owners(self) -> Self:
        """Memberships that own."""
        return self.filter(role=Role.OWNER)


class Membership(models.Model):
    """A person's place in an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role.choices)
    created_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "person"], name="membership_once_a_person")]

    def __str__(self) -> str:
        return f"{self.person} is {self.role} of {self.account}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reading invitations."""

    def open(self, moment: datetime) -> Self:
        """Those that can still be accepted at `moment`."""
        return self.filter(accepted_at=None, expires_at__gt=moment)


class Invitation(models.Model):
    """A single-use token: into an account, bound to an address; or, without one, to found the first account."""

    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254, blank=True)
    role = models.CharField(max_length=7, choices=Role.choices, default=Role.OWNER)
    invited_by_label = models.CharField(max_length=320, blank=True)
    digest = models.BinaryField(max_length=32, unique=True)
    pepper = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"], condition=models.Q(accepted_at=None), name="invitation_once_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"


class SentForm(models.Model):
    """The number of a form that was sent and must not take effect twice."""

    number = models.UUIDField(primary_key=True)
    sent_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.number)
