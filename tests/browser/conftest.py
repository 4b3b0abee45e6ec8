"""A real Chromium, watched: a console error or a content security report fails the test."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from apps.sites.models import Site
from tests.browser.customer import Customer, serve
from tests.protection.solving import forget_rates
from tests.run import HOW_TO_GET, find_chromium

LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 720}
LOOKS: list[tuple[ViewportSize, Literal["light", "dark"]]] = [
    (NARROW, "light"),
    (NARROW, "dark"),
    (WIDE, "dark"),
    (WIDE, "light"),
]
WCAG_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
TIMEOUT_MILLISECONDS = 10_000
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const place = `${event.sourceFile}:${event.lineNumber}`;
  window.reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI} at ${place}`);
});
"""

SignIn = Callable[[Page, Any], None]


@dataclass
class Complaints:
    """What the browser complained about during one test.

    Attributes:
        found: the complaints, in order.
        expected: texts that a test provokes on purpose; a complaint that contains one is no failure.
    """

    found: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def unexpected(self) -> list[str]:
        """The complaints that the test did not announce."""
        return [text for text in self.found if not any(part in text for part in self.expected)]

    def watch(self, context: BrowserContext) -> None:
        """Collect from every page that the context opens."""
        context.expose_binding("reportViolation", lambda _source, text: self.found.append(f"CSP: {text}"))
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self._watch_page)

    def _watch_page(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text} ({message.location['url']})")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder drives a browser and commits; without Chromium it is skipped with the way to it."""
    has_chromium = bool(find_chromium())
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if not has_chromium:
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET["chromium"]))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once a process."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps an event loop in the thread of the tests
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the browser complains about; append to `complaints.expected` what a test provokes on purpose."""
    return Complaints()


@pytest.fixture
def new_context(chromium: Browser, live_server: Any, complaints: Complaints) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a fresh, watched browser context on the live server; arguments are playwright's.

    After the test, any unannounced complaint fails it.
    """
    opened: list[BrowserContext] = []

    def open_context(**options: Any) -> BrowserContext:
        context = chromium.new_context(
            base_url=live_server.url, **{"viewport": WIDE, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        complaints.watch(context)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    assert complaints.unexpected() == []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page 1280 pixels wide, in the light theme."""
    return new_context(color_scheme="light").new_page()


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    """Runs the test in both themes."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def viewport(request: pytest.FixtureRequest) -> ViewportSize:
    """Runs the test at 1280 and at 320 pixels."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def themed_page(
    new_context: Callable[..., BrowserContext], theme: Literal["light", "dark"], viewport: ViewportSize
) -> Page:
    """A page in both themes and at both widths: four runs."""
    return new_context(color_scheme=theme, viewport=viewport).new_page()


@pytest.fixture
def sign_in(live_server: Any) -> SignIn:
    """Signs a person in without the form: `sign_in(page, alice)`. Takes a user, or what has one as `.user`."""

    def sign_in_as(page: Page, person: Any) -> None:
        client = Client()
        client.force_login(getattr(person, "user", person), backend=settings.AUTHENTICATION_BACKENDS[0])
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return sign_in_as


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Asserts that axe finds nothing at WCAG 2.x levels A and AA: `axe(page)`."""

    def assert_accessible(page: Page) -> None:
        options = {"runOnly": {"type": "tag", "values": WCAG_TAGS}, "resultTypes": ["violations"]}
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        answer = page.evaluate("options => axe.run(options)", options)
        findings = [_told(violation) for violation in answer["violations"]]
        assert not findings, f"axe on {page.url}:\n" + "\n".join(findings)

    return assert_accessible


@pytest.fixture
def looks_right(axe: Callable[[Page], None]) -> Callable[[Page], None]:
    """Asserts that a page, as it is now, fits and is accessible in both themes and at both widths.

    `looks_right(page)`; afterwards the page is wide and light again.
    """

    def assert_looks_right(page: Page) -> None:
        for viewport, theme in LOOKS:
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=theme)
            axe(page)
            content, window = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert content <= window, f"{page.url} is {content} pixels wide in {window}"

    return assert_looks_right


@pytest.fixture
def customer(live_server: Any, shop: Site) -> Iterator[Customer]:
    """The customer whose site `shop` is, on an origin of their own; it is quick to solve, and has no delay."""
    forget_rates()
    for running in serve(Customer(live_server.url)):
        Site.objects.filter(pk=shop.pk).update(allowed_origins=[running.origin], level=1, initial_delay=0)
        running.markup = f'<div class="gatehouse" data-sitekey="{shop.site_key}"></div>'
        yield running


def _told(violation: dict[str, Any]) -> str:
    nodes = "\n".join(f"    {node['html'][:160]}\n      {node['failureSummary']}" for node in violation["nodes"][:5])
    return f"  {violation['id']}: {violation['help']}\n{nodes}"
