"""axe finds nothing on any page, in both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from console import Console, fleet_of, running
from simulation import Host

RUN = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.map((each) =>
    `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}"""


CONTRAST = """([over, under]) => {
  const probe = document.body.appendChild(document.createElement('i'));
  const light = (name) => {
    probe.style.color = `var(--${name})`;
    const found = getComputedStyle(probe).color, scale = found.startsWith('rgb') ? 255 : 1;
    const [r, g, b] = found.match(/[0-9.]+/g).slice(0, 3).map((each) => {
      const part = each / scale;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, bright] = [light(over), light(under)].sort((a, b) => a - b);
  probe.remove();
  return (bright + 0.05) / (dark + 0.05);
}"""
"""The contrast of two of the theme's colours, as WCAG 2.2 reckons it."""
TEXTS = ("text", "dim", "ok", "warn", "bad", "accent", "link")
SIGNS = ("focus", "spark", "cpu", "mem", "disk")
BARS = ("mem", "disk", "warn", "bad")


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
def test_colours_differ_enough_wherever_they_lie(console, visit, dark):
    page = visit(console, dark=dark)
    pairs = [(text, place, 4.5) for text in TEXTS for place in ("base", "mantle", "hover")]
    pairs += [("base", filled, 4.5) for filled in ("accent", "bad")]
    pairs.append(("text", "surface0", 4.5))  # the banner
    pairs += [(sign, place, 3) for sign in SIGNS for place in ("base", "hover")]
    pairs += [("edge", place, 3) for place in ("base", "mantle")]
    pairs += [(bar, track, 3) for bar in BARS for track in ("surface0", "surface1")]
    found = {(over, under): page.evaluate(CONTRAST, [over, under]) for over, under, _ in pairs}
    assert [pair for *pair, least in pairs if found[tuple(pair)] < least] == []


@pytest.mark.parametrize("dark", [True, False], ids=["mocha", "latte"])
@pytest.mark.parametrize("width", [1440, 360])
class TestPages:
    def test_login(self, console, visit, axe, dark, width):
        context = (page := visit(console, dark=dark, width=width)).context
        page.close()  # before its session, which it would miss
        context.clear_cookies()
        page = context.new_page()
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

    def test_hosts_of_which_nothing_is_known(self, console, visit, axe, dark, width):
        new = Host(300 + 2 * width + dark, "never")
        console.join(new)
        page = visit(console, f"/host/{new.id}", dark=dark, width=width)
        page.wait_for_selector("text=Nothing has come from this host yet.")
        look(page, axe)
        visit.expected.append("404")
        page.goto(f"{console.url}/host/id_0000000000000000")
        page.wait_for_selector("text=There is no such host.")
        look(page, axe)
        page.goto(f"{console.url}/login?token=used")
        page.wait_for_selector(".rows .row")
        page.context.clear_cookies()

    def test_errors(self, console, visit, axe, dark, width):
        visit.expected.append("404")
        page = visit(console, "/nothing", dark=dark, width=width)
        page.wait_for_selector("text=Back to the fleet")
        look(page, axe)
        console.lose_database()
        page.goto(f"{console.url}/host/{next(iter(console.hosts))}")
        page.wait_for_selector(".no-database")
        look(page, axe)
        console.lose_database(lost=False)

    def test_dialogs(self, console, visit, axe, dark, width):
        page = visit(console, f"/host/{next(iter(console.hosts))}", dark=dark, width=width)
        page.wait_for_selector(".facts")
        for key in "rd?":
            page.keyboard.press(key)
            page.wait_for_selector("dialog[open]")
            look(page, axe)
            for button in page.locator("dialog .buttons button").all():
                button.hover()
                assert page.evaluate(RUN) == []
            page.keyboard.press("Escape")
        page.keyboard.press("i")
        page.click("text=Make a link")
        page.wait_for_selector(".copyline")
        look(page, axe)
