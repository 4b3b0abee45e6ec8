"""API keys that somebody handed in as leaked: whoever holds one may end it, as they could do worse with it."""

from collections.abc import Iterable
from uuid import UUID

from apps.api_keys.access import target_of
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.api_keys.notices import Notice, notify
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind
from apps.permissions.actor import Actor, system
from apps.permissions.operation import SYSTEM_ONLY, operation


def revoke_presented(tokens: Iterable[str], source: Source) -> int:
    """Revoke the key of each of these that is a token of a living key. One look-up, whatever they are.

    An earlier token whose overlap is over proves nothing any more, so it ends nothing.

    Args:
        tokens: whatever somebody handed in.
        source: where from.

    Returns:
        How many keys were revoked now.
    """
    live = ApiKeyToken.objects.live(clock.now()).filter(key__deleted_at=None)
    found = live.filter(digest__in=peppers.digests_of(TokenKind.API_KEY, tokens))
    keys = sorted(found.values_list("key_id", "key__account_id").distinct())
    return sum(revoke_key(system(source, account), key_id=key) for key, account in keys)


@operation(SYSTEM_ONLY, Action.KEY_REVOKED)
def revoke_key(actor: Actor, *, key_id: UUID) -> bool:
    """Delete a key for good, because somebody handed it in as leaked; its creator and the owners get a mail.

    Args:
        actor: the product itself, in the account of the key.
        key_id: which key.

    Returns:
        Whether it was revoked now; false for one that was deleted meanwhile.
    """
    now = clock.now()
    if not ApiKey.objects.living().filter(pk=key_id).update(deleted_at=now, revoked_at=now):
        return False
    key = ApiKey.objects.get(pk=key_id)
    changes = {"key": (key.masked, None), "because": (None, "somebody who held it handed it in as leaked")}
    notify(key, Notice.REVOKED)
    record(actor, Action.KEY_REVOKED, target_of(key), changes=changes)
    return True
