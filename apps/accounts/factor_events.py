"""Second factors in the log of every account that the person belongs to.

That a factor came or went is recorded as its row does, in the same transaction: what is not in the log did not happen.
"""

from typing import Any, Final

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_used
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.db.models import F
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.sign_ins import record_of_person, record_session_ended
from apps.audit.actions import Action

NAMES: Final = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery code",
}


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Sessions that somebody ends from elsewhere are recorded, and end the tokens of API sign-ins too."""

    def end_sessions(self, sessions: Any) -> None:
        """End them at once: their next request is signed out."""
        ended = list(sessions)
        super().end_sessions(ended)
        people = {session.user_id for session in ended} | {context.request.user.pk}
        User.objects.filter(pk__in=people).update(sessions_ended=F("sessions_ended") + 1)
        for session in ended:
            because = f"signed out from elsewhere (it was used from {session.ip})"
            record_session_ended(context.request, session.user, because=because)


def record_wrong_factor(request: HttpRequest, person: User, factor: str, *, is_confirmation: bool) -> None:
    """Record that a second factor was not accepted.

    Args:
        request: where it came from.
        person: whose.
        factor: its kind, in words.
        is_confirmation: whether somebody who is signed in had to confirm that it is them.
    """
    action = Action.CONFIRMATION_REFUSED if is_confirmation else Action.SIGN_IN_REFUSED
    record_of_person(request, person, action, refused_because=f"Wrong {factor}.")


@receiver(post_save, sender=Authenticator, dispatch_uid="audit_factor_added")
def _on_saved(instance: Authenticator, created: bool, **_: Any) -> None:
    if not created:
        return
    if instance.type == Authenticator.Type.RECOVERY_CODES:
        record_of_person(context.request, instance.user, Action.RECOVERY_CODES_GENERATED)
    else:
        changes = {"factor": (None, _told(instance))}
        record_of_person(context.request, instance.user, Action.FACTOR_ADDED, changes=changes)


@receiver(post_delete, sender=Authenticator, dispatch_uid="audit_factor_removed")
def _on_deleted(instance: Authenticator, origin: Any, **_: Any) -> None:
    is_its_own_end = isinstance(origin, Authenticator)  # not swept away with its person
    if is_its_own_end and instance.type != Authenticator.Type.RECOVERY_CODES:
        changes = {"factor": (_told(instance), None)}
        record_of_person(context.request, instance.user, Action.FACTOR_REMOVED, changes=changes)


@receiver(authenticator_used, dispatch_uid="audit_recovery_code_used")
def _on_used(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        authenticator.refresh_from_db(fields=["data"])
        left = len(authenticator.wrap().get_unused_codes())
        record_of_person(request, user, Action.RECOVERY_CODE_USED, changes={"codes_left": (left + 1, left)})


@receiver(authentication_failed, dispatch_uid="audit_wrong_factor")
def _on_failed(request: HttpRequest, user: User, reauthentication: bool = False, **_: Any) -> None:
    record_wrong_factor(request, user, "code", is_confirmation=reauthentication)


def _told(authenticator: Authenticator) -> str:
    """The factor in words: its kind, and the name that its person gave it."""
    kind = NAMES[authenticator.type]
    return f"{kind} “{authenticator.wrap().name}”" if authenticator.type == Authenticator.Type.WEBAUTHN else kind
