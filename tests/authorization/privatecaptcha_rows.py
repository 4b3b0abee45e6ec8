"""Private Captcha's endpoints: who may do what with a key.

Of an organization or a property that is not there this contract says so with a code and the status 200; `send` turns
that into the 404 that it is in every other contract. What becomes of the items of a batch is told by its task
(tests/api/privatecaptcha), so nothing is hidden from whoever starts one.
"""

from typing import Any

from tests.authorization.rows import CREATORS, EVERYBODY, INSIDERS, NO_ADMIN, SEES_SITE, STRANGERS, Row

_IN_OWN_ACCOUNT = "owner admin outsider"
_THE_ORGANIZATION: dict[str, Any] = {"id": "@org_id"}
_NOT_SEEING = "writer reader bystander viewer outsider"

PRIVATE_CAPTCHA: dict[str, Row] = {
    "privatecaptcha /orgs GET": Row(EVERYBODY, missing="getOrganizations"),
    "privatecaptcha /org POST": Row(
        _IN_OWN_ACCOUNT,
        NO_ADMIN,
        missing="createOrganization",
        events=("organization.created",),
        body={"name": "New"},
    ),
    "privatecaptcha /org PUT": Row(
        "owner admin",
        NO_ADMIN,
        "outsider",
        missing="updateOrganization",
        events=("organization.renamed",),
        body=_THE_ORGANIZATION | {"name": "Newly named"},
        own="owner admin",
    ),
    "privatecaptcha /org DELETE": Row(
        "owner admin",
        NO_ADMIN,
        "outsider",
        missing="deleteOrganization",
        events=("site.deleted", "organization.deleted"),
        body=_THE_ORGANIZATION,
        own="owner admin",
    ),
    "privatecaptcha /org/{org_id}/properties GET": Row(INSIDERS, hidden="outsider", missing="getSites"),
    "privatecaptcha /org/{org_id}/properties POST": Row(
        "owner admin writer reader bystander",
        "viewer auditor",
        "outsider",
        missing="createSite",
        events=("task.started",),
        body=[{"name": "New", "domain": "new.example"}],
    ),
    "privatecaptcha /org/{org_id}/property/{property_id} GET": Row(SEES_SITE, hidden=STRANGERS, missing="getSite"),
    "privatecaptcha /properties PUT": Row(
        CREATORS,
        "viewer auditor",
        missing="updateSite",
        events=("task.started",),
        body=[{"id": "@property_id", "level": 2}],
    ),
    "privatecaptcha /properties DELETE": Row(
        CREATORS, "viewer auditor", missing="deleteSite", events=("task.started",), body=["@property_id"]
    ),
    "privatecaptcha /verify POST": Row(
        "owner admin writer reader", "viewer auditor", STRANGERS, missing="verify", body="@solution"
    ),
    "privatecaptcha /asynctask/{id} GET": Row("owner admin", "auditor", _NOT_SEEING, missing="getTask"),
}
