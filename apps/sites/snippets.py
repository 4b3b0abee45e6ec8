"""What goes with a secret: how a site's backend holds it, and a first try with it."""

from string import Template
from typing import Final

Snippet = tuple[str, str]
"""A title and the code below it."""

_ENVIRONMENT: Final = Template("GATEHOUSE_SITE_KEY=$site_key\nGATEHOUSE_SITE_SECRET=$secret\n")

_CURL_WITH_SECRET: Final = Template(
    """\
curl -X POST "$base_url/api/v1/verify" \\
  -H "Content-Type: application/json" \\
  -d '{
    "siteKey": "$site_key",
    "secret": "$secret",
    "solution": "try"
  }'
"""
)


def environment_lines(site_key: str, secret: str = "ss_live_…") -> str:  # noqa: S107  (a placeholder)
    """The lines of an `.env` file that hold a site's credentials.

    Args:
        site_key: the public key.
        secret: the plain secret, where it is known.
    """
    return _ENVIRONMENT.substitute(site_key=site_key, secret=secret)


def secret_snippets(base_url: str, site_key: str, secret: str) -> list[Snippet]:
    """What to do with a secret in the one answer that shows it.

    Args:
        base_url: scheme and host of this server, without a slash at the end.
        site_key: the public key.
        secret: the plain secret.
    """
    curl = _CURL_WITH_SECRET.substitute(base_url=base_url, site_key=site_key, secret=secret)
    return [("Your backend's .env", environment_lines(site_key, secret)), ("Try it with curl", curl)]
