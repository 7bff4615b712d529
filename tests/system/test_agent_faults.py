"""What breaks under a running agent costs what cannot be read, and is named where people look."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import query, spooled, timestamps, wait_for_growth, wait_for_rows
from lab import RELEASES, Host
from lab.fleet import enrol, invite
from named import wait_named, wait_well
from pair import CATCH_UP, Pair, connected

if TYPE_CHECKING:
    from conftest import ImageOf

STATE = "/var/lib/lumenmon-agentd"
SPOOL = f"{STATE}/spool"
AGENT = "lumenmon-agentd.service"


@pytest.fixture(scope="module")
def pair(image_console: ImageOf, image_agent: ImageOf) -> Iterator[Pair]:
    """A console and an agent of the other release."""
    with connected("faults", image_console(RELEASES[1]), image_agent(RELEASES[0])) as pair:
        yield pair


def missing(pair: Pair, begin: int, end: int) -> set[int]:
    """The seconds of that time, all of which have arrived, that the console lacks."""
    pair.console.wait(
        lambda: max(timestamps(pair.console, pair.table)) > end, timeout=CATCH_UP, interval=1
    )
    return set(range(begin, end + 1)) - set(timestamps(pair.console, pair.table))


def status(pair: Pair) -> str:
    """What ``status`` of the agent prints."""
    return pair.agent.run("lumenmonctl status", check=False).stdout


def logged(pair: Pair, event: str) -> str:
    """The agent's lines of an event."""
    return pair.agent.run(f"journalctl -q -b -o cat LUMENMON_EVENT={event}").stdout


def test_a_read_only_disk_at_the_start_is_bridged_in_memory(pair: Pair) -> None:
    agent = pair.agent
    agent.run(
        f"systemctl stop {AGENT} && cp -a {STATE} /root/moved && mount -t tmpfs none {STATE} &&"
        f" cp -a /root/moved/. {STATE} && chown --reference=/root/moved {STATE} &&"
        f" chmod 700 {STATE} && mount -o remount,ro {STATE} && systemctl start {AGENT}"
    )
    wait_for_growth(pair.console, pair.table, timeout=CATCH_UP)
    begin = int(time.time())
    cannot = r"in memory, for the disk cannot be written \(Read-only file system\)"
    wait_named(agent, cannot, f"findmnt -T {STATE}")
    agent.run(f"systemctl kill --signal=KILL {AGENT}")
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)
    agent.run(f"mount -o remount,rw {STATE}")
    agent.wait(lambda: "in memory" not in status(pair), timeout=CATCH_UP)
    agent.wait(lambda: agent.run(f"ls {SPOOL}/*.wire", check=False).ok)
    assert logged(pair, "spool-restored")
    # The agent was killed, and started again for its disk: it measures nothing meanwhile.
    assert len(missing(pair, begin, int(time.time()) - 2)) < 20
    assert "dropped" not in status(pair)


def test_a_damaged_spool_is_set_aside_and_the_rest_arrives(pair: Pair) -> None:
    agent, console = pair.agent, pair.console
    console.run("systemctl stop lumenmond.service lumenmond.socket")
    begin = int(time.time()) + 1
    for _ in range(5):  # a segment for each start
        time.sleep(2)
        agent.run(f"systemctl restart {AGENT}")
    agent.run(f"systemctl stop {AGENT}")
    segments = agent.run(f"ls {SPOOL}/*.wire").stdout.split()
    measured = set(spooled(agent.run(f"cat {SPOOL}/*.wire").stdout))
    assert len(segments) >= 4
    unreadable, linked = segments[1], segments[2]
    agent.run(
        f"chown root: {unreadable} && chmod 600 {unreadable} &&"
        f" mv {linked} /root/linked && ln -s /etc/hostname {linked} &&"
        f" mkdir {SPOOL}/0000099.wire &&"
        f" echo '999999-0 0' >{SPOOL}/position && systemctl start {AGENT}"
    )
    end = int(time.time())
    agent.wait(lambda: "3 files that cannot be read" in status(pair))
    console.run("systemctl start lumenmond.socket lumenmond.service")
    lost = {
        int(line.split()[0])
        for line in agent.run(
            f"cat {SPOOL}/damaged/*.wire /root/linked", check=False
        ).stdout.splitlines()
        if line[:1].isdigit()
    }
    assert missing(pair, begin, end) & measured <= lost
    assert lost, "of what was set aside, something was measured"
    damaged = logged(pair, "spool-damaged")
    assert "lies ahead of what waits" in damaged
    assert damaged.count("set aside in") == 2
    assert "left where it is" in damaged
    doctor = agent.run("lumenmonctl doctor", check=False).stdout
    assert f"sudo rm -r {SPOOL}/damaged" in doctor
    agent.run(f"rm -r {SPOOL}/damaged {SPOOL}/0000099.wire; systemctl restart {AGENT}")
    agent.wait(lambda: "cannot be read" not in status(pair))


def test_a_spool_that_is_deleted_is_made_again(pair: Pair) -> None:
    wait_for_growth(pair.console, pair.table, by=5, timeout=CATCH_UP)  # it was just restarted
    begin = int(time.time())
    pair.agent.run(f"rm -r {SPOOL}")
    pair.agent.wait(lambda: pair.agent.run(f"ls {SPOOL}/*.wire", check=False).ok)
    # A busy machine may let a second pass unmeasured.
    assert len(missing(pair, begin, int(time.time()))) <= 1
    assert "was deleted" in logged(pair, "spool-damaged")


