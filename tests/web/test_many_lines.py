"""Charts of many lines: the worst are drawn, the others can be found, the choice is remembered."""

from __future__ import annotations

import time

import pytest
from console import running
from playwright.sync_api import expect
from simulation import Host
from waiting import chart, until

from lumenmon.wire import Type

PATHS = [*"abcdefghij", "var_lib_postgresql_archive"]
DISKS = {f"generic_disk_{path}_percent": 40.0 + at for at, path in enumerate(PATHS)}
FREE = {f"generic_disk_{path}_free_bytes": 2.0 ** (40 - at) for at, path in enumerate(PATHS)}
NETWORK = {
    f"generic_net_eth{at}_{way}_bytes_per_second": 1000.0 * at + (way == "rx")
    for at in range(30)
    for way in ("rx", "tx")
}
MINE = {f"queue_{at:03}_length": float(at) for at in range(250)}
LOOKS = """() => {
  const { datasets } = Chart.getChart(document.querySelectorAll('.chart canvas')[%d]).data;
  return datasets.map((each) => `${each.borderColor} ${each.borderDash}`);
}"""


@pytest.fixture(scope="module")
def crowded():
    """A console whose host has many disks, interfaces and queues."""
    with running([Host(0)], past=600) as console:
        id = next(iter(console.hosts))
        with console.lock:
            values = {**DISKS, **FREE, **NETWORK, **MINE}
            rows = console.send(id, {name: (Type.REAL, 60, float(value)) for name, value in
                                     values.items()}, time.time())  # fmt: skip
            console.store.commit({id: rows})
        yield console


def panel(page, title):
    found = page.locator(f".chart:has(h3:text-matches('^{title}( |$)'))")
    found.scroll_into_view_if_needed()
    expect(found.locator(".legend-value").first).not_to_be_empty()
    return found


def names(found):
    return found.locator(".legend-entry .legend-name").all_inner_texts()


def index(page, found):
    return found.evaluate("each => [...document.querySelectorAll('.chart')].indexOf(each)")


@pytest.fixture
def page(crowded, visit):
    return visit(crowded, f"/host/{next(iter(crowded.hosts))}")


def test_the_fullest_disks_and_the_busiest_interfaces_are_drawn(page):
    assert "var lib postgresql archive" in names(panel(page, "Disk"))
    free = names(panel(page, "Disk: free"))
    assert len(free) == 8
    assert "var lib postgresql archive free" in free
    assert "a free" not in free
    network = names(panel(page, "Network"))
    assert {"eth29 rx", "eth29 tx", "eth28 rx"} <= set(network)


@pytest.mark.parametrize("width", [1440, 360])
def test_the_legend_leaves_room_for_the_plot(crowded, visit, width):
    page = visit(crowded, f"/host/{next(iter(crowded.hosts))}", width=width)
    for title in ("Network", "queue"):
        found = panel(page, title)
        assert found.locator(".legend").bounding_box()["height"] < 130
        assert found.locator(".plot").bounding_box()["height"] >= 110
        assert found.bounding_box()["height"] < 450
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_other_lines_are_found_drawn_and_remembered(page):
    found = panel(page, "queue")
    expect(found.locator("summary")).to_have_text("242 more")
    found.locator("summary").click()
    found.get_by_label("Search the lines of queue").fill("017")
    expect(found.locator(".picker-list li:visible")).to_have_count(1)
    found.locator(".picker-list li:visible input").check()
    expect(found.locator("summary")).to_have_text("241 more")
    number = index(page, found)
    until(lambda: chart(page, "data.datasets.length", number) == 9)
    looks = page.evaluate(LOOKS % number)
    assert len(set(looks)) == 9, "no two lines look alike"
    page.keyboard.press("Escape")
    expect(found.locator(".picker-body")).to_be_hidden()
    assert "/host/" in page.url, "Escape closed the list, not the page"
    page.reload()
    found = panel(page, "queue")
    assert "017 length" in names(found)
    found.locator("summary").click()
    found.get_by_text("worst first").click()
    expect(found.locator(".legend-entry")).to_have_count(8)
    assert "017 length" not in names(found)


def test_there_is_an_end_to_lines(page):
    found = panel(page, "queue")
    found.locator("summary").click()
    for number in range(8):
        found.get_by_label("Search the lines of queue").fill(f"10{number}")
        found.locator(".picker-list li:visible input").check()
    expect(found.get_by_text("16 lines at most")).to_be_visible()
    found.get_by_label("Search the lines of queue").fill("001")
    expect(found.locator(".picker-list li:visible input")).to_be_disabled()
    found.get_by_text("worst first").click()
