"""Mails about keys to those whom they concern: the key's creator and the owners of its account.

A notice is queued inside the change's transaction, one task for each reader; the task carries ids only, and
tries again when the mail server is away. Without a mail server nothing is queued.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from apps.accounts.models import Membership, MembershipQuerySet, User
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.permissions.roles import Role

WARNED_DAYS: Final = (1, 7)  # before the end, the more urgent first
ATTEMPTS: Final = 5
TRY_AGAIN_AFTER: Final = timedelta(minutes=10)

log = structlog.get_logger(__name__)


class Notice(StrEnum):
    """What a mail is about."""

    CREATED = "created"
    ROTATED = "rotated"
    EXPIRES = "expires"
    EXPIRED = "expired"
    NEW_NETWORK = "new_network"
    REVOKED = "revoked"


_SUBJECTS: Final = {
    Notice.CREATED: "API key “{name}” was created",
    Notice.ROTATED: "API key “{name}” was rotated",
    Notice.EXPIRES: "API key “{name}” expires soon",
    Notice.EXPIRED: "API key “{name}” has expired",
    Notice.NEW_NETWORK: "API key “{name}” was used from a new network",
    Notice.REVOKED: "API key “{name}” was found in public and revoked",
}


def notify(key: ApiKey, notice: Notice, **details: str) -> int:
    """Queue the mails about a key; call it in the transaction of what they tell.

    Args:
        key: which key.
        notice: what about.
        details: what the mail says besides: `actor`, `network`, `address`. Never a secret.

    Returns:
        How many mails were queued.
    """
    if not settings.MAIL_IS_SET_UP:
        return 0
    readers = list(_readers_of(key).values_list("person_id", flat=True).distinct())
    for person_id in readers:
        send_notice.enqueue(str(key.pk), notice.value, person_id, details)
    return len(readers)


@task()
def send_notice(key_id: str, notice: str, person_id: int, details: dict[str, str], attempt: int = 1) -> bool:
    """Send one mail; when the mail server is away, again ten minutes later, five times at most.

    Returns:
        Whether it was sent now.
    """
    key = ApiKey.objects.select_related("account", "created_by").get(pk=UUID(key_id))
    reader = User.objects.get(pk=person_id)
    try:
        _mail(key, Notice(notice), reader, details).send()
    except OSError:
        log.exception("key_notice_not_mailed", key=key_id, notice=notice, attempt=attempt)
        if attempt < ATTEMPTS:
            later = send_notice.using(run_after=clock.now() + TRY_AGAIN_AFTER)
            later.enqueue(key_id, notice, person_id, details, attempt + 1)
        return False
    return True


def warn_of_expiry() -> int:
    """Tell of every key that ends within 7 days, and again within 1 day; each once. A key that short is told of not.

    Returns:
        Of how many keys.
    """
    now = clock.now()
    warned = 0
    for days in WARNED_DAYS:
        within = timedelta(days=days)
        for key in ApiKey.objects.expiring(now, within=within, warned_above=days):
            if key.expires_at is None or key.expires_at - key.created_at <= within:
                continue
            with transaction.atomic():
                still = ApiKey.objects.expiring(now, within=within, warned_above=days).filter(pk=key.pk)
                if still.update(warned_days=days):
                    notify(key, Notice.EXPIRES)
                    warned += 1
    return warned


def _readers_of(key: ApiKey) -> MembershipQuerySet:
    concerned = models.Q(person_id=key.created_by_id) | models.Q(role=Role.OWNER)
    return Membership.objects.active().filter(concerned, account_id=key.account_id)


def _mail(key: ApiKey, notice: Notice, reader: User, details: dict[str, str]) -> EmailMultiAlternatives:
    context: dict[str, object] = {
        "key": key,
        "notice": notice.value,
        "subject": _SUBJECTS[notice].format(name=key.name),
        "details": details,
        "link": settings.BASE_URL + reverse("key", args=[key.pk]),
        "is_gone": notice is Notice.REVOKED,
    }
    context["text"] = render_to_string("emails/_key_notice_text.txt", context).strip()
    mail = EmailMultiAlternatives(
        str(context["subject"]), render_to_string("emails/key_notice.txt", context), to=[reader.email]
    )
    mail.attach_alternative(render_to_string("emails/key_notice.html", context), "text/html")
    return mail
