"""A host's page: facts, charts over their ranges, values, and what changes a host."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from console import running
from playwright.sync_api import expect
from simulation import Host
from waiting import chart, until

from lumenmon.wire import Type

SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifts += each.value;
  }).observe({ type: 'layout-shift', buffered: true });
"""
DRAWN = ".chart >> nth=0 >> .legend-value:not(:empty)"
ZOOMED, LIVE = re.compile("from="), re.compile("range=1h")


@pytest.fixture
def first(console):
    return next(iter(console.hosts))


@pytest.fixture
def page(console, visit, first):
    made = visit(console, f"/host/{first}")
    made.wait_for_selector(DRAWN)
    return made


def test_the_facts(page):
    facts = page.inner_text(".facts")
    for words in ("Debian GNU/Linux 12", "6.1.0-40-amd64", "192.0.2.1", "SHA256:", "clock skew",
                  "spool backlog", "dropped samples", "rejected lines", "enrolled"):  # fmt: skip
        assert words in facts


def test_charts_have_a_gap_a_band_and_go_on(page):
    points = chart(page, "data.datasets[0].data")
    assert any(point["y"] is None for point in points), "the four minutes without samples"
    assert any(point.get("max", 0) > point.get("min", 0) for point in points if point["y"])
    newest = points[-1]["x"]
    until(lambda: chart(page, "data.datasets[0].data.at(-1).x") > newest)
    assert chart(page, "scales.x.max") - time.time() < 5


@pytest.mark.parametrize(("name", "span"), [
    ("5m", 300), ("1h", 3600), ("24h", 86400), ("7d", 604800), ("30d", 2592000), ("1y", 31536000),
])  # fmt: skip
def test_each_range_by_its_address(console, visit, first, name, span):
    page = visit(console, f"/host/{first}?range={name}")
    page.wait_for_selector(DRAWN)
    assert chart(page, "scales.x.max - chart.scales.x.min") == span
    assert chart(page, "data.datasets[0].data.length") > 3
    assert page.get_attribute(f".ranges >> text={name}", "aria-pressed") == "true"


def test_dragging_zooms_all_charts_and_escape_returns(page):
    box = page.locator(".chart canvas").first.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 80, steps=5)
    page.mouse.up()
    expect(page).to_have_url(ZOOMED)
    until(lambda: chart(page, "scales.x.max - chart.scales.x.min") < 1200)
    until(lambda: chart(page, "scales.x.max", 1) == chart(page, "scales.x.max"))
    address = page.url
    page.reload()
    page.wait_for_selector(DRAWN)
    assert page.url == address
    page.keyboard.press("Escape")
    expect(page).to_have_url(LIVE)


@pytest.mark.parametrize("width", [1440, 768, 360])
def test_nothing_moves_while_the_page_comes_in(console, visit, first, width):
    page = visit(console, width=width)
    page.add_init_script(SHIFTS)
    page.goto(f"{console.url}/host/{first}")
    page.wait_for_selector(DRAWN)
    page.wait_for_timeout(2500)
    assert page.evaluate("window.shifts") < 0.01


def test_a_new_metric_takes_no_focus_away(console, page, first):
    canvas = page.locator(".chart canvas").first
    canvas.focus()
    with console.lock:
        rows = console.send(first, {"late_metric": (Type.REAL, 60, 1.5)}, time.time())
        console.store.commit({first: rows})
    page.wait_for_selector(".chart >> text=late")
    assert canvas.evaluate("each => each === document.activeElement")


def test_a_host_that_sent_nothing_says_so_until_it_does(console, visit):
    host = Host(202, "never")
    console.join(host)
    page = visit(console, f"/host/{host.id}")
    page.wait_for_selector("text=Nothing has come from this host yet.")
    assert not page.is_visible(".ranges")
    with console.lock:
        console.store.commit({host.id: console.send(host.id, host.fast(0), time.time())})
    page.wait_for_selector(DRAWN)
    assert not page.is_visible("text=Nothing has come from this host yet.")


