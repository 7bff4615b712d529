"""The whole way on booted hosts: a host is invited in the browser, registers, and is watched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from helpers import enrol_plain, make_key, ssh_options
from lab import Host, Network
from lab.fleet import AGENT, CONSOLE, bare_image, build_debs, installed_image
from playwright.sync_api import Browser, Page, expect
from waiting import PATIENCE, chart, lateness, until

from lumenmond import live

DRAWN = ".chart >> nth=0 >> .legend-value:not(:empty)"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[Host, Host, str]]:
    """A console on Debian 12, an agent on Debian 13, and where the dashboard is reached."""
    debs = build_debs()
    with Network("webui") as network:
        console = Host.boot(
            installed_image(bare_image("bookworm", debs), CONSOLE), "console", network
        )
        agent = Host.boot(installed_image(bare_image("trixie", debs), AGENT), "agent", network)
        port = network.forward(0, console, 8080)
        yield console, agent, f"http://localhost:{port}"


@pytest.fixture(scope="module")
def page(browser: Browser, hosts) -> Iterator[Page]:
    console, _, base = hosts
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(f"{base}/login?token={token(console)}")
    page.click("button[type=submit]")
    page.wait_for_selector("text=No hosts yet.")
    yield page
    context.close()


def token(console: Host) -> str:
    """The token of a fresh link that logs in."""
    link = json.loads(console.run(["lumenmonctl", "login", "--json"]).stdout)["link"]
    return str(link).rpartition("token=")[2]


def shoot(page: Page, name: str) -> None:
    """Keep a picture where LUMENMON_SHOTS says, for a person to look at."""
    if folder := os.environ.get("LUMENMON_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_host_that_is_invited_here_appears_by_itself(page, hosts):
    _, agent, _ = hosts
    page.click("text=Invite a host")
    page.click("dialog >> text=Make a link")
    line = page.inner_text(".copyline code >> nth=0")
    # Over the forwarded port the console calls itself by its own name.
    assert "@console:2345/" in line
    agent.run(line.removeprefix("sudo "), timeout=60)
    page.wait_for_selector(".joined >> text=has joined")
    shoot(page, "booted-joined")
    page.keyboard.press("Escape")
    page.wait_for_selector(".row[data-state=online]")
    expect(page.locator(".rows a.host")).to_have_text("agent")
    expect(page.locator(".c-mem .gauge-value")).to_contain_text("%")
    shoot(page, "booted-fleet")


def test_its_page_is_live(page):
    page.click(".rows a.host")
    page.wait_for_selector(DRAWN)
    facts = page.locator(".facts")
    expect(facts).to_contain_text("Debian GNU/Linux 13")
    expect(facts).to_contain_text("id_")
    expect(facts).to_contain_text("SHA256:")
    page.keyboard.press("1")
    begin = time.time()
    until(lambda: chart(page, "data.datasets[0]?.data.at(-1)?.x ?? 0") > begin)
    shoot(page, "booted-host")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(2500)
    shoot(page, "booted-values")


def test_a_new_metric_gets_a_chart_and_a_row(page, hosts):
    _, agent, _ = hosts
    agent.run(["lumenmonctl", "submit", "shop_orders_per_second", "REAL", "12.5"])
    page.wait_for_selector("tr[data-metric=shop_orders_per_second]")
    page.wait_for_selector(".chart h3 >> text=shop")


def test_a_sample_is_on_the_page_within_the_time_that_it_is_gathered(page, hosts):
    """From being written to an open SSH connection to being drawn; the hosts share our clock."""
    console, client, _ = hosts
    key = make_key(client)
    identity = enrol_plain(console, client, key)
    options, _ = ssh_options(client, key=key.path)
    ssh = subprocess.Popen(
        client.inside(["ssh", *options, "-p", "2345", f"{identity}@console"]),
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    begin, address = int(time.time()), page.url

    def send(number: int) -> None:
        ssh.stdin.write(f"{begin + number} 1 {number}\n")
        ssh.stdin.flush()

    try:
        ssh.stdin.write("generic_cpu.tsv REAL\n")
        page.goto(f"{page.url.partition('/host/')[0]}/")
        cell = f"a[href='/host/{identity}']"
        send(0)
        page.wait_for_selector(f".row:has({cell})[data-state=online]")
        late, answered = lateness(page, cell, send, range(1, 11))
    finally:
        ssh.terminate()
        ssh.wait()
    assert late < live.PUBLISH + 10 * answered
    page.locator(cell).focus()
    page.keyboard.press("d")
    page.click("dialog >> text=Remove it")
    page.locator(cell).wait_for(state="detached")
    page.goto(address)
    page.wait_for_selector(DRAWN)


def test_it_goes_offline_and_comes_back(page, hosts):
    _, agent, _ = hosts
    agent.run("systemctl stop lumenmon-agentd")
    page.wait_for_selector(".status[data-state=offline]")
    assert page.inner_text(".why")
    agent.run("systemctl start lumenmon-agentd")
    page.wait_for_selector(".status[data-state=online]")


def test_the_daemon_restarts_under_the_page(page, hosts):
    console, _, _ = hosts
    console.run("systemctl restart lumenmond lumenmond-web")
    page.wait_for_selector("#live[data-state=live]")
    page.wait_for_selector(".status[data-state=online]")
    expect(page.locator("#banner")).to_be_hidden()


def test_it_is_renamed_and_removed(page, hosts):
    console, _, _ = hosts
    page.keyboard.press("r")
    page.keyboard.type("renamed here")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("renamed here")
    assert "renamed here" in console.run(["lumenmonctl", "agents"]).stdout
    page.keyboard.press("d")
    page.click("dialog >> text=Remove it")
    page.wait_for_selector("text=No hosts yet.")
    assert "id_" not in console.run("getent passwd").stdout


CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "unsupported_method",
)  # fmt: skip
SECONDS = 20


def test_the_api_answers_as_its_document_says(hosts, tmp_path):
    """schemathesis makes requests of all kinds from the document that the dashboard serves.

    The last test, for it renames, invites and removes. A stream of events never ends: the unit
    tests look at it.
    """
    console, client, base = hosts
    key = make_key(client)
    identity = enrol_plain(console, client, key)
    options, _ = ssh_options(client, key=key.path)
    lines = f"generic_cpu.tsv REAL\n{int(time.time())} 1 5\nown_text.tsv TEXT\n1729123456 0 x\n"
    client.run(["ssh", *options, "-p", "2345", f"{identity}@console"], input=lines)
    session = requests.Session()
    session.post(f"{base}/login", {"token": token(console)})
    csrf = session.get(f"{base}/api/v1/session").json()["csrf"]
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{base}/api/v1/openapi.json",
         "--header", f"Cookie: {cookie}", "--header", f"X-CSRF-Token: {csrf}",
         "--exclude-path", "/events", "--phases", "coverage,fuzzing", "--checks", ",".join(CHECKS),
         "--max-time", str(SECONDS), "--request-timeout", "15", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=6 * SECONDS,
    )  # fmt: skip
    print(done.stdout[-8000:], done.stderr[-2000:])
    assert done.returncode == 0
    assert session.get(f"{base}/api/v1/session").status_code == 200
    assert "Traceback" not in console.journal("lumenmond-web.service")
    assert console.units_failed() == []
