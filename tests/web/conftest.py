from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

sys.path.insert(0, str(Path(__file__).parent))

from console import Console, fleet_of, running
from waiting import PATIENCE

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP console.test 127.0.0.1",
]  # fmt: skip
AXE = (
    "axe-core", "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)  # fmt: skip


expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    """A console with 24 hosts, of which the first has a past of eight days."""
    with running(fleet_of(24), past=700_000) as made:
        yield made


@pytest.fixture
def visit(browser: Browser):
    """Return what opens a page that is logged in: ``visit(console, "/", dark=…, width=…)``.

    A test fails when its pages log an error or ask another host for anything, other than what
    holds one of the words that the test puts into ``visit.expected``.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []
    expected: list[str] = []

    def open_page(console: Console, path: str = "/", **options) -> Page:
        context = browser.new_context(
            viewport={"width": options.pop("width", 1440), "height": options.pop("height", 900)},
            color_scheme="dark" if options.pop("dark", True) else "light",
        )
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        base = options.pop("base", console.url)
        role = options.pop("role", "admin")
        page.on("pageerror", lambda error: wrong.append(f"{error}"))
        page.on("console", lambda said: _hear(said, wrong))
        page.on("request", lambda asked: _watch(asked.url, base, wrong))
        page.goto(f"{console.login(role).replace(console.url, base)}&next={quote(path)}")
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    open_page.expected = expected  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in wrong if not any(word in each for word in expected)] == []


def _hear(said: ConsoleMessage, wrong: list[str]) -> None:
    if said.type == "error":
        wrong.append(said.text)


def _watch(url: str, base: str, wrong: list[str]) -> None:
    if not url.startswith((base + "/", "data:", "blob:")):
        wrong.append(f"asked another host: {url}")


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source, from the npm registry."""
    got = subprocess.run(
        [ROOT / "dev/lib/npmfetch", *AXE], capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert got.returncode == 0, got.stderr
    return (Path(got.stdout.strip()) / "axe.min.js").read_text()
