"""What this product decides for django-allauth."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from apps.accounts.sign_ins import record_refused_sign_in
from apps.audit.source import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is closed unless it is opened; refused sign-ins are recorded; addresses come from the trusted proxies."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make themselves an account."""
        return bool(settings.SIGNUP_IS_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that sign-in attempts are counted by."""
        return client_address(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt, and put it into the log of whom it was aimed at."""
        super().authentication_failed(request, **credentials)
        record_refused_sign_in(request, str(credentials.get("email", "")))
