"""What became of tokens that were found somewhere: three look-ups for any number of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import models

from apps.accounts.models import Invitation, Membership
from apps.api_keys.models import ApiKeyToken
from apps.audit import clock
from apps.credentials import peppers
from apps.credentials.format import TokenKind
from apps.credentials.scanning import FoundToken
from apps.sites.models import SiteSecret


class State(StrEnum):
    """Whether a token works."""

    LIVE = "live"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED = "deleted"
    USED = "used"
    UNKNOWN = "unknown here"


@dataclass(frozen=True, slots=True)
class TokenState:
    """What is known of a token.

    Attributes:
        state: whether it works.
        id: of the key, the site or the invitation; empty for one that is unknown.
        name: what it belongs to, in words.
        account: the name of the account; empty where there is none.
    """

    state: State
    id: str = ""
    name: str = ""
    account: str = ""


def states_of(found: Iterable[FoundToken]) -> dict[str, TokenState]:
    """What is known of each token, by the token; unknown ones included.

    Args:
        found: a few hundred at the most: each is looked up under every pepper, in one query a kind.
    """
    by_kind: dict[TokenKind, dict[bytes, str]] = {kind: {} for kind in TokenKind}
    states: dict[str, TokenState] = {}
    for one in found:
        token = one.token.reveal()
        states[token] = TokenState(State.UNKNOWN)
        by_kind[one.kind] |= dict.fromkeys(peppers.digests(token), token)
    now = clock.now()
    look_ups = {
        TokenKind.API_KEY: _keys,
        TokenKind.SITE_SECRET: _secrets,
        TokenKind.INVITATION: _invitations,
    }
    for kind, look_up in look_ups.items():
        for digest, state in look_up(by_kind[kind], now).items():
            states[by_kind[kind][digest]] = state
    return states


def _keys(digests: Iterable[bytes], now: datetime) -> dict[bytes, TokenState]:
    creator = Membership.objects.active().filter(
        account_id=models.OuterRef("key__account_id"), person_id=models.OuterRef("key__created_by_id")
    )
    rows = ApiKeyToken.objects.filter(digest__in=list(digests)).select_related("key__account")
    return {
        bytes(token.digest): TokenState(
            _key_state(token, has_creator=token.has_creator, now=now),
            str(token.key_id),
            token.key.name,
            token.key.account.name,
        )
        for token in rows.annotate(has_creator=models.Exists(creator))
    }


def _key_state(token: ApiKeyToken, *, has_creator: bool, now: datetime) -> State:
    if token.key.deleted_at:
        return State.DELETED
    if any(end and end <= now for end in (token.expires_at, token.key.expires_at)):
        return State.EXPIRED
    return State.DISABLED if token.key.disabled_at or not has_creator else State.LIVE


def _secrets(digests: Iterable[bytes], now: datetime) -> dict[bytes, TokenState]:
    rows = SiteSecret.objects.filter(digest__in=list(digests)).select_related("site__account")
    return {
        bytes(secret.digest): TokenState(
            _secret_state(secret, now), secret.site.site_key, secret.site.name, secret.site.account.name
        )
        for secret in rows
    }


def _secret_state(secret: SiteSecret, now: datetime) -> State:
    if secret.site.deleted_at:
        return State.DELETED
    if secret.expires_at and secret.expires_at <= now:
        return State.EXPIRED
    return State.LIVE if secret.site.is_active else State.DISABLED


def _invitations(digests: Iterable[bytes], now: datetime) -> dict[bytes, TokenState]:
    rows = Invitation.objects.filter(digest__in=list(digests)).select_related("account")
    return {
        bytes(invitation.digest): TokenState(
            _invitation_state(invitation, now),
            str(invitation.pk),
            invitation.email or "the first owner",
            invitation.account.name if invitation.account else "",
        )
        for invitation in rows
    }


def _invitation_state(invitation: Invitation, now: datetime) -> State:
    if invitation.accepted_at:
        return State.USED
    return State.EXPIRED if invitation.expires_at <= now else State.LIVE
