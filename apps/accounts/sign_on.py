"""Signing in with the organization's own OpenID Connect service, where the environment names one.

django-allauth runs the flow; here are the checks that it leaves out. The nonce and the signature of the ID token,
and that the profile belongs to the token (OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2); an address counts only where
the service says, with a boolean, that it verified it.
"""

import hashlib
import hmac
import secrets
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.models import User
from apps.accounts.page import public_to_read

PROVIDER_ID: Final = "oidc"


class SignOnTokens(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Reads what the service answers, and believes none of it unchecked."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Who signed in, from the ID token and the profile.

        Raises:
            OAuth2Error: without a valid ID token, or with somebody else's profile.
        """
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("The service sent no ID token.")
        login = super().complete_login(request, app, token, **kwargs)
        claims = login.account.extra_data
        subject = claims["id_token"].get("sub")
        if not subject or "exp" not in claims["id_token"]:
            raise OAuth2Error("The ID token names nobody, or never expires.")
        if claims["userinfo"].get("sub") != subject:
            raise OAuth2Error("The profile is not that of the ID token.")
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The ID token's claims, its signature checked even though it came straight from the service."""
        try:
            return jwtkit.verify_and_decode(  # type: ignore[no-any-return]
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("The ID token cannot be read.") from error


class SignOnProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """Sends people to the service with a nonce; nothing in the address of our own page changes what is asked of it."""

    oauth2_adapter_class = SignOnTokens

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponseBase:
        """To the service, with state (in the session), nonce and PKCE."""
        nonce = secrets.token_urlsafe(24)
        kwargs["auth_params"] = (kwargs.get("auth_params") or {}) | {"nonce": nonce}
        answer: HttpResponseBase = super().redirect(request, process, next_url, {"nonce": nonce}, **kwargs)
        return answer

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Only a new sign-in can be asked for, by those who confirm that it is them."""
        return {"prompt": "login"} if request.GET.get("prompt") == "login" else {}

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Always the same."""
        scope: list[str] = self.get_scope()
        return scope

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Issuer and subject together: another service that reuses a subject is not the same person."""
        issuer, subject = data["id_token"]["iss"], data["id_token"].get("sub")
        return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """The address, verified only where the service says exactly that."""
        profile = data["userinfo"]
        email = profile.get("email")
        if not isinstance(email, str):
            return []
        return [EmailAddress(email=email.lower(), verified=profile.get("email_verified") is True, primary=True)]


class SignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who a sign-in from the service is here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse an ID token that was not made for this sign-in.

        Raises:
            ImmediateHttpResponse: with the page that says so.
        """
        expected = (sociallogin.state.get("data") or {}).get("nonce", "")
        given = str(sociallogin.account.extra_data["id_token"].get("nonce", ""))
        if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
            raise ImmediateHttpResponse(render_authentication_error(request, sociallogin.provider))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The person whose address the service has verified, and who has verified it here too."""
        for address in sociallogin.email_addresses:
            known = EmailAddress.objects.select_related("user").filter(email=address.email.lower(), verified=True)
            if address.verified and (found := known.first()):
                return found.user, address.email
        return None


@public_to_read
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Go to the service."""
    return _run(OAuth2LoginView, request, provider_id)


@public_to_read
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Come back from it."""
    return _run(OAuth2CallbackView, request, provider_id)


def _run(view: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    try:
        answer: HttpResponseBase = view.adapter_view(SignOnTokens(request, provider_id))(request)
    except SocialApp.DoesNotExist as missing:
        raise Http404("No sign-on service is set up here.") from missing
    return answer
