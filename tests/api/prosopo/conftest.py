"""What every test of this contract starts from: where things are, and a look at what an error says."""

from typing import Any

SITES_GET = "/sites/get"
SITE_GET = "/site/get"
CREATE = "/sites/create"
UPDATE = "/sites/update"
DELETE = "/sites/delete"
USERS_GET = "/users/get"
INVITE = "/users/create"
CHANGE_ROLE = "/users/update"
REMOVE = "/users/delete"


def new_site(name: str = "Web-1", *domains: str, **settings: Any) -> dict[str, Any]:
    """A body that creates a site."""
    return {"name": name, "settings": {"domains": list(domains) or ["web.example"], **settings}}


def refused(answer: Any, status: int, key: str) -> str:
    """The sentence of an error, after its shape was looked at."""
    assert answer.status_code == status, answer.text
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error"]
    error = body["error"]
    assert set(error) - {"data"} == {"code", "message", "key"}
    assert (error["code"], error["key"]) == (status, key)
    assert ("data" in error) == (status == 403)
    return str(error["message"])


def put(api: Any, path: str, body: Any) -> Any:
    """PUT with a JSON body."""
    return api.client.put(path, body, content_type="application/json")
