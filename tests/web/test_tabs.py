"""Many tabs of one browser: one stream for all, whoever has it; one session for all."""

from __future__ import annotations

import re
import time

import pytest
from console import fleet_of, running
from playwright.sync_api import Error, expect
from waiting import until

from lumenmon.wire import Type

TABS = 9


@pytest.fixture(scope="module")
def console():
    with running(fleet_of(TABS), past=600) as made:
        yield made


@pytest.fixture
def tabs(console, visit):
    """Nine tabs: the fleet, then a host in each, of which the first leads."""
    first = visit(console)
    expect(first.locator(".live-text")).to_have_text("live")
    made = [first]
    for id in list(console.hosts)[: TABS - 1]:
        page = first.context.new_page()
        page.goto(f"{console.url}/host/{id}")
        page.wait_for_selector(".values tbody tr")
        made.append(page)
    return made


def all_live(console, pages, word):
    """Let all hosts have another name and a value of their own, and see it in every tab."""
    with console.lock:
        for number, id in enumerate(list(console.hosts)):
            console._rename(id, f"{word}-{number}")
            rows = console.send(id, {f"in_full_{word}": (Type.REAL, 60, 1.5)}, time.time())
            console.store.commit({id: rows})
    for page in pages:
        if "/host/" in page.url:
            expect(page.locator("h1")).to_have_text(re.compile(f"{word}-"))
            expect(page.locator(f"tr[data-metric=in_full_{word}]")).to_have_count(1)
        else:
            page.wait_for_selector(f".row >> text={word}-0")
        expect(page.locator(".live-text")).to_have_text("live")
    until(lambda: console.hub.streams() == 1)


def lifecycle(page, state):
    page.context.new_cdp_session(page).send("Page.setWebLifecycleState", {"state": state})


def test_nine_tabs_are_live_with_one_stream_whoever_leads(console, tabs):
    all_live(console, tabs, "nine")
    tabs[0].close()
    all_live(console, tabs[1:], "closed")
    tabs[1].goto("about:blank")
    all_live(console, tabs[2:], "left")
    tabs[1].go_back()
    all_live(console, tabs[1:], "back")


def test_a_leader_that_freezes_hands_over(console, tabs):
    lifecycle(tabs[0], "frozen")
    all_live(console, tabs[1:], "frozen")
    lifecycle(tabs[0], "active")
    all_live(console, tabs, "thawed")


def test_a_leader_that_crashes_is_replaced(console, tabs):
    with tabs[0].expect_event("crash"), pytest.raises(Error):
        tabs[0].goto("chrome://crash")
    all_live(console, tabs[1:], "crashed")


def test_titles_know_the_state_of_the_fleet(console, tabs):
    expect(tabs[3]).to_have_title(re.compile(r"^\(\d+\) "))
    before = int(re.match(r"\((\d+)\)", tabs[3].title())[1])
    host = next(host for host in console.hosts.values() if host.fate == "online")
    with console.lock:
        host.fate = "offline"
        console.fleet.disconnect(host.id)
    for page in tabs:
        expect(page).to_have_title(re.compile(rf"^\({before + 1}\) "))
    with console.lock:
        console.fleet.connect(host.id, "192.0.2.1")
        host.fate = "online"


def test_a_host_that_is_removed_has_no_buttons_anywhere(console, tabs):
    id = list(console.hosts)[1]
    shown = next(page for page in tabs if id in page.url)
    expect(shown.locator(".actions")).to_be_visible()
    shown.keyboard.press("r")
    expect(shown.locator("dialog")).to_have_count(1)
    with console.lock:
        console._remove(id)
    expect(shown.locator(".state-title")).to_have_text("There is no such host.")
    expect(shown.locator(".actions")).to_be_hidden()
    expect(shown.locator("dialog")).to_have_count(0)


def test_logging_out_in_one_tab_ends_all(console, tabs):
    tabs[4].click("#logout")
    for page in tabs:
        page.wait_for_url(re.compile("/login"))
