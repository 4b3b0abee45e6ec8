"""The addresses that ask for nobody in particular, or that django-allauth guards: a row for each name and method."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Open:
    """An address that asks for nobody in particular: the status signed out, and signed in."""

    signed_out: int
    signed_in: int
    body: dict[str, Any] = field(default_factory=dict)


OPEN: dict[str, Open] = {
    "openapi GET": Open(200, 200),
    "widget GET": Open(200, 200),
    "theme POST": Open(302, 302, {"theme": "dark"}),
    "styleguide GET": Open(200, 200),  # in development; else it is not there
    "livez GET": Open(200, 200),
    "readyz GET": Open(503, 503),  # no worker runs beside the tests
    "set_up GET": Open(200, 200),
    "set_up POST": Open(422, 422),
    "eucaptcha /myra-auto-app-api/login POST": Open(401, 401, {"email": "no@people.example", "password": "nothing"}),
    "credentials /api/v1/credentials/revoke POST": Open(202, 202, {"credentials": ["nct_leaked"]}),
    "challenge /challenge GET": Open(400, 400),  # what it needs is a site key and a page (tests/api/challenge)
    "accept_invitation GET": Open(200, 200),
    "accept_invitation POST": Open(422, 200),
    "account_login GET": Open(200, 302),
    "account_login POST": Open(200, 302),
    "account_logout GET": Open(302, 200),
    "account_logout POST": Open(302, 302),
    "account_inactive GET": Open(200, 200),
    "account_signup GET": Open(200, 302),
    "account_signup POST": Open(200, 302),
    "account_reauthenticate GET": Open(302, 200),
    "account_reauthenticate POST": Open(302, 200),
    "account_email GET": Open(302, 200),
    "account_email POST": Open(302, 302),
    "account_email_verification_sent GET": Open(200, 200),
    "account_change_password GET": Open(302, 200),
    "account_change_password POST": Open(302, 200),
    "account_set_password GET": Open(302, 302),
    "account_set_password POST": Open(302, 302),
    "account_reset_password GET": Open(200, 200),
    "account_reset_password POST": Open(200, 200),
    "account_reset_password_done GET": Open(200, 200),
    "account_reset_password_from_key GET": Open(200, 200),
    "account_reset_password_from_key POST": Open(200, 200),
    "account_reset_password_from_key_done GET": Open(200, 200),
    "account_confirm_email GET": Open(200, 200),
    "account_confirm_email POST": Open(404, 404),
    "account_confirm_login_code GET": Open(302, 302),
    "account_confirm_login_code POST": Open(302, 302),
    "mfa_authenticate GET": Open(302, 302),
    "mfa_authenticate POST": Open(302, 302),
    "mfa_reauthenticate GET": Open(302, 302),
    "mfa_reauthenticate POST": Open(302, 302),
    "mfa_activate_totp GET": Open(302, 200),
    "mfa_activate_totp POST": Open(302, 200),
    "mfa_deactivate_totp GET": Open(302, 404),
    "mfa_deactivate_totp POST": Open(302, 404),
    "mfa_view_recovery_codes GET": Open(302, 404),
    "mfa_generate_recovery_codes GET": Open(302, 200),
    "mfa_generate_recovery_codes POST": Open(302, 200),
    "mfa_add_webauthn GET": Open(302, 200),
    "mfa_add_webauthn POST": Open(302, 200),
    "mfa_login_webauthn GET": Open(302, 302),
    "mfa_login_webauthn POST": Open(302, 302),
    "mfa_reauthenticate_webauthn GET": Open(302, 302),
    "mfa_reauthenticate_webauthn POST": Open(302, 302),
    "mfa_remove_webauthn GET": Open(302, 404),
    "mfa_remove_webauthn POST": Open(302, 404),
    "mfa_edit_webauthn GET": Open(302, 404),
    "mfa_edit_webauthn POST": Open(302, 404),
    "usersessions_list GET": Open(302, 200),
    "usersessions_list POST": Open(302, 302),
    "socialaccount_login_cancelled GET": Open(200, 200),
    "socialaccount_login_error GET": Open(401, 401),
    "socialaccount_signup GET": Open(302, 302),
    "socialaccount_signup POST": Open(302, 302),
    "mfa_index GET": Open(302, 302),
    "mfa_list_webauthn GET": Open(302, 302),
    "openid_connect_login GET": Open(404, 404),
    "openid_connect_callback GET": Open(404, 404),
}
