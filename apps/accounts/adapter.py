"""What this product decides for django-allauth."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.confirmation import is_confirmed
from apps.accounts.models import User
from apps.accounts.sign_ins import record_of_person, record_refused_sign_in
from apps.audit.actions import Action
from apps.audit.source import client_address

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is closed unless it is opened; refused sign-ins are recorded; addresses come from the trusted proxies."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make themselves an account."""
        return bool(settings.SIGNUP_IS_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that sign-in attempts are counted by; a server behind a socket may not know it."""
        return client_address(request) or "::"

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Whether the person has to confirm that it is them: one rule for the library's pages and ours."""
        return not is_confirmed(self.request)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the person's password; a wrong one is recorded."""
        is_right = bool(super().reauthenticate(user, password))
        if not is_right:
            record_of_person(self.request, user, Action.CONFIRMATION_REFUSED, refused_because="Wrong password.")
        return is_right

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """Tell the person of a change, once it is certain: no transaction waits for a mail server."""
        send = super().send_notification_mail
        if template_prefix.startswith("mfa/"):
            transaction.on_commit(lambda: send(template_prefix, user, *args, **kwargs))
        else:
            send(template_prefix, user, *args, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away stops no page, and so tells nobody which addresses are known."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            log.exception("mail_not_sent", template=template_prefix)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt, and put it into the log of whom it was aimed at."""
        super().authentication_failed(request, **credentials)
        record_refused_sign_in(request, str(credentials.get("email", "")))