def test_a_stopped_ssh_is_noticed_within_half_a_minute(pair: Pair) -> None:
    begin = int(time.time())
    pair.agent.run("pkill -STOP -u lumenmon-agentd -x ssh")
    stopped = time.monotonic()
    pair.agent.wait(lambda: "ssh hangs" in logged(pair, "uplink-lost"), timeout=90, interval=1)
    assert time.monotonic() - stopped < 60, "18 s on an idle machine"
    wait_for_growth(pair.console, pair.table, timeout=CATCH_UP)
    assert missing(pair, begin, int(time.time()) - 5) == set()


FLOOD = r"""#!/usr/bin/python3
import os
os.write(2, b"Host key verification failed.\r\n" * 40)
while True:
    os.write(1, b"@reject 1 no\n" * 500)
"""


def test_a_hostile_console_costs_a_few_lines(pair: Pair) -> None:
    """In place of the gateway stands a program that floods and feigns a changed host key."""
    agent, console = pair.agent, pair.console
    gateway = console.run("sed -n 's/.*ForceCommand //p' /etc/ssh/sshd_config.d/00-lumenmon.conf")
    ingest = gateway.stdout.split()[0]
    console.run(f"mv {ingest} {ingest}.real")
    console.write(ingest, FLOOD, mode=0o755)
    agent.run(f"systemctl restart {AGENT}")
    agent.wait(lambda: "answers more than it was asked" in status(pair), timeout=60)
    lines = agent.run(f"journalctl -q -o cat -u {AGENT} --since=-20s").stdout
    assert len(lines.splitlines()) < 60
    assert "host key" not in lines
    assert "--force" not in status(pair)
    console.run(f"mv {ingest}.real {ingest}")
    agent.run(f"systemctl restart {AGENT}")  # it would wait for a minute and more
    wait_for_growth(console, pair.table, timeout=CATCH_UP)
    assert "the console shows the pinned host key" in agent.run("lumenmonctl doctor").stdout


def test_each_side_knows_the_other(pair: Pair) -> None:
    boot = pair.agent.run("cat /proc/sys/kernel/random/boot_id").stdout.strip()
    shown = pair.console.run(["lumenmonctl", "show", pair.identity]).stdout
    found = re.search(r"boot +([0-9a-f-]{36})", shown)
    assert found, shown
    assert found[1] != boot, "a container shares the kernel's boot with its host"
    assert not logged(pair, "answer-ignored")
    assert "unknown control line" not in pair.console.run("journalctl -q -b -o cat").stdout


def test_a_copied_machine_is_named_and_its_samples_kept_apart(
    pair: Pair, image_agent: ImageOf
) -> None:
    agent, console = pair.agent, pair.console
    copy = Host.boot(image_agent(RELEASES[0]), "copy", agent.network)
    archive = agent.run(f"tar -C {STATE} -c --exclude=spool . | base64").stdout
    copy.run(f"base64 -d | tar -C {STATE} -x", input=archive)
    copy.run(f"chown -R lumenmon-agentd: {STATE}; systemctl restart {AGENT}")
    named = f"two machines send as agent: what comes from {copy.address} is not stored"
    wait_named(console, named, "on the copy: sudo lumenmonctl unregister")
    assert named in console.run("lumenmonctl agents").stdout
    events = console.run("journalctl -q -b -o cat LUMENMON_EVENT=agent-doubled").stdout
    assert agent.address in events
    assert copy.address in events
    held = f"another machine sends as this agent, from {agent.address}"
    wait_named(copy, held, "sudo lumenmonctl unregister")
    for way in ("restart", "kill --signal=KILL", "restart"):  # whoever comes first afterwards
        console.run(f"systemctl {way} lumenmond.service")
        wait_for_growth(console, pair.table, timeout=CATCH_UP)
        console.wait(lambda: named in console.run("lumenmonctl agents", check=False).stdout)
    names = query(console, f'SELECT DISTINCT value FROM "{pair.identity}_generic_hostname"')
    assert names == [["agent"]]
    assert f" {agent.address} " in console.run("lumenmonctl agents").stdout

    copy.run(f"lumenmonctl unregister && rm {STATE}/id_ed25519*")
    other = enrol(console, copy)
    assert other != pair.identity
    wait_for_rows(console, other)
    wait_well(console, named)


def test_keeping_a_console_confirms_nothing_old_and_takes_its_new_address(pair: Pair) -> None:
    """Meanwhile the console cannot store; its ssh lives, so the connection is kept."""
    agent, console = pair.agent, pair.console
    begin, lost = int(time.time()), logged(pair, "uplink-lost")
    link = invite(console)
    old = f"@{console.address}:"
    assert old in link, link
    console.run("systemctl kill --signal=STOP lumenmond.service")
    told = agent.run(["lumenmonctl", "register", "--keep"], input=f"{link}\n", check=False)
    assert told.returncode == 1, "after 20 s, as long as it takes to notice an ssh that hangs"
    assert "has not stored a sample yet" in told.stdout
    assert logged(pair, "uplink-lost") == lost
    console.run("systemctl kill --signal=CONT lumenmond.service")
    wait_for_growth(console, pair.table, timeout=CATCH_UP)
    assert missing(pair, begin, int(time.time()) - 5) == set()
    moved = link.replace(old, f"@[{console.address6}]:")
    told = agent.run(["lumenmonctl", "register", "--keep"], input=f"{moved}\n", check=False)
    assert f"the console is at [{console.address6}]:2345 now" in told.stdout, told
    assert told.returncode == 0, told
    assert "its samples are stored on" in told.stdout
    wait_for_growth(console, pair.table, timeout=CATCH_UP)
