"""axe finds nothing on any page, in both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from console import Console, fleet_of, running

RUN = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.map((each) =>
    `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}"""


def look(page, axe: str) -> None:
    page.evaluate(axe)
    assert page.evaluate(RUN) == []


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    """A console of which two hosts are always in trouble: their colours must be readable too."""
    hosts = fleet_of(24)
    hosts[2].disk, hosts[3].disk, hosts[3].busy = 90, 98, 400
    with running(hosts, past=700_000) as made:
        yield made


@pytest.mark.parametrize("dark", [True, False], ids=["mocha", "latte"])
@pytest.mark.parametrize("width", [1440, 360])
class TestPages:
    def test_login(self, console, visit, axe, dark, width):
        page = visit(console, dark=dark, width=width)
        page.context.clear_cookies()
        page.goto(console.url + "/login")
        look(page, axe)
        page.goto(console.login())
        look(page, axe)

    def test_fleet(self, console, visit, axe, dark, width):
        page = visit(console, dark=dark, width=width)
        self.look_at_each(page, axe, ".row")
        page.goto(console.url + "/?group=tag&compact=1")
        self.look_at_each(page, axe, ".tile")
        page.fill("#filter", "nothing like it")
        page.wait_for_selector(".state-title")
        look(page, axe)

    @staticmethod
    def look_at_each(page, axe, kind):
        """Look at hosts in trouble: as they are, and with the pointer over one of them."""
        page.wait_for_selector(f"{kind} [data-level=warn]")
        look(page, axe)
        for level in ("warn", "bad"):
            page.hover(f"{kind}:has([data-level={level}]) >> nth=0")
            assert page.evaluate(RUN) == []

    def test_host(self, console, visit, axe, dark, width):
        page = visit(console, f"/host/{next(iter(console.hosts))}", dark=dark, width=width)
        page.wait_for_selector(".legend-value:not(:empty)")
        page.click("text=history >> nth=0")
        page.wait_for_selector(".history time")
        look(page, axe)

    def test_errors(self, console, visit, axe, dark, width):
        page = visit(console, "/nothing", dark=dark, width=width)
        page.wait_for_selector("text=Back to the fleet")
        look(page, axe)
        console.lose_database()
        page.goto(f"{console.url}/host/{next(iter(console.hosts))}")
        page.wait_for_selector(".no-database")
        look(page, axe)
        console.lose_database(lost=False)
        visit.wrong.clear()  # the browser logs the 404

    def test_dialogs(self, console, visit, axe, dark, width):
        page = visit(console, f"/host/{next(iter(console.hosts))}", dark=dark, width=width)
        page.wait_for_selector(".facts")
        for key in "rd?":
            page.keyboard.press(key)
            page.wait_for_selector("dialog[open]")
            look(page, axe)
            page.keyboard.press("Escape")
        page.keyboard.press("i")
        page.click("text=Make a link")
        page.wait_for_selector(".copyline")
        look(page, axe)
