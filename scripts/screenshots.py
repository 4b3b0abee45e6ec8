"""Takes the pictures of docs/img from a demo account of its own: `make screenshots`."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.run import find_chromium, free_port  # noqa: E402  (the root is on the path only now)

PICTURES = ROOT / "docs" / "img"
VIEWPORT: ViewportSize = {"width": 1280, "height": 860}
PICTURES_OF: dict[Literal["light", "dark"], dict[str, str]] = {
    "light": {
        "traffic": "/traffic/?range=30d",
        "sites": "/sitekeys/",
        "key-editor": "/keys/new?name=CI+pipeline&permissions=getSites,getSite,createSite,getSecrets,rotateSecret",
    },
    "dark": {"rules": "/rules/", "log": "/log/"},
}


@contextmanager
def demo_server() -> Iterator[tuple[str, str]]:
    """A server with a fresh demo account: its address, and the password of everybody."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data_dir:
        environment = os.environ | {"DATA_DIR": data_dir, "PORT": str(port), "DEMO": "1", "DATABASE_URL": ""}
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        password = ""
        try:
            for line in server.stdout or []:
                if match := re.search(r"Password of everybody: (\S+)", line):
                    password = match[1]
                if "runs on" in line:
                    break
            yield f"http://127.0.0.1:{port}", password
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)


def sign_in(page: Page, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "alice@fjordline.example")
    page.fill("input[name=password]", password)
    page.click("main button[type=submit], form button[type=submit]")
    page.wait_for_url("**/")


def take(browser: Browser, address: str, password: str, theme: Literal["light", "dark"]) -> None:
    context = browser.new_context(base_url=address, viewport=VIEWPORT, color_scheme=theme, locale="en-GB")
    page = context.new_page()
    sign_in(page, password)
    for name, path in PICTURES_OF[theme].items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"{name}-{theme}.png")
    context.close()


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo_server() as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for theme in PICTURES_OF:
            take(browser, address, password, theme)
        browser.close()


if __name__ == "__main__":
    main()
