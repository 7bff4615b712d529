"""Registering an agent when it can't work: each refusal says why, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import ImageOf
from helpers import fresh_link
from lab import RELEASES, Host, Network, Result

from lumenmon.invite import Link
from lumenmon.keys import PublicKey


@pytest.fixture(scope="module", params=RELEASES)
def hosts(
    request: pytest.FixtureRequest, image_console: ImageOf, image_agent: ImageOf
) -> Iterator[tuple[Host, Host]]:
    """A console, and an agent of the other release."""
    release = str(request.param)
    other = RELEASES[1 - RELEASES.index(release)]
    with Network("register") as network:
        yield (
            Host.boot(image_console(release), "console", network),
            Host.boot(image_agent(other), "agent", network),
        )


def register(agent: Host, link: Link | str) -> Result:
    return agent.run(["lumenmonctl", "register"], input=f"{link}\n", check=False)


def assert_refused(agent: Host, link: Link | str, *words: str) -> None:
    tried = register(agent, link)
    assert tried.returncode == 1, tried
    assert "Traceback" not in tried.stderr
    for word in (*words, "→"):
        assert word in tried.stderr, tried
    if isinstance(link, Link):
        assert link.password not in tried.stdout + tried.stderr
    assert "no" in agent.run("test -e /var/lib/lumenmon-agentd/console.json || echo no").stdout


def accounts(console: Host) -> str:
    return console.run("getent passwd | grep -E '^(id|reg)_' || true").stdout


def test_another_host_key_gets_no_password(hosts: tuple[Host, Host]) -> None:
    console, agent = hosts
    link = fresh_link(console)
    other = PublicKey(link.host_key.blob[:-1] + bytes([link.host_key.blob[-1] ^ 1]))
    assert_refused(agent, replace(link, host_key=other), "host key", "nothing was sent")
    journal = console.run("journalctl --no-pager -t sshd").stdout
    assert "password" not in journal.lower()
    assert link.user in accounts(console)  # the invite was not used up
    console.run(["lumenmonctl", "invite", "revoke", link.user])
    assert accounts(console) == ""


def test_a_wrong_password_and_a_damaged_link(hosts: tuple[Host, Host]) -> None:
    console, agent = hosts
    link = fresh_link(console)
    assert_refused(agent, replace(link, password="x" * 22), "refuses the invite")
    assert_refused(agent, str(link).partition("#")[0], "host key")
    assert_refused(agent, str(link)[:-9], "host key")
    assert_refused(agent, "http://example.org/", "ssh://")
    console.run(["lumenmonctl", "invite", "revoke", link.user])


def test_a_console_that_does_not_answer(hosts: tuple[Host, Host]) -> None:
    console, agent = hosts
    link = fresh_link(console)
    assert_refused(agent, replace(link, port=2346), "does not answer", "2346")
    console.run(["lumenmonctl", "invite", "revoke", link.user])


def test_a_link_that_was_used_and_an_agent_that_is_registered(hosts: tuple[Host, Host]) -> None:
    console, agent = hosts
    link = fresh_link(console)
    assert register(agent, link).returncode == 0
    again = register(agent, fresh_link(console))
    assert again.returncode == 1
    assert "already registered" in again.stderr
    agent.run(["lumenmonctl", "unregister"])
    assert_refused(agent, link, "refuses the invite")


def test_a_key_enrolled_beforehand_needs_no_invite(hosts: tuple[Host, Host]) -> None:
    """As the manual says it for any tool that runs commands on hosts; each step may be repeated."""
    console, agent = hosts
    agent.run("rm -f /var/lib/lumenmon-agentd/id_ed25519*")
    key = [agent.run(["lumenmonctl", "register", "--key"]).stdout for _ in range(2)]
    assert key[0].startswith("ssh-ed25519 ")
    assert key[0] == key[1]
    ask = ["lumenmonctl", "invite", "--pubkey", "-", "--host", "console", "--json"]
    made = [json.loads(console.run(ask, input=key[0]).stdout) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0]["link"].startswith(f"ssh://{made[0]['id']}@console:2345/#ssh-ed25519_")
    for said in ("samples are stored on console", "registered with console:2345 already"):
        done = agent.run(["lumenmonctl", "register", "--keep", made[0]["link"]])
        assert said in done.stdout
    assert made[0]["id"] in console.run(["lumenmonctl", "agents", "--json"]).stdout
    other = replace(fresh_link(console), user="id_" + "0" * 16, password="")
    agent.run(["lumenmonctl", "unregister"])
    assert_refused(agent, str(other), "of another key", "register --key")
