"""What a token's use leaves behind: when it was, at most once a minute, and its digest under the newest pepper.

Both are one conditional write, so that requests with one token at the same moment do not undo one another.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from django.db import models

from apps.credentials import peppers

IS_WRITTEN_EVERY: Final = timedelta(minutes=1)


class StoredToken(Protocol):
    """The row of a token: an API key's, or a site secret."""

    pk: Any
    pepper: Any
    last_used_at: Any


def is_due(last_at: datetime | None, now: datetime) -> bool:
    """Whether something that happened last at `last_at` is to be written again."""
    return last_at is None or last_at <= now - IS_WRITTEN_EVERY


def due(field: str, now: datetime) -> models.Q:
    """`is_due` as a condition on a field, so that of several at once one writes."""
    return models.Q(**{field: None}) | models.Q(**{f"{field}__lte": now - IS_WRITTEN_EVERY})


def note_use(rows: models.QuerySet[Any], stored: StoredToken, token: str, now: datetime) -> bool:
    """Write that a token was used. One that is stored under an older pepper moves to the newest.

    Args:
        rows: where the token is stored.
        stored: its row, as it was looked up.
        token: its text.
        now: the moment of its use.

    Returns:
        Whether anything was written: not within a minute of the last time, and not when another request with the
        same token has just done it.
    """
    is_old = stored.pepper < peppers.newest()
    if not is_old and not is_due(stored.last_used_at, now):
        return False
    unchanged = rows.filter(pk=stored.pk, pepper=stored.pepper)
    if not is_old:
        return bool(unchanged.filter(due("last_used_at", now)).update(last_used_at=now))
    digest = peppers.digest(token)
    return bool(unchanged.update(last_used_at=now, digest=digest.value, pepper=digest.pepper))
