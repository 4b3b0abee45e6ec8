"""What happens to the tokens of keys whose pepper is retired before they moved to a newer one."""

from apps.api_keys.access import target_of
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import record
from apps.permissions.actor import Actor
from apps.permissions.operation import SYSTEM_ONLY, operation


@operation(SYSTEM_ONLY, Action.KEY_DELETED, Action.KEY_TOKEN_ENDED)
def end_token(actor: Actor, *, token_id: int, pepper: int) -> bool:
    """End a token that nothing will recognise any more; its key is deleted with the last one that works.

    Args:
        actor: the product itself, in the account of the key.
        token_id: the token.
        pepper: the number of the pepper that is retired.

    Returns:
        Whether it was ended; false when it was used meanwhile and so hangs on that pepper no longer.
    """
    now = clock.now()
    token = ApiKeyToken.objects.live(now).filter(pk=token_id, pepper=pepper).first()
    if token is None:
        return False
    key = ApiKey.objects.select_for_update().get(pk=token.key_id)  # before its tokens, as a rotation does
    if not ApiKeyToken.objects.filter(pk=token_id, pepper=pepper).update(expires_at=now):
        return False
    changes = {"key": (token.masked, None), "pepper": (pepper, "retired")}
    if key.tokens.live(now).exists():
        record(actor, Action.KEY_TOKEN_ENDED, target_of(key), changes=changes)
        return True
    key.deleted_at = now
    key.save(update_fields=["deleted_at"])
    record(actor, Action.KEY_DELETED, target_of(key), changes=changes)
    return True
