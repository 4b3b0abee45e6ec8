"""A page as its reader has it: its text, its links, its fields, the errors at them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Page(HTMLParser):
    """What stands on a page."""

    text: str = ""
    links: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    checked: dict[str, list[str]] = field(default_factory=dict)
    disabled: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._area = ""
        self._select = ""
        self._error = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if name := found.get("name"):
            if tag == "input":
                self.fields.setdefault(name, []).append(found.get("value", ""))
                if "checked" in found:
                    self.checked.setdefault(name, []).append(found.get("value", ""))
                if "disabled" in found:
                    self.disabled.setdefault(name, []).append(found.get("value", ""))
            if tag == "select":
                self._select = name
            if tag == "textarea":
                self._area = name
                self.fields[name] = [""]
        if tag == "option" and self._select and "selected" in found:
            self.fields[self._select] = [found.get("value", "")]
        if found.get("id", "").endswith("_error"):
            self._error = found["id"].removesuffix("_error").removeprefix("id_")
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag in {"p", "div", "ul"}:
            self._error = ""
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._area:
            self.fields[self._area][0] += data
        if self._error and data.strip():
            self.errors[self._error] = (self.errors.get(self._error, "") + " " + data.strip()).strip()
        self.text += f" {data}"

    def value(self, name: str) -> str:
        """The value of a text field; a text area's leading line break is no part of it."""
        return self.fields[name][0].removeprefix("\n")


def read(answer: Any) -> Page:
    """The page that an answer holds."""
    page = Page()
    page.feed(answer.content.decode())
    page.text = re.sub(r"\s+", " ", page.text)
    return page
