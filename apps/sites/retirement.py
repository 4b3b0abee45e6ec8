"""What happens to site secrets whose pepper is retired before they moved to a newer one."""

from apps.audit.actions import Action
from apps.audit.record import record
from apps.permissions.actor import Actor
from apps.permissions.operation import SYSTEM_ONLY, operation
from apps.sites.access import target_of
from apps.sites.models import SiteSecret


@operation(SYSTEM_ONLY, Action.SECRET_DELETED)
def end_secret(actor: Actor, *, secret_id: int, pepper: int) -> bool:
    """Delete a secret that nothing will recognise any more, so that no page shows it as one that works.

    Args:
        actor: the product itself, in the account of the site.
        secret_id: the secret.
        pepper: the number of the pepper that is retired.

    Returns:
        Whether it was ended; false when it was used meanwhile and so hangs on that pepper no longer.
    """
    locked = SiteSecret.objects.select_for_update(of=("self",)).select_related("site")
    secret = locked.filter(pk=secret_id, pepper=pepper).first()
    if secret is None:
        return False
    secret.delete()
    changes = {"secret": (secret.masked, None), "pepper": (pepper, "retired")}
    record(actor, Action.SECRET_DELETED, target_of(secret.site), changes=changes)
    return True
