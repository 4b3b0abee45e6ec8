"""Ending what still hangs on a pepper that is retired by force: each in its account's log."""

from apps.accounts.models import Invitation
from apps.accounts.team import withdraw_invitation
from apps.api_keys.retirement import end_token
from apps.audit import clock
from apps.audit.record import Source
from apps.dashboard.pepper_holders import live_key_tokens, live_secrets
from apps.permissions.actor import system
from apps.sites.retirement import end_secret

_SOURCE = Source("command line")


def end_holders(pepper: int) -> int:
    """End every token and open invitation that hangs on a pepper.

    Returns:
        How many were ended.
    """
    now = clock.now()
    keys = live_key_tokens(now).filter(pepper=pepper).order_by("pk").values_list("pk", "key__account_id")
    ended = sum(end_token(system(_SOURCE, account), token_id=pk, pepper=pepper) for pk, account in list(keys))
    secrets = live_secrets(now).filter(pepper=pepper).values_list("pk", "site__account_id")
    ended += sum(end_secret(system(_SOURCE, account), secret_id=pk, pepper=pepper) for pk, account in list(secrets))
    invitations = Invitation.objects.open(now).filter(pepper=pepper)
    for pk, account in list(invitations.exclude(account=None).values_list("pk", "account_id")):
        withdraw_invitation(system(_SOURCE, account), invitation_id=pk)
        ended += 1
    return ended + invitations.filter(account=None).delete()[0]
