"""What strangers write is shown as text, wherever it is shown."""

from __future__ import annotations

import time

import pytest
from simulation import Host

from lumenmon.wire import Type

NASTY = {
    "script": "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>",
    "quotes": "\"'`&quot;&#39;${1}{{7*7}}",
    "ansi": "\x1b[31mred\x1b]0;title\x07 \x00\x9b",
    "rtl": "\u202eevil\u202c \u2067right\u2069 \u200f\u05d0\u05d1",
    "emoji": "👩‍👩‍👧‍👦🏴‍☠️" * 80,
}
METRICS = (
    "generic_hostname", "generic_sys_os", "generic_sys_kernel", "generic_sys_failed_unit_names",
    "lumenmon_agent_version", "own_text",
)  # fmt: skip


@pytest.mark.parametrize("kind", NASTY)
def test_it_stays_text(console, visit, kind):
    text, host = NASTY[kind], Host(400 + list(NASTY).index(kind))
    host.tags = [text[:32]]
    console.join(host)
    with console.lock:
        row, now = console.store.agents[host.id], time.time()
        row.name, row.last_reject = text[:64], text
        values = dict.fromkeys(METRICS, (Type.TEXT, 0, text[:1500]))
        console.store.commit({host.id: console.send(host.id, values, now)})
        console.fleet.agents[host.id].changed = True
    page = visit(console, f"/host/{host.id}")
    page.wait_for_selector(".facts")
    page.click("[aria-label='History of own_text']")
    page.wait_for_selector(".history time")
    for key in "rd":
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Escape")
    said = page.evaluate("document.querySelector('.history bdi').textContent")
    assert "\x1b" not in said
    assert "\u202e" not in said
    if kind in ("script", "quotes", "emoji"):
        assert said == text[:1500]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(console.url + "/?group=tag")
    page.wait_for_selector(".rows .row")
    page.goto(console.url + "/?compact=1")
    page.wait_for_selector(".tile")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#view script, #view img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    console.store.agents[host.id].last_reject = ""
