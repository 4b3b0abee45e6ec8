"""Signing in and out, passwords and addresses, in the log of every account that the person belongs to."""

import contextlib
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.actors import member_actor
from apps.accounts.models import Membership, User
from apps.audit.actions import Action
from apps.audit.models import AuditChain, Outcome
from apps.audit.record import Changes, Source, Target, record
from apps.audit.source import source_of
from apps.permissions.actor import system

EVENTS_WORTH_OF_TIME: Final = 3

PROOFS: Final = {
    "password": "password",
    "totp": "authenticator app",
    "webauthn": "passkey",
    "recovery_codes": "recovery code",
    "socialaccount": "single sign-on",
}
"""What somebody can sign in with, as django-allauth calls it and in words."""


def record_refused_sign_in(request: HttpRequest, email: str, *, surface: str = "dashboard") -> None:
    """Record that somebody failed to sign in as the person with this address; nothing for an unknown address.

    The answer takes as long either way: three events are written for everybody, and those that belong into
    nobody's log are taken back. Only for somebody in more accounts than three it takes longer.

    Args:
        request: where it came from.
        email: as it was typed.
        surface: the door it came through.
    """
    person = User.objects.filter(email=email.strip().lower()).first() if "\0" not in email else None
    written, because = 0, "Wrong password."
    with transaction.atomic():
        if person:
            written = record_of_person(
                request, person, Action.SIGN_IN_REFUSED, refused_because=because, surface=surface
            )
        _only_take_time(request, times=EVENTS_WORTH_OF_TIME - written)


@receiver(user_logged_in, dispatch_uid="audit_sign_in")
def _on_signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    proofs = [PROOFS.get(proof.get("type") or proof["method"]) for proof in get_authentication_records(request, user)]
    changes = {"with": (None, [proof for proof in proofs if proof])} if proofs else None
    record_of_person(request, user, Action.SIGN_IN_SUCCEEDED, changes=changes)


@receiver(user_logged_out, dispatch_uid="audit_sign_out")
def _on_signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user:
        record_of_person(request, user, Action.SIGN_IN_ENDED)


@receiver(password_changed, dispatch_uid="audit_password_changed")
def _on_password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    record_of_person(request, user, Action.PASSWORD_CHANGED)


@receiver(password_reset, dispatch_uid="audit_password_reset")
def _on_password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    record_of_person(request, user, Action.PASSWORD_RESET)


@receiver(email_added, dispatch_uid="audit_email_added")
def _on_email_added(request: HttpRequest, user: User, email_address: EmailAddress, **_: Any) -> None:
    record_of_person(request, user, Action.EMAIL_ADDED, changes={"email": (None, email_address.email)})


@receiver(email_removed, dispatch_uid="audit_email_removed")
def _on_email_removed(request: HttpRequest, user: User, email_address: EmailAddress, **_: Any) -> None:
    record_of_person(request, user, Action.EMAIL_REMOVED, changes={"email": (email_address.email, None)})


@receiver(email_changed, dispatch_uid="audit_email_changed")
def _on_email_changed(
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **_: Any,
) -> None:
    before = from_email_address.email if from_email_address else None
    record_of_person(request, user, Action.EMAIL_CHANGED, changes={"email": (before, to_email_address.email)})


@receiver(email_confirmed, dispatch_uid="audit_email_confirmed")
def _on_email_confirmed(request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    record_of_person(
        request, email_address.user, Action.EMAIL_CONFIRMED, changes={"email": (None, email_address.email)}
    )


def record_session_ended(request: HttpRequest, person: User, *, because: str) -> None:
    """Record that a session of the person ended without their signing out of it."""
    record_of_person(request, person, Action.SESSION_ENDED, changes={"because": (None, because)})


def record_of_person(
    request: HttpRequest | None,
    person: User,
    action: Action,
    *,
    refused_because: str = "",
    changes: Changes | None = None,
    surface: str = "dashboard",
) -> int:
    """Record what a person did to themselves, or what was refused, in the log of each of their accounts.

    Args:
        request: where it came from; without one, whoever runs the server did it from the command line.
        person: who.
        action: what.
        refused_because: why it was refused; empty when it was done.
        changes: what changed, before and after.
        surface: the door it came through.

    Returns:
        How many events that made.
    """
    target = Target("person", str(person.pk), person.email)
    outcome = Outcome.REFUSED if refused_because else Outcome.DONE
    places = list(Membership.objects.filter(person=person).order_by("account_id"))
    with transaction.atomic():
        for membership in places:
            if request:
                actor = member_actor(membership, person, source_of(request, surface))
            else:
                actor = system(Source("command line"), membership.account_id)
            with transaction.atomic():  # a savepoint, as those have that are taken back
                record(actor, action, target, outcome=outcome, reason=refused_because, changes=changes)
    return len(places)


class _TakenBackError(Exception):
    """Ends a transaction that was only to take time."""


def _only_take_time(request: HttpRequest, *, times: int) -> None:
    """Write an event into some log and take it back, so often."""
    chain = AuditChain.objects.order_by("account_id").first() if times > 0 else None
    if chain is None:
        return
    actor = system(source_of(request, "dashboard"), chain.account_id)
    for _ in range(times):
        with contextlib.suppress(_TakenBackError), transaction.atomic():
            reason = "Wrong password."
            record(actor, Action.SIGN_IN_REFUSED, Target("person", "", ""), outcome=Outcome.REFUSED, reason=reason)
            raise _TakenBackError
