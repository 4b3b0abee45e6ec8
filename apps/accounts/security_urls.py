"""Everything under /accounts/: django-allauth's views, named as it expects them, and our own pages between them.

Its views that change how somebody signs in are held back until the person has confirmed that it is them, GET and
POST alike, so that the library never keeps a form that was sent. Those that change or use a second factor run in
one transaction with their audit events.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as socialaccount
from allauth.usersessions import views as usersessions
from django.db import transaction
from django.urls import path, re_path

from apps.accounts import security_views, sign_on
from apps.accounts.confirmation import Page, confirmed


def _changing(view: Page) -> Page:
    """A view that changes a second factor."""
    return confirmed()(transaction.atomic(view))


urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("login/code/confirm/", account.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("email/", confirmed()(account.email), name="account_email"),
    path("confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
    path("password/change/", confirmed()(account.password_change), name="account_change_password"),
    path("password/set/", confirmed()(account.password_set), name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/", security_views.to_security, name="mfa_index"),
    path("2fa/authenticate/", transaction.atomic(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", transaction.atomic(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", _changing(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", _changing(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", confirmed()(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        _changing(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/passkeys/", security_views.to_security, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", _changing(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/passkeys/login/", transaction.atomic(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        transaction.atomic(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/passkeys/<int:pk>/remove/", _changing(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("2fa/passkeys/<int:pk>/edit/", _changing(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("sessions/", transaction.atomic(usersessions.list_usersessions), name="usersessions_list"),
    path("sessions/<int:session_id>/end", security_views.end_session, name="end_session"),
    path("3rdparty/login/cancelled/", socialaccount.login_cancelled, name="socialaccount_login_cancelled"),
    path("3rdparty/login/error/", socialaccount.login_error, name="socialaccount_login_error"),
    path("3rdparty/signup/", socialaccount.signup, name="socialaccount_signup"),
    path("<str:provider_id>/login/", sign_on.begin, name="openid_connect_login"),
    path("<str:provider_id>/login/callback/", sign_on.callback, name="openid_connect_callback"),
    path("security", security_views.security, name="security"),
    path("settings", security_views.account_settings, name="account_settings"),
]