@pytest.mark.parametrize("happens", ["renamed", "removed"])
def test_an_answer_older_than_what_was_heard_since(console, visit, happens):
    host = Host({"renamed": 211, "removed": 212}[happens])
    console.join(host)
    page = visit(console, f"/host/{host.id}")
    page.wait_for_selector(DRAWN)
    address, held = f"**/api/v1/agents/{host.id}", []
    page.route(address, lambda route: held.append((route, route.fetch())), times=1)
    with console.lock:  # a new metric is asked for
        console.send(host.id, {f"{happens}_late": (Type.REAL, 60, 1.5)}, time.time())
    while not held:
        page.wait_for_timeout(20)
    with console.lock:
        if happens == "renamed":
            console._rename(host.id, "renamed")
            told, text = page.locator("h1"), "renamed"
        else:
            console._remove(host.id)
            told, text = page.locator(".state-title"), "There is no such host."
    expect(told).to_have_text(text)
    [(route, answer)] = held
    with page.expect_response(address):
        route.fulfill(response=answer)
    page.wait_for_timeout(500)  # it would be seen at once
    expect(told).to_have_text(text)


def test_zooming_without_dragging(page):
    page.click("[aria-label='Zoom in']")
    expect(page).to_have_url(ZOOMED)
    page.click("[aria-label=Earlier]")
    page.click("text=back to live")
    expect(page).to_have_url(LIVE)


def test_one_crosshair_for_all_charts(page):
    box = page.locator(".chart canvas").first.bounding_box()
    page.mouse.move(box["x"] + 250, box["y"] + 60)
    cross = "config.options.panel.cross.time"
    until(lambda: chart(page, cross, 1) is not None)
    expect(page.locator(".chart >> nth=3 >> .legend-value >> text=GiB")).not_to_have_count(0)
    page.mouse.move(5, 5)
    until(lambda: chart(page, cross, 1) is None)


def test_the_crosshair_by_keyboard_is_read_out(page):
    page.locator(".chart canvas").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    until(lambda: "cpu" in page.inner_text("#announcer") and "%" in page.inner_text("#announcer"))


def test_lines_can_be_hidden(page):
    entry = page.locator(".chart >> nth=0 >> .legend-entry").nth(1)
    entry.click()
    until(lambda: chart(page, "data.datasets.length") == 3)
    assert entry.get_attribute("aria-pressed") == "false"


def test_a_whole_number_of_64_bits_is_exact(console, page, first):
    biggest = 2**63 - 1
    with console.lock:
        rows = console.send(first, {"big_number": (Type.INTEGER, 60, biggest)}, time.time())
        console.store.commit({first: rows})
    value = page.locator("tr[data-metric=big_number] .clamp")
    expect(value).to_have_text("9,223,372,036,854,775,807")
    page.reload()
    expect(value).to_have_text("9,223,372,036,854,775,807")
    assert page.evaluate("""async () => {
      const { parse } = await import("/static/js/json.js");
      return JSON.stringify(parse(String.raw`{"a":[1234567890123456789,"\\"1234567890123456789",
        0.1234567890123456,1234567890123456],"b":-9223372036854775808}`),
        (_, value) => typeof value === "bigint" ? `${value}n` : value);
    }""") == (
        '{"a":["1234567890123456789n","\\"1234567890123456789",0.1234567890123456,'
        '1234567890123456],"b":"-9223372036854775808n"}'
    )


def test_values_that_are_overdue_are_dim(console, visit):
    host = Host(210)
    console.join(host)
    page = visit(console, f"/host/{host.id}")
    cell = page.locator("tr[data-metric=generic_cpu] .clamp")
    expect(cell).not_to_be_empty()
    assert cell.get_attribute("data-old") is None
    host.fate = "stale"  # it sends no more
    expect(cell).to_have_attribute("data-old", "")
    page.goto(f"{console.url}/?q={host.name}")
    expect(page.locator(".row .c-cpu .gauge")).to_have_attribute("data-old", "")


