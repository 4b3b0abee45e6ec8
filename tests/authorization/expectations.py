"""Who may do what: one row for each URL name and method, written by hand and read by every test here.

A new address fails until it has its row; a row says of each principal whether it is let through, refused
(it may know of the thing, but not do this) or told that there is no such thing.

| principal | who |
|---|---|
| owner, admin | of the account; the site and the API key are the owner's |
| writer, reader | members with whom the site is shared |
| bystander | a member with whom nothing is shared |
| viewer, auditor | of the account |
| outsider | owns another account |
"""

import re
from dataclasses import dataclass, field
from typing import Any

PRINCIPALS = ("owner", "admin", "writer", "reader", "bystander", "viewer", "auditor", "outsider")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KEY = re.compile(rf"(?P<name>.+) (?P<method>{'|'.join(METHODS)})(?P<variant> .+)?")


@dataclass(frozen=True)
class Row:
    """What is expected of one address and method.

    Attributes:
        allowed: principals that are let through.
        refused: principals that may know of the thing but not do this: 403, and an event in the log.
        hidden: principals to whom there is no such thing: 404, and nothing in the log.
        missing: the permission that the refused ones are told they lack.
        success: the status for those who are let through.
        events: the actions that the log then has more.
        own: who of owner, admin and reader (a member) is let through with a thing that they made themselves.
        body: what is sent; a callable is given the world.
    """

    allowed: str
    refused: str = ""
    hidden: str = ""
    missing: str = ""
    success: int = 200
    events: tuple[str, ...] = ()
    own: str = "owner admin reader"
    body: dict[str, Any] = field(default_factory=dict)

    def outcome_for(self, principal: str) -> str:
        """`allowed`, `refused` or `hidden`: exactly one of them."""
        [outcome] = [name for name in ("allowed", "refused", "hidden") if principal in getattr(self, name).split()]
        return outcome


def address_of(key: str) -> tuple[str, str]:
    """URL name and method of a row's key; what follows them tells variants apart."""
    match = _KEY.fullmatch(key)
    assert match, key
    return match["name"], match["method"]


EVERYBODY = "owner admin writer reader bystander viewer auditor outsider"
INSIDERS = "owner admin writer reader bystander viewer auditor"
CREATORS = "owner admin writer reader bystander outsider"
SEES_SITE = "owner admin writer reader viewer auditor"
STRANGERS = "bystander outsider"
SITE = {"name": "New name", "allowed_origins": "https://new.example"}
READS_LOG = "owner admin auditor outsider"  # the outsider reads that of their own account
NO_LOG = "writer reader bystander viewer"

