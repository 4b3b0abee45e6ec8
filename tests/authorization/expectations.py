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

from tests.authorization.bulk_rows import BULK
from tests.authorization.credit_rows import CREDIT_PAGES
from tests.authorization.key_pages import KEY_PAGES
from tests.authorization.nocaptchaai_rows import NOCAPTCHAAI, TEXT_PAGES
from tests.authorization.organization_rows import ORGANIZATION_PAGES
from tests.authorization.privatecaptcha_rows import PRIVATE_CAPTCHA
from tests.authorization.prosopo_rows import PROSOPO
from tests.authorization.rows import (
    CREATORS,
    EVERYBODY,
    INSIDERS,
    NO_ADMIN,
    NO_LOG,
    NOT_OWNING,
    OVERSEES,
    READS_LOG,
    SEES_SITE,
    SHARERS,
    SITE,
    SITE_SETTINGS,
    STRANGERS,
    Row,
)
from tests.authorization.rule_rows import RULE_PAGES, RULES_API
from tests.authorization.task_rows import TASK_PAGES
from tests.authorization.traffic_rows import TRAFFIC_PAGES

PAGES: dict[str, Row] = {
    "overview GET": Row(EVERYBODY),
    "api_reference GET": Row(EVERYBODY),
    "sites GET": Row(EVERYBODY),
    "new_site GET": Row(CREATORS, "viewer auditor", missing="createSite"),
    "new_site POST": Row(CREATORS, "viewer auditor", missing="createSite", events=("site.created",), body=SITE),
    "site GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_install GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_install_try POST": Row(SEES_SITE, hidden=STRANGERS),
    "site_first_solution GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_settings GET": Row(SEES_SITE, hidden=STRANGERS),
    "site_settings POST": Row(
        "owner admin writer",
        "reader viewer auditor",
        STRANGERS,
        missing="updateSite",
        success=302,
        events=("site.updated",),
        body=SITE_SETTINGS,
    ),
    "shared_sites GET": Row(EVERYBODY, accountless=200),
    "deleted_sites GET": Row(CREATORS, "viewer auditor", missing="deleteSite"),
    "site_secrets GET": Row(OVERSEES, SHARERS, STRANGERS, missing="getSecrets"),
    "add_secret GET": Row("owner admin", NOT_OWNING, STRANGERS, missing="createSecret"),
    "add_secret POST": Row(
        "owner admin",
        NOT_OWNING,
        STRANGERS,
        missing="createSecret",
        events=("secret.added",),
        body={"label": "Third"},
    ),
    "delete_secret GET": Row("owner admin", NOT_OWNING, STRANGERS, missing="deleteSecret"),
    "delete_secret POST": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="deleteSecret", success=302, events=("secret.deleted",)
    ),
    "site_people GET": Row(OVERSEES, SHARERS, STRANGERS, missing="getPermissions"),
    "site_people POST": Row(
        "owner admin",
        NOT_OWNING,
        STRANGERS,
        missing="grantPermission",
        success=302,
        events=("share.granted",),
        body={"email": "bystander@people.example", "level": "read"},
    ),
    "change_share POST": Row(
        "owner admin",
        NOT_OWNING,
        STRANGERS,
        missing="updatePermission",
        success=302,
        events=("share.changed",),
        body={"level": "write"},
    ),
    "remove_share GET": Row("owner admin", NOT_OWNING, STRANGERS, missing="removePermission"),
    "remove_share POST": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="removePermission", success=302, events=("share.removed",)
    ),
    "remove_waiting_share POST": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="removePermission", success=302, events=("share.removed",)
    ),
    "delete_site GET": Row("owner admin", NOT_OWNING, STRANGERS, missing="deleteSite"),
    "delete_site POST": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="deleteSite", success=302, events=("site.deleted",)
    ),
    # A share in a deleted site shows nothing any more.
    "restore_site POST": Row(
        "owner admin",
        "viewer auditor",
        "writer reader bystander outsider",
        missing="deleteSite",
        success=302,
        events=("site.restored",),
    ),
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
    **KEY_PAGES,
    **ORGANIZATION_PAGES,
    **TASK_PAGES,
    **TRAFFIC_PAGES,
    **BULK,
    **TEXT_PAGES,
    **RULE_PAGES,
    **CREDIT_PAGES,
    "team GET": Row(EVERYBODY),
    "invite GET": Row("owner admin outsider", NO_ADMIN, missing="createUser", success=302),
    "invite POST": Row(
        "owner admin outsider",
        NO_ADMIN,
        missing="createUser",
        events=("member.invited",),
        body={"email": "new@people.example", "role": "member"},
    ),
    "resend_invitation POST": Row(
        "owner admin", NO_ADMIN, "outsider", missing="createUser", events=("member.invited",)
    ),
    "withdraw_invitation POST": Row(
        "owner admin", NO_ADMIN, "outsider", missing="createUser", success=302, events=("invitation.withdrawn",)
    ),
    "change_role POST": Row(
        "owner admin",
        NO_ADMIN,
        "outsider",
        missing="updateUser",
        success=302,
        events=("role.changed",),
        body={"role": "auditor"},
    ),
    "remove_member GET": Row("owner admin", NO_ADMIN, "outsider", missing="deleteUser"),
    "remove_member POST": Row(
        "owner admin", NO_ADMIN, "outsider", missing="deleteUser", success=302, events=("member.removed",)
    ),
    "hand_over GET": Row("owner", f"admin {NO_ADMIN}", "outsider", missing="updateUser", otherwise="Only an owner may"),
    "hand_over POST": Row(
        "owner",
        f"admin {NO_ADMIN}",
        "outsider",
        missing="updateUser",
        otherwise="Only an owner may",
        success=302,
        events=("ownership.handed_over",),
    ),
    "switch_account POST": Row(INSIDERS, hidden="outsider", success=302, body={"account": "@account_id"}),
    "account_settings GET": Row("owner admin outsider", NO_ADMIN, missing="updateAccount"),
    "account_settings POST": Row(
        "owner admin outsider", NO_ADMIN, missing="updateAccount", success=302, events=("account.updated",)
    ),
    "api_settings GET": Row("owner admin outsider", NO_ADMIN, missing="updateAccount"),
    "api_settings POST": Row(
        "owner outsider",
        f"admin {NO_ADMIN}",
        missing="updateAccount",
        otherwise="Only an owner may",
        success=302,
        events=("account.updated",),
    ),
    "security GET": Row(EVERYBODY, accountless=200),
    "end_session POST": Row(
        "owner",
        hidden="admin writer reader bystander viewer auditor outsider",
        success=302,
        events=("session.ended",),
        accountless=404,
    ),
    "log GET": Row(READS_LOG, NO_LOG, missing="getAuditEvents"),
    "log_check GET": Row(READS_LOG, NO_LOG, missing="getAuditEvents"),
    "log_event GET": Row(READS_LOG, NO_LOG, missing="getAuditEvents", own="owner admin"),
    "log_csv GET": Row(READS_LOG, NO_LOG, missing="exportAuditEvents", events=("audit.exported",)),
    "log_jsonl GET": Row(READS_LOG, NO_LOG, missing="exportAuditEvents", events=("audit.exported",)),
}

