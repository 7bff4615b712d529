"""Inviting a host, also over plain http, where a page may not use the clipboard by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from simulation import Host

from lumenmon import paths


@pytest.fixture
def page(console, visit):
    made = visit(console)
    made.wait_for_selector(".rows .row")
    made.keyboard.press("i")
    made.click("text=Make a link")
    made.wait_for_selector(".copyline")
    return made


def test_the_link_with_its_line_and_countdown(console, page):
    line, link = page.locator(".copyline code").all_inner_texts()
    assert line == f"sudo lumenmonctl register '{link}'"
    assert re.fullmatch(r"ssh://reg_\d{13}:\S+@\S+:2345/#ssh-ed25519_\S+", link)
    assert re.fullmatch(r"[45]:\d\d", page.inner_text(".fresh .left"))
    expect(page.locator(".pending li")).not_to_have_count(0)


def test_the_line_for_a_bare_host_comes_first(console, visit, tmp_path, monkeypatch):
    for name in (
        "install.sh",
        "SHA256SUMS",
        "lumenmon-common_1_all.deb",
        "lumenmon-agentd_1_all.deb",
    ):
        (tmp_path / name).touch()
    monkeypatch.setattr(paths, "AGENT_PACKAGES", tmp_path)
    page = visit(console)
    page.wait_for_selector(".rows .row")
    page.keyboard.press("i")
    page.click("text=Make a link")
    page.wait_for_selector(".copyline")
    bare, known, link = page.locator(".copyline code").all_inner_texts()
    assert bare.startswith(f"echo '{link}' | ")
    assert "/install;" in bare
    assert known == f"sudo lumenmonctl register '{link}'"


def test_copying_on_plain_http(console, visit):
    port = console.url.rpartition(":")[2]
    console.names.add("console.test")
    page = visit(console, base=f"http://console.test:{port}")
    assert page.evaluate("isSecureContext") is False
    page.wait_for_selector(".rows .row")
    page.keyboard.press("i")
    page.click("text=Make a link")
    page.click(".copyline button >> nth=0")
    page.wait_for_selector("text=copied ✓")
    line = page.inner_text(".copyline code >> nth=0")
    page.keyboard.press("Escape")
    page.focus("#filter")
    page.keyboard.press("Control+V")
    expect(page.locator("#filter")).to_have_value(line)


def test_a_pending_invite_is_revoked(console, page):
    before = len(console.invited)
    expect(page.locator(".pending li")).to_have_count(before)
    user = page.locator(".pending li code").last.inner_text()
    page.locator(".pending li button").last.click()
    expect(page.locator(".pending li")).to_have_count(before - 1)
    assert user not in console.invited


def test_the_host_appears_by_itself(console, page):
    console.join(Host(300))
    page.wait_for_selector(".joined >> text=has joined")
    page.wait_for_selector("text=The link has been used.")
    page.click(".joined a")
    page.wait_for_selector(".facts")
    assert page.inner_text("h1") == Host(300).name