def test_all_values(page):
    row = page.locator("tr[data-metric=generic_disk_root_free_bytes]")
    assert "GiB" in row.inner_text()
    assert "INTEGER" in row.inner_text()
    row.scroll_into_view_if_needed()
    until(lambda: row.locator(".spark-line").get_attribute("d"))
    page.fill("[aria-label='Filter values']", "load")
    expect(page.locator(".values tbody tr:visible")).to_have_count(3)


def test_a_series_as_csv(page):
    with page.expect_download() as download:
        page.click("tr[data-metric=generic_cpu] .csv")
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "timestamp,interval,value"
    assert len(lines) > 3000


def test_a_text_has_a_history(console, page, first):
    with console.lock:
        now = time.time()
        rows = console.send(first, {"generic_sys_kernel": (Type.TEXT, 3600, "6.1.0-41-amd64")}, now)
        console.store.commit({first: rows})
    page.click("[aria-label='History of generic_sys_kernel']")
    expect(page.locator(".history li")).to_have_count(2)
    assert "6.1.0-41-amd64" in page.inner_text(".history li >> nth=0")


def test_a_metric_without_data_in_the_range(console, visit, first):
    page = visit(console, f"/host/{first}?from=1600000000&to=1600003600")
    expect(page.locator(".plot-note").first).to_have_text("no data in this range")


def test_a_database_that_is_being_restored(visit):
    with running([Host(0)], past=600) as console:
        console.lose_database()
        page = visit(console, f"/host/{next(iter(console.hosts))}")
        page.wait_for_selector("text=The database cannot be read.")
        assert page.is_visible("text=What is measured now is shown, the past is not.")
        expect(page.locator("tr[data-metric=generic_cpu]")).to_contain_text("%")
        assert not page.is_visible(".chart")
        console.lose_database(lost=False)
        page.wait_for_selector(DRAWN)
        assert not page.is_visible("text=The database cannot be read.")
        page.locator("tr[data-metric=generic_cpu]").scroll_into_view_if_needed()
        until(lambda: page.locator("tr[data-metric=generic_cpu] .spark-line").get_attribute("d"))
        page.close()  # before its console


def test_an_address_that_is_no_host_is_a_page(console, visit):
    visit.expected.append("404")
    page = visit(console, "/host/web-01")
    page.wait_for_selector("text=no host has such an id")
    page.click("text=Back to the fleet")
    page.wait_for_selector(".rows .row")


def test_no_such_host(console, visit):
    visit.expected.append("404")
    page = visit(console, "/host/id_0000000000000000")
    page.wait_for_selector("text=There is no such host.")
    page.click("text=Back to the fleet")
    page.wait_for_selector(".rows .row")


def test_renaming_and_tagging(console, visit):
    visit.expected.append("409")
    host = Host(200)
    console.join(host)
    page = visit(console, f"/host/{host.id}")
    page.wait_for_selector(".facts")
    page.keyboard.press("r")
    page.keyboard.type("a new name")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("a new name")
    expect(page.locator("dialog")).to_have_count(0)  # the name may be news before its answer
    page.click(".actions >> text=tag")
    page.keyboard.type("one, #two")
    page.keyboard.press("Enter")
    expect(page.locator(".tags")).to_have_text("#one#two")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.type("web-01")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog .error >> text=taken")


def test_removing_asks_first(console, visit):
    host = Host(201)
    console.join(host)
    page = visit(console, f"/host/{host.id}")
    page.wait_for_selector(".facts")
    page.keyboard.press("d")
    page.wait_for_selector("dialog >> text=all its stored values are deleted")
    page.keyboard.press("Enter")
    assert host.id in console.store.agents, "Enter at once means no"
    page.keyboard.press("d")
    page.click("dialog >> text=Remove it")
    page.wait_for_selector(".rows .row")
    assert host.id not in console.store.agents
