"""Waiting for what comes, on a machine that may be busy with much else."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import Page

PATIENCE = 60.0
"""Seconds after which a thing is taken not to happen. Nothing waits so long where all is well."""
_SHOWN = """([link, text]) => { window.shown_at = new Promise((done, fail) => {
  setTimeout(() => fail(new Error(`no ${text} at ${link}`)), 60000);
  const cell = document.querySelector(link).closest('[role=row]')
    .querySelector('.c-cpu .gauge-value');
  const look = () => cell.textContent === text && done(Date.now());
  new MutationObserver(look).observe(cell, {
    childList: true, characterData: true, subtree: true,
  });
  look();
}); }"""
_CHART = "Chart.getChart(document.querySelectorAll('.chart canvas')[{}])"
_ANSWER = "fetch('/healthz').then((answer) => answer.text()).then(() => null)"


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds; the page's policy forbids the way that Playwright has for this."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def chart(page: Page, what: str, number: int = 0) -> Any:
    """Return an expression of a chart, once it is there: each comes when its lines are loaded,
    and anew when its host has more of them."""
    found: list[Any] = []
    made = _CHART.format(number)
    script = f"(() => {{ const chart = {made}; return chart ? [chart.{what}] : [] }})()"

    def shows() -> bool:
        found[:] = page.evaluate(script)
        return bool(found)

    until(shows)
    return found[0]


def lateness(
    page: Page, link: str, send: Callable[[int], None], percents: Iterable[int]
) -> tuple[float, float]:
    """Let each be sent as a host's CPU; returns how late the page shows it, and what this machine
    takes just now for a question of the page to the server: medians, in seconds."""
    late, answered = [], []
    for percent in percents:
        page.evaluate(_SHOWN, [link, f"{percent}%"])
        sent = time.time()
        send(percent)
        late.append(page.evaluate("window.shown_at") / 1000 - sent)
        sent = time.time()
        page.evaluate(_ANSWER)
        answered.append(time.time() - sent)
        time.sleep(0.37)  # no multiple of the rhythm at which the daemon publishes
    print("seconds until a sample is on the page:", [round(each, 3) for each in sorted(late)])
    print("seconds until a question is answered:", [round(each, 3) for each in sorted(answered)])
    return statistics.median(late), statistics.median(answered)
