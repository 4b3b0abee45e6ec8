"""Access returns the key or refuses. Who may not see a key gets the answer of one that does not exist."""

from uuid import UUID

from apps.api_keys.models import ApiKey
from apps.audit.record import Target
from apps.permissions.actor import Actor
from apps.permissions.refusals import NotFound


def target_of(key: ApiKey) -> Target:
    """The key as the audit log names it."""
    return Target("key", str(key.pk), key.name)


def key_to_read(actor: Actor, key_id: UUID) -> ApiKey:
    """The key with this id.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    key = ApiKey.objects.visible_to(actor).select_related("created_by").filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no API key with this id here. It may have been deleted.")
    return key


def key_to_delete(actor: Actor, key_id: UUID) -> ApiKey:
    """The key with this id, locked until the transaction ends.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    key = ApiKey.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no API key with this id here. It may have been deleted already.")
    return key
