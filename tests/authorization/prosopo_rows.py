"""Prosopo's endpoints: who may do what with a key."""

from typing import Any

from tests.authorization.rows import CREATORS, EVERYBODY, NO_ADMIN, NOT_OWNING, SEES_SITE, STRANGERS, Row

_BY_KEY: dict[str, Any] = {"siteKey": "@siteKey"}
_THE_KEY: dict[str, Any] = {"apiKeyId": "@key_id"}
_NO_KEY_OF_OTHERS = "writer reader bystander outsider"
_SEES_TRAFFIC = "owner admin writer reader viewer"
_ADMINS = "owner admin outsider"  # the outsider in their own account

PROSOPO: dict[str, Row] = {
    "prosopo /sites/get POST": Row(EVERYBODY, missing="getSites"),
    "prosopo /sites/get GET": Row(EVERYBODY, missing="getSites"),
    "prosopo /site/get POST": Row(SEES_SITE, hidden=STRANGERS, missing="getSite", body=_BY_KEY),
    "prosopo /site/get GET": Row(SEES_SITE, hidden=STRANGERS, missing="getSite", query=_BY_KEY),
    "prosopo /sites/create POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createSite",
        events=("site.created",),
        body={"name": "New", "settings": {"domains": ["new.example"]}},
    ),
    "prosopo /sites/update POST": Row(
        "owner admin writer",
        "reader viewer auditor",
        STRANGERS,
        missing="updateSite",
        events=("site.updated",),
        body=_BY_KEY | {"name": "New-name"},
    ),
    "prosopo /sites/delete POST": Row(
        "owner admin", NOT_OWNING, STRANGERS, missing="deleteSite", events=("site.deactivated",), body=_BY_KEY
    ),
    "prosopo /api-keys/get POST": Row(CREATORS, "viewer auditor", missing="getApiKeys"),
    "prosopo /api-keys/get GET": Row(CREATORS, "viewer auditor", missing="getApiKeys"),
    "prosopo /api-keys/create POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createApiKey",
        events=("key.created",),
        body={"name": "New", "permissions": {"ApiKeys": ["createApiKey"]}},
    ),
    "prosopo /api-keys/update POST": Row(
        "owner admin",
        "viewer auditor",
        _NO_KEY_OF_OTHERS,
        missing="updateApiKey",
        events=("key.updated",),
        body=_THE_KEY | {"name": "Renamed"},
    ),
    "prosopo /api-keys/delete POST": Row(
        "owner admin",
        "viewer auditor",
        _NO_KEY_OF_OTHERS,
        missing="deleteApiKey",
        events=("key.deleted",),
        body=_THE_KEY,
    ),
    "prosopo /users/get GET": Row(EVERYBODY, missing="getUsers"),
    "prosopo /users/create POST": Row(
        _ADMINS,
        NO_ADMIN,
        missing="createUser",
        events=("member.invited",),
        body={"email": "new@people.example", "name": "New", "role": "viewer"},
    ),
    "prosopo /users/update PUT": Row(
        "owner admin",
        NO_ADMIN,
        "outsider",
        missing="updateUser",
        events=("role.changed",),
        body={"email": "@person_email", "role": "auditor"},
    ),
    "prosopo /users/delete POST": Row(
        "owner admin",
        NO_ADMIN,
        "outsider",
        missing="deleteUser",
        events=("member.removed",),
        body={"email": "@person_email"},
    ),
    "prosopo /gettrafficdata POST": Row(f"{CREATORS} viewer", "auditor", missing="getTraffic"),
    "prosopo /gettrafficdata GET": Row(f"{CREATORS} viewer", "auditor", missing="getTraffic"),
    "prosopo /getlivesessions POST": Row(_SEES_TRAFFIC, "auditor", STRANGERS, missing="getTraffic", body=_BY_KEY),
    "prosopo /getlivesessions GET": Row(_SEES_TRAFFIC, "auditor", STRANGERS, missing="getTraffic", query=_BY_KEY),
    "prosopo /audit/searchcaptcharecords POST": Row(f"{CREATORS} viewer", "auditor", missing="searchCaptchaRecords"),
    "prosopo /audit/searchcaptcharecords GET": Row(f"{CREATORS} viewer", "auditor", missing="searchCaptchaRecords"),
}
