"""The one script that a page embeds: altcha's component and our own files, put together.

One file, so that a page needs two lines of a content security policy, and so that no visitor ever runs the parts of
two versions. docs/widget.md tells the choices; static/widget/ has the sources.
"""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from django.contrib.staticfiles import finders

SOURCES: Final = ("texts.js", "solving.js", "widget.js", "page.js")
THEIR_ELEMENT: Final = "altcha-widget"
OUR_ELEMENT: Final = "gatehouse-captcha"  # a page may have altcha itself, in another version
_COMMENT: Final = re.compile(r"^\s*(?://|/\*|\*).*\n", re.MULTILINE)
_INDENT: Final = re.compile(r"^\s+", re.MULTILINE)
# An element in a visitor's text that is named `currentScript`, or `gatehouse`, is what the page has under that name: it
# must not say where challenges come from.
_WHOLE: Final = Template(
    """\
/*! Gatehouse widget, with altcha:
$licence*/
"use strict";
(() => {
if (typeof window.gatehouse?.render === "function") return;
const SELF = document.currentScript, FOUND = document.querySelector('script[src*="/widget.js"]');
const SCRIPT = (SELF instanceof HTMLScriptElement ? SELF : FOUND)?.src || location.href;
const BASE = new URL(SCRIPT).origin;
const STYLES = $styles;
const ALTCHA = ((globalThis) => {
$altcha
return globalThis.$$altcha;
})({ isSecureContext, document, window });
$sources
})();
"""
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The script as it is sent.

    Attributes:
        plain: UTF-8.
        zipped: the same, gzip.
        etag: changes with the content.
    """

    plain: bytes
    zipped: bytes
    etag: str


@cache
def bundle() -> Bundle:
    """The script, put together once a process."""
    plain = _WHOLE.substitute(
        licence=_read("vendor/altcha/LICENSE"),
        styles=json.dumps(_squeezed("widget/widget.css")),
        altcha=_read("vendor/altcha/altcha.min.js").replace(THEIR_ELEMENT, OUR_ELEMENT),
        sources="".join(_squeezed(f"widget/{name}") for name in SOURCES),
    ).encode()
    return Bundle(
        plain=plain,
        zipped=gzip.compress(plain, compresslevel=9, mtime=0),
        etag=hashlib.sha256(plain).hexdigest()[:20],
    )


def _read(name: str) -> str:
    return Path(str(finders.find(name))).read_text(encoding="utf-8")


def _squeezed(name: str) -> str:
    """One of our own files without its comments, which stand on lines of their own, and without indentation."""
    return _INDENT.sub("", _COMMENT.sub("", _read(name)))