_SITES = "neocaptcha /api/v1/sites"
_SITE = "neocaptcha /api/v1/sites/{siteKey}"
_EU = "eucaptcha /myra-auto-app-api"

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
    f"{_EU}/captcha_sitekeys GET": Row(EVERYBODY, missing="getSites"),
    f"{_EU}/captcha_sitekeys POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createSite",
        success=201,
        events=("site.created",),
        body={"domain": "new.example"},
    ),
    f"{_EU}/captcha_sitekeys/{{id}} GET": Row(SEES_SITE, hidden=STRANGERS, missing="getSite"),
    f"{_EU}/captcha_sitekeys/{{id}} PATCH": Row(
        "owner admin writer",
        "reader viewer auditor",
        STRANGERS,
        missing="updateSite",
        events=("site.updated",),
        body={"label": "New name"},
    ),
    f"{_EU}/captcha_sitekeys/{{id}} DELETE": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="deleteSite", success=204, events=("site.deleted",)
    ),
    f"{_EU}/captcha-secrets/{{id}} GET": Row(OVERSEES, SHARERS, STRANGERS, missing="getSecrets"),
    f"{_EU}/captcha-secrets POST": Row(
        "owner admin",
        NOT_OWNING,
        STRANGERS,
        missing="createSecret",
        success=201,
        events=("secret.added",),
        body={"sitekey": "@site_id", "label": "Third"},
    ),
    f"{_EU}/captcha-secrets/{{id}} DELETE": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="deleteSecret", success=204, events=("secret.deleted",)
    ),
    f"{_EU}/sitekey-permissions GET": Row(
        OVERSEES, SHARERS, STRANGERS, missing="getPermissions", query={"sitekey_id": "@site_id"}
    ),
    f"{_EU}/sitekey-permissions POST": Row(
        "owner admin",
        NOT_OWNING,
        STRANGERS,
        missing="grantPermission",
        success=201,
        events=("share.granted",),
        body={"sitekey_id": "@site_id", "email": "bystander@people.example", "permission": "read"},
    ),
    f"{_EU}/sitekey-permissions/{{id}} PATCH": Row(
        "owner admin",
        NOT_OWNING,
        STRANGERS,
        missing="updatePermission",
        events=("share.changed",),
        body={"permission": "write"},
    ),
    f"{_EU}/sitekey-permissions/{{id}} DELETE": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="removePermission", success=204, events=("share.removed",)
    ),
    f"{_EU}/captcha-stats-user GET": Row(f"{CREATORS} viewer", "auditor", missing="getTraffic"),
    "eucaptcha /captcha-stats-user GET": Row(f"{CREATORS} viewer", "auditor", missing="getTraffic"),
    **PROSOPO,
    **PRIVATE_CAPTCHA,
    **NOCAPTCHAAI,
    **RULES_API,
}

SITE_SECRET = {
    "neocaptcha /api/v1/verify POST",
    "eucaptcha /v1/verify POST",
    "eucaptcha /v1/verify-credentials POST",
    "prosopo /siteverify POST",  # or an API key: tests/api/test_who_may_verify.py
}
"""Proven by a site's secret, not by a person or a key: `test_site_secrets.py`."""
