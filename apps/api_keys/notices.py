"""Mails about keys to those whom they concern: the key's creator and the owners of its account.

A mail is a row of the change's transaction, one for each reader, and an entry in the queue with the row's id. It is
tried again when the mail server is away, and queued again when its entry is lost (`apps.tasks.notice_recovery`).
Without a mail server nothing is queued. No mail with a secret goes this way: those are sent by the request.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from apps.accounts.models import Membership, MembershipQuerySet, User
from apps.api_keys.models import ApiKey, KeyNotice
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
        put_in_queue(KeyNotice.objects.create(key=key, person_id=person_id, notice=notice.value, details=details))
    return len(readers)


def put_in_queue(owed: KeyNotice, *, later: bool = False) -> None:
    """Queue a mail; call it in the transaction that makes it, or that says why it is queued again.

    Args:
        owed: which mail.
        later: whether it waits until it is due.
    """
    entry = send_notice.using(run_after=owed.due_at) if later else send_notice
    owed.queue_id = str(entry.enqueue(owed.pk).id)
    owed.save(update_fields=["queue_id"])


def give_up_if_tried_enough(owed: KeyNotice) -> bool:
    """Forget a mail that was tried five times.

    Returns:
        Whether it was.
    """
    is_over = owed.attempts >= ATTEMPTS
    if is_over:
        log.error("key_notice_given_up", key=str(owed.key_id), notice=owed.notice)
        owed.delete()
    return is_over


@task()
def send_notice(notice_id: int) -> bool:
    """Send one mail; when the mail server is away, again ten minutes later, five times at most.

    Returns:
        Whether it was sent now. It is not when somebody else sends it, or has done so.
    """
    now = clock.now()
    owed = KeyNotice.objects.due(now).filter(pk=notice_id)
    if not owed.update(due_at=now + TRY_AGAIN_AFTER, attempts=models.F("attempts") + 1):
        return False
    mine = KeyNotice.objects.select_related("key__account", "key__created_by", "person").get(pk=notice_id)
    try:
        _mail(mine.key, Notice(mine.notice), mine.person, mine.details).send()
    except OSError:
        log.exception("key_notice_not_mailed", key=str(mine.key_id), notice=mine.notice, attempt=mine.attempts)
        if not give_up_if_tried_enough(mine):
            with transaction.atomic():
                put_in_queue(mine, later=True)
        return False
    mine.delete()
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
