"""What a developer pastes: the widget for a page, the check for a backend, in the words of each contract.

The texts are in templates/snippets/, one file a technology; each is run against a server by a test, or checked as far
as that is possible without its interpreter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from django.template.loader import render_to_string

from apps.protection import test_keys
from apps.sites import site_key as key_spelling

Source = Literal["site key", "secret", "solution"]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one contract says it.

    Attributes:
        label: its name.
        css_class: of the element that the widget goes into.
        field: the hidden field that has the solution.
        path: where a backend verifies it.
        body: the fields of that request, and what goes into each.
        answer: the field of the answer that is true for who may pass.
        site_key_prefix: of the site key; empty for 32 hexadecimal digits.
    """

    label: str
    css_class: str
    field: str
    path: str
    body: tuple[tuple[str, Source], ...]
    answer: str = "success"
    site_key_prefix: str = key_spelling.PREFIX

    def site_key(self, key: UUID) -> str:
        """The site key as this contract spells it."""
        return key_spelling.spell(key, self.site_key_prefix) if self.site_key_prefix else key.hex


_OUR_BODY: Final[tuple[tuple[str, Source], ...]] = (
    ("siteKey", "site key"),
    ("secret", "secret"),
    ("solution", "solution"),
)
SPELLINGS: Final[Mapping[str, Spelling]] = MappingProxyType(
    {
        "gatehouse": Spelling("Gatehouse", "gatehouse", "gatehouse-solution", "/api/v1/verify", _OUR_BODY),
        "eu-captcha": Spelling(
            "EU Captcha",
            "eu-captcha",
            "eu-captcha-response",
            "/v1/verify",
            (("sitekey", "site key"), ("secret", "secret"), ("client_token", "solution")),
            site_key_prefix=key_spelling.EU_CAPTCHA_PREFIX,
        ),
        "private-captcha": Spelling(
            "Private Captcha",
            "private-captcha",
            "private-captcha-solution",
            "/siteverify",
            (("sitekey", "site key"), ("secret", "secret"), ("response", "solution")),
            site_key_prefix="",
        ),
        "procaptcha": Spelling(
            "Prosopo",
            "procaptcha",
            "procaptcha-response",
            "/siteverify",
            (("secret", "secret"), ("token", "solution")),
            answer="verified",
        ),
        "neocaptcha": Spelling("NeoCaptcha", "neocaptcha", "neocaptcha-solution", "/api/v1/verify", _OUR_BODY),
    }
)
PAGES: Final = MappingProxyType({"html": "HTML", "react": "React", "vue": "Vue", "wordpress": "WordPress"})
BACKENDS: Final = MappingProxyType(
    {
        "python": "Python",
        "django": "Django",
        "node": "Node",
        "php": "PHP",
        "go": "Go",
        "ruby": "Ruby",
        "java": "Java",
        "curl": "curl",
    }
)


@dataclass(frozen=True, slots=True)
class Snippets:
    """The texts for one site in one spelling.

    Attributes:
        base_url: scheme and host of this server, without a slash at the end.
        key: the site key behind all spellings.
        spelling: whose words.
    """

    base_url: str
    key: UUID
    spelling: Spelling

    def page(self, name: str) -> str:
        """What goes into a page made with one of `PAGES`."""
        return self._text(f"pages/{name}")

    def backend(self, name: str) -> str:
        """The check in one of `BACKENDS`; the secret comes from its environment."""
        return self._text(f"backends/{name}")

    @property
    def for_an_assistant(self) -> str:
        """The whole job, for a coding assistant."""
        return self._text("assistant")

    @property
    def policy(self) -> str:
        """What the widget needs of a strict content security policy."""
        return f"Content-Security-Policy: script-src {self.base_url}; connect-src {self.base_url}"

    def _text(self, name: str) -> str:
        context = {
            "base_url": self.base_url,
            "verify_url": f"{self.base_url}{self.spelling.path}",
            "spelling": self.spelling,
            "site_key": self.spelling.site_key(self.key),
            "body": self.spelling.body,
            "passes": test_keys.ALWAYS_PASSES,
            "fails": test_keys.ALWAYS_FAILS,
        }
        return render_to_string(f"snippets/{name}.txt", context)
