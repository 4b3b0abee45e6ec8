"""Site secrets that a stranger handed in as leaked: they go on working, and their owners are told.

Whoever finds one could otherwise stop a sign-up form or a shop with one anonymous request. An owner rotates it,
with an overlap, at a time that suits them.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db import models

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind
from apps.permissions.actor import Actor, system
from apps.permissions.operation import SYSTEM_ONLY, operation
from apps.sites.access import target_of
from apps.sites.models import SiteSecret

IS_RECORDED_EVERY: Final = timedelta(days=1)


def report_presented(tokens: Iterable[str], source: Source) -> int:
    """Put into their accounts' logs which of these are live site secrets. One look-up, whatever they are.

    Args:
        tokens: whatever somebody handed in.
        source: where from.

    Returns:
        How many were written down now.
    """
    live = SiteSecret.objects.live(clock.now()).filter(site__deleted_at=None)
    found = live.filter(digest__in=peppers.digests_of(TokenKind.SITE_SECRET, tokens))
    secrets = list(found.order_by("pk").values_list("pk", "site__account_id"))
    return sum(record_reported_secret(system(source, account), secret_id=pk) for pk, account in secrets)


@operation(SYSTEM_ONLY, Action.SECRET_REPORTED)
def record_reported_secret(actor: Actor, *, secret_id: int) -> bool:
    """Write into the log that somebody handed in a secret, at most once a day for each: a stranger could flood it.

    Returns:
        Whether it was written now.
    """
    now = clock.now()
    due = models.Q(reported_at=None) | models.Q(reported_at__lte=now - IS_RECORDED_EVERY)
    if not SiteSecret.objects.filter(due, pk=secret_id).update(reported_at=now):
        return False
    secret = SiteSecret.objects.select_related("site").get(pk=secret_id)
    record(actor, Action.SECRET_REPORTED, target_of(secret.site), changes={"presented": (None, secret.masked)})
    return True
