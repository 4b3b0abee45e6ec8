"""The content security policy forbids inline script and style; no template relies on what the browser would block."""

import re
from html.parser import HTMLParser

import pytest

from tests.architecture.code import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
_COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
LOADING = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "use": "href"}


class Inspector(HTMLParser):
    """Collects what must not be in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}> with content of its own")
        for name, value in given.items():
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                self.found.append(f"{tag} has {name}={value!r}")
            if value.strip().lower().startswith(("javascript:", "js:")) or name in {"hx-vars", "srcdoc"}:
                self.found.append(f"{tag} runs code in {name}={value!r}")
        if re.match(r"(https?:)?//", given.get(LOADING.get(tag, ""), "").strip(), re.IGNORECASE):
            self.found.append(f"{tag} loads {given[LOADING[tag]]} from elsewhere")


def inspect(text: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(_TAG.sub("template", _COMMENT.sub("", text)))
    inspector.close()
    return inspector.found


def test_no_template_has_an_inline_script_or_style() -> None:
    found = {str(path.relative_to(ROOT)): inspect(path.read_text(encoding="utf-8")) for path in TEMPLATES}
    assert {path: code for path, code in found.items() if code} == {}


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<script defer>alert(1)</script>",
        "<style>p { color: red }</style>",
        '<p style="color: red">x</p>',
        "<button {% if x %}onclick{% endif %} onclick='go()'>x</button>",
        '<button hx-on:click="go()">x</button>',
        '<a href="javascript:go()">x</a>',
        '<a hx-vals="js:{a: 1}">x</a>',
        '<img src="//cdn.example/x.png">',
        '<link rel="stylesheet" href="https://cdn.example/x.css">',
        '<script src="http://cdn.example/x.js"></script>',
        '<svg><use href="https://cdn.example/icons.svg#x"></use></svg>',
    ],
)
def test_the_inspection_finds(text: str) -> None:
    assert inspect(text)


def test_the_inspection_leaves_alone_what_is_allowed() -> None:
    assert not inspect("<script src=\"{% static 'js/app.js' %}\" defer></script>")
    assert not inspect("{% include 'snippet.html' with code='<script>alert(1)</script>' %}")
    assert not inspect('<a href="https://docs.example">x</a><img src="data:image/png;base64,AA==">')
