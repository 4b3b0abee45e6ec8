"""What a developer pastes: how a site's backend holds its credentials and checks a solution."""

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

_CURL: Final = Template(
    """\
curl -X POST "$base_url/api/v1/verify" -H "Content-Type: application/json" -d @- <<END
{"siteKey": "$site_key", "secret": "$$GATEHOUSE_SITE_SECRET", "solution": "try"}
END
"""
)

_PYTHON: Final = Template(
    """\
import json
import os
from urllib.request import Request, urlopen


def is_human(solution: str) -> bool:
    body = {
        "siteKey": "$site_key",
        "secret": os.environ["GATEHOUSE_SITE_SECRET"],
        "solution": solution,
    }
    request = Request(
        "$base_url/api/v1/verify",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)["success"]
"""
)

_JAVASCRIPT: Final = Template(
    """\
async function isHuman(solution) {
  const answer = await fetch("$base_url/api/v1/verify", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      siteKey: "$site_key",
      secret: process.env.GATEHOUSE_SITE_SECRET,
      solution,
    }),
    signal: AbortSignal.timeout(5000),
  });
  if (!answer.ok) throw new Error(`Verification answered $${answer.status}`);
  return (await answer.json()).success;
}
"""
)

_PHP: Final = Template(
    """\
function is_human(string $$solution): bool
{
    $$context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/json',
        'content' => json_encode([
            'siteKey' => '$site_key',
            'secret' => getenv('GATEHOUSE_SITE_SECRET'),
            'solution' => $$solution,
        ]),
        'timeout' => 5,
    ]]);
    $$answer = file_get_contents('$base_url/api/v1/verify', false, $$context);
    return $$answer !== false && json_decode($$answer)->success;
}
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


def verification_snippets(base_url: str, site_key: str) -> list[Snippet]:
    """How a backend checks a solution, in four languages; the secret comes from its environment.

    Args:
        base_url: scheme and host of this server, without a slash at the end.
        site_key: the public key.
    """
    languages = {"curl": _CURL, "Python": _PYTHON, "JavaScript": _JAVASCRIPT, "PHP": _PHP}
    return [
        (language, template.substitute(base_url=base_url, site_key=site_key))
        for language, template in languages.items()
    ]
