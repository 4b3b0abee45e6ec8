"""First calls with a new key, to paste as they stand."""

from collections.abc import Collection
from typing import Final

from apps.api_keys.models import ApiKey

_PYTHON: Final = """\
import json, os, urllib.request

request = urllib.request.Request(
    "{base_url}/api/v1/whoami",
    headers={{"Authorization": "Bearer " + os.environ["GATEHOUSE_KEY"]}},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer))"""

_JAVASCRIPT: Final = """\
const answer = await fetch("{base_url}/api/v1/whoami", {{
  headers: {{ Authorization: `Bearer ${{process.env.GATEHOUSE_KEY}}` }},
}});
console.log(await answer.json());"""


def first_calls(key: ApiKey, token: str, base_url: str, *, usable: Collection[str]) -> list[tuple[str, str]]:
    """Title and code of each snippet. The programs read the key from the environment, where it belongs.

    Args:
        key: the new key.
        token: its token.
        base_url: where this server is reached, without a slash at the end.
        usable: those of its permissions that it can use today.
    """
    snippets = [
        ("Try it in a shell", _curl(f"{base_url}/api/v1/whoami", token)),
        ("Keep it in a .env file", f"GATEHOUSE_URL={base_url}\nGATEHOUSE_KEY={token}"),
        ("Python", _PYTHON.format(base_url=base_url)),
        ("JavaScript (Node)", _JAVASCRIPT.format(base_url=base_url)),
    ]
    if "getSites" in usable:
        snippets.insert(1, ("List the sites", _curl(f"{base_url}/api/v1/sites?accountId={key.account_id}", token)))
    return snippets


def _curl(address: str, token: str) -> str:
    return f'curl "{address}" \\\n  -H "Authorization: Bearer {token}"'
