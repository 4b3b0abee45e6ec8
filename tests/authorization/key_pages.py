"""The rows of the pages of API keys. The key is the owner's; its creator and owners alone may rotate it."""

from typing import Any

from tests.authorization.rows import CREATORS, Row

_NOT_SEEING = "writer reader bystander outsider"
_ONLY_READING = "viewer auditor"


def _changing(permission: str, *events: str, **differing: Any) -> Row:
    """What owners and admins may do with anybody's key, and members with their own."""
    return Row("owner admin", _ONLY_READING, _NOT_SEEING, missing=permission, success=302, events=events, **differing)


def _asking(permission: str = "getApiKeys") -> Row:
    """The page that asks before it is done."""
    return Row("owner admin", _ONLY_READING, _NOT_SEEING, missing=permission)


KEY_PAGES: dict[str, Row] = {
    "keys GET": Row(CREATORS, _ONLY_READING, missing="getApiKeys"),
    "new_key GET": Row(CREATORS, _ONLY_READING, missing="createApiKey"),
    "new_key POST": Row(
        CREATORS,
        _ONLY_READING,
        missing="createApiKey",
        events=("key.created",),
        body={"name": "New key", "expires": "never", "permissions": ["getSites"]},
    ),
    "check_networks GET": Row(CREATORS, _ONLY_READING, missing="createApiKey"),
    "key GET": _asking(),
    "edit_key GET": _asking(),
    "edit_key POST": _changing(
        "updateApiKey", "key.updated", body={"name": "New name", "permissions": ["getSites"], "expires": "7"}
    ),
    "rotate_key GET": Row(
        "owner",
        "admin viewer auditor",
        _NOT_SEEING,
        missing="updateApiKey",
        otherwise="Only the creator of a key or an owner",
    ),
    "rotate_key POST": Row(
        "owner",
        "admin viewer auditor",
        _NOT_SEEING,
        missing="updateApiKey",
        otherwise="Only the creator of a key or an owner",
        events=("key.rotated",),
        body={"overlap": "1h"},
    ),
    "end_earlier_tokens GET": _asking(),
    "end_earlier_tokens POST": _changing("updateApiKey", "key.token_ended"),
    "disable_key POST": _changing("updateApiKey", "key.disabled"),
    "enable_key POST": _changing("updateApiKey", "key.enabled"),
    "key_usage GET": _asking(),
    "key_usage_csv GET": _asking(),
    "delete_key GET": _asking(),
    "delete_key POST": _changing("deleteApiKey", "key.deleted"),
    # Of keys that the reader may not know of, the question is about none, and leads back to the list.
    "disable_keys GET": Row(CREATORS, _ONLY_READING, missing="getApiKeys", success=302),
    "disable_keys POST": _changing("updateApiKey", "key.disabled", body={"keys": "@key_id"}),
    "delete_keys GET": Row(CREATORS, _ONLY_READING, missing="getApiKeys", success=302),
    "delete_keys POST": _changing("deleteApiKey", "key.deleted", body={"keys": "@key_id"}),
}
