"""Take the pictures of docs/ anew, of hosts that are played; of what dev/build made are the
packages that the console hands out.

PYTHONPATH=. python tests/web/screenshots.py
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from conftest import CHROMIUM, FLAGS
from console import Console, fleet_of, running
from playwright.sync_api import Browser, Page, sync_playwright

from lumenmon import paths
from lumenmond.config import Config
from lumenmond.web import secrets
from lumenmond.web.services import KEY

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def address(console: Console) -> str:
    """Where the pages are looked at: their links say this name and the port of a real console."""
    services = console.app.extensions[KEY]
    console.app.extensions[KEY] = replace(
        services, config=Config(web_url="http://console.test:8080")
    )
    return console.url.replace("localhost", "console.test")


def visit(browser: Browser, console: Console, width: int, height: int, *, dark: bool) -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    ).new_page()
    page.goto(console.login().replace(console.url, address(console)))
    page.click("button[type=submit]")
    page.wait_for_selector(".rows .row")
    return page


def take(page: Page, name: str) -> None:
    time.sleep(1.5)
    page.screenshot(path=DOCS / f"{name}.png")


def host(page: Page, console: Console) -> None:
    page.goto(f"{address(console)}/host/{next(iter(console.hosts))}?range=1h")
    page.wait_for_selector(".legend-value:not(:empty)")


def pictures(browser: Browser, console: Console) -> None:
    page = visit(browser, console, 1440, 900, dark=True)
    time.sleep(60)  # until the sparklines have a past
    take(page, "fleet")
    page.keyboard.press("i")
    page.click("text=Make a link")
    page.wait_for_selector(".copyline")
    take(page, "invite")
    host(page, console)
    time.sleep(1)
    page.hover(".chart >> nth=0 >> canvas")
    take(page, "host")
    page.goto(f"{address(console)}/?compact=1")
    take(page, "compact")
    console.auth.set_password("admin", secrets.hash_password("correct horse"))
    page.context.clear_cookies()
    page.set_viewport_size({"width": 900, "height": 600})
    page.goto(address(console))
    take(page, "login")
    take(visit(browser, console, 1440, 900, dark=False), "light")
    page = visit(browser, console, 390, 844, dark=True)
    take(page, "mobile")
    host(page, console)
    take(page, "mobile-host")


def unpack(folder: Path) -> None:
    """Let the console hand out what the package of the real one does."""
    (package,) = ROOT.glob("dist/lumenmond_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    paths.AGENT_PACKAGES = folder / paths.AGENT_PACKAGES.relative_to("/")


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(fleet_of(120), past=90_000) as console,
        sync_playwright() as playwright,
    ):
        unpack(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pictures(browser, console)
        browser.close()


if __name__ == "__main__":
    main()