PAGES: dict[str, Row] = {
    "overview GET": Row(EVERYBODY),
    "api_reference GET": Row(EVERYBODY),
    "sites GET": Row(EVERYBODY),
    "new_site GET": Row(CREATORS, "viewer auditor", missing="createSite"),
    "new_site POST": Row(CREATORS, "viewer auditor", missing="createSite", events=("site.created",), body=SITE),
    "site GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_install GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_settings GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_settings POST": Row(
        "owner admin writer",
        "reader viewer auditor",
        STRANGERS,
        missing="updateSite",
        success=302,
        events=("site.updated",),
        body=SITE,
    ),
    "site_secrets GET": Row(SEES_SITE, hidden=STRANGERS),
    "rotate_secret GET": Row("owner admin", "writer reader viewer auditor", STRANGERS, missing="rotateSecret"),
    "rotate_secret POST": Row(
        "owner admin", "writer reader viewer auditor", STRANGERS, missing="rotateSecret", events=("secret.rotated",)
    ),
    "site_activity GET": Row(
        "owner admin auditor", "writer reader viewer", STRANGERS, missing="getAuditEvents", own="owner admin"
    ),
    "deactivate_site GET": Row("owner admin", "writer reader viewer auditor", STRANGERS, missing="deleteSite"),
    "deactivate_site POST": Row(
        "owner admin",
        "writer reader viewer auditor",
        STRANGERS,
        missing="deleteSite",
        success=302,
        events=("site.deactivated",),
    ),
    "reactivate_site POST": Row(
        "owner admin", "writer reader viewer auditor", STRANGERS, missing="updateSite", success=302
    ),
    "keys GET": Row(CREATORS, "viewer auditor", missing="getApiKeys"),
    "new_key GET": Row(CREATORS, "viewer auditor", missing="createApiKey"),
    "new_key POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createApiKey",
        events=("key.created",),
        body={"name": "New key", "expires": "never", "permissions": ["getSites"]},
    ),
    "key GET": Row("owner admin", "viewer auditor", "writer reader bystander outsider", missing="getApiKeys"),
    "delete_key GET": Row("owner admin", "viewer auditor", "writer reader bystander outsider", missing="getApiKeys"),
    "delete_key POST": Row(
        "owner admin",
        "viewer auditor",
        "writer reader bystander outsider",
        missing="getApiKeys",
        success=302,
        events=("key.deleted",),
    ),
    "log GET": Row(READS_LOG, NO_LOG, missing="getAuditEvents"),
    "log_check GET": Row(READS_LOG, NO_LOG, missing="getAuditEvents"),
    "log_event GET": Row(READS_LOG, NO_LOG, missing="getAuditEvents", own="owner admin"),
    "log_csv GET": Row(READS_LOG, NO_LOG, missing="exportAuditEvents", events=("audit.exported",)),
    "log_jsonl GET": Row(READS_LOG, NO_LOG, missing="exportAuditEvents", events=("audit.exported",)),
}

_SITES = "neocaptcha /api/v1/sites"
_SITE = "neocaptcha /api/v1/sites/{siteKey}"

API: dict[str, Row] = {
    "neocaptcha /api/v1/whoami GET": Row(EVERYBODY),
    # The contract tells apart an account that is not the key's (403) and one that does not exist (404).
    f"{_SITES} GET": Row(INSIDERS, "outsider", missing="getSites"),
    f"{_SITES} POST": Row(
        "owner admin writer reader bystander",
        "viewer auditor outsider",
        missing="createSite",
        success=201,
        events=("site.created",),
        body={"name": "New", "allowedOrigins": ["https://new.example"]},
    ),
    f"{_SITE} GET": Row(SEES_SITE, hidden=STRANGERS, missing="getSite"),
    f"{_SITE} PATCH": Row(
        "owner admin writer",
        "reader viewer auditor",
        STRANGERS,
        missing="updateSite",
        events=("site.updated",),
        body={"name": "New name"},
    ),
    f"{_SITE} PATCH that deactivates": Row(
        "owner admin",
        "writer reader viewer auditor",
        STRANGERS,
        missing="deleteSite updateSite",
        events=("site.deactivated",),
        body={"isActive": False},
    ),
    f"{_SITE} DELETE": Row(
        "owner admin",
        "writer reader viewer auditor",
        STRANGERS,
        missing="deleteSite",
        events=("site.deactivated",),
    ),
    f"{_SITE}/rotate-secret POST": Row(
        "owner admin",
        "writer reader viewer auditor",
        STRANGERS,
        missing="rotateSecret",
        events=("secret.rotated",),
    ),
}

SITE_SECRET = {"neocaptcha /api/v1/verify POST"}
"""Proven by a site's secret, not by a person or a key: `test_site_secrets.py`."""


@dataclass(frozen=True)
class Open:
    """An address that asks for nobody in particular: the status signed out, and signed in."""

    signed_out: int
    signed_in: int
    body: dict[str, Any] = field(default_factory=dict)


OPEN: dict[str, Open] = {
    "openapi GET": Open(200, 200),
    "theme POST": Open(302, 302, {"theme": "dark"}),
    "styleguide GET": Open(200, 200),  # in development; else it is not there
    "livez GET": Open(200, 200),
    "readyz GET": Open(503, 503),  # no worker runs beside the tests
    "set_up GET": Open(200, 200),
    "set_up POST": Open(422, 422),
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
}
