"""Whoever verifies an address gets the shares that waited for it."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.signals import post_save
from django.dispatch import receiver

from apps.sites.sharing import deliver_waiting_shares


@receiver(post_save, sender=EmailAddress, dispatch_uid="deliver_waiting_shares")
def _on_address_saved(instance: EmailAddress, **_: Any) -> None:
    if instance.verified:
        deliver_waiting_shares(instance.user, instance.email)
