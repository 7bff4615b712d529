"""A plain ssh client is a complete client: it sends samples, and it enrols."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import (
    DATABASE,
    INVITES,
    PORT,
    Key,
    can_connect,
    count,
    enrol_plain,
    expire,
    fresh_link,
    make_key,
    query,
    ssh,
    ssh_options,
    tables,
    unswept,
    users,
)
from lab import RELEASES, Host, Image, Network

from lumenmon.keys import parse_public_key

if TYPE_CHECKING:
    from conftest import ImageOf

SAMPLE = "generic_cpu.tsv REAL\n1729123456 1 23.4\n"
KEYS = "/var/lib/lumenmon-host/keys"


@pytest.fixture(scope="module", params=RELEASES)
def console(request: pytest.FixtureRequest, image_console: ImageOf) -> Iterator[Host]:
    """A console of each release, for all tests of this module."""
    with Network("plain") as network:
        yield Host.boot(image_console(str(request.param)), "console", network, persistent=True)


@pytest.fixture(scope="module")
def client(console: Host) -> Host:
    """A host with nothing of ours, of the other release."""
    other = RELEASES[1 - RELEASES.index(console.release)]
    return Host.boot(Image.get(other), "client", console.network)


@pytest.fixture(scope="module")
def key(client: Host) -> Key:
    """The client's key."""
    return make_key(client)


@pytest.fixture(scope="module")
def identity(console: Host, client: Host, key: Key) -> str:
    """The client's id, enrolled with ssh and the link's password."""
    return enrol_plain(console, client, key)


def left_behind(console: Host) -> list[str]:
    """What an invite could leave: users, files, processes."""
    files = console.run(["find", INVITES, KEYS, "-name", "reg_*"], check=False).stdout.split()
    processes = console.run("ps -eo user:32= | grep ^reg_", check=False).stdout.split()
    return [*users(console, "reg_"), *files, *processes]


def events(console: Host, word: str) -> str:
    """The journal's lines of an event."""
    return console.run(f"journalctl -q -b -o cat LUMENMON_EVENT={word}").stdout


def wait_until_clean(console: Host) -> None:
    """Wait until nothing is left of any invite."""
    console.wait(lambda: not left_behind(console), interval=0.5)


def test_the_id_is_the_key_s(key: Key, identity: str) -> None:
    assert identity == parse_public_key(key.line).agent_id


def test_one_printf_stores_a_sample(console: Host, client: Host, key: Key, identity: str) -> None:
    for _ in range(2):  # sending it again changes nothing
        sent = ssh(client, f"{identity}@console", key=key.path, input=SAMPLE)
        assert (sent.returncode, sent.stderr) == (0, "")
    table = f"{identity}_generic_cpu"
    assert query(console, f'SELECT * FROM "{table}"') == [[1729123456, 1, 23.4]]
    assert tables(console)[table]
    assert not events(console, "agent-connected"), "a push is no connection to tell of"


def test_a_bad_line_costs_only_itself(console: Host, client: Host, key: Key, identity: str) -> None:
    lines = "bad_line.tsv REAL\n1729123456 1 1.5\n1729123457 1 nonsense\n1729123458 1 2.5\n"
    sent = ssh(client, f"{identity}@console", key=key.path, input=lines)
    assert sent.returncode == 1
    assert "3" in sent.stderr
    assert "REAL" in sent.stderr or "number" in sent.stderr or "value" in sent.stderr
    rows = query(console, f'SELECT timestamp, value FROM "{identity}_bad_line"')
    assert rows == [[1729123456, 1.5], [1729123458, 2.5]]


def test_a_cut_line_is_never_a_value(console: Host, client: Host, key: Key, identity: str) -> None:
    sent = ssh(client, f"{identity}@console", key=key.path, input="cut.tsv REAL\n1729123456 1 2")
    assert sent.returncode == 1
    assert count(console, f"{identity}_cut") == 0


def test_a_hostile_agent_disturbs_nobody(
    console: Host, client: Host, key: Key, identity: str
) -> None:
    """Half a line for ever, a line of 100 MB, too many names, bytes that are no text."""
    options, _ = ssh_options(client, key=key.path)
    line = " ".join(["ssh", *options, "-p", str(PORT), f"{identity}@console"])
    daemon = console.pids("lumenmond.service")
    before = sum(console.pss(pid) for pid in daemon)
    half = f"(printf 'half.tsv REAL\\n17291'; sleep 60) | {line}"
    client.run(f"({half}) >/dev/null 2>&1 </dev/null &")
    # The first metric is whole: none of what follows may fall to it.
    hostile = (
        "printf 'hostile.tsv TEXT\\n1729123456 0 fine\\n';"
        " head -c 100000000 /dev/zero | tr '\\0' x; echo;"
        " printf 'x.tsv REAL\\n1729123456 1 \\377\\n'; head -c 100000 /dev/urandom; echo;"
        " seq 10000 | sed 's/.*/many&.tsv REAL\\n1729123456 1 1/'"
    )
    sent = client.run(f"({hostile}) | {line}", check=False, timeout=120)
    assert sent.returncode == 1
    assert "line is longer than 4096 bytes" in sent.stderr
    good = "hostile.tsv TEXT\n1729123457 0 good\n"
    taken = ssh(client, f"{identity}@console", key=key.path, input=good)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert query(console, f'SELECT value FROM "{identity}_hostile"') == [["fine"], ["good"]]
    assert len([name for name in tables(console) if name.startswith(identity)]) == 512
    assert console.pids("lumenmond.service") == daemon
    assert sum(console.pss(pid) for pid in daemon) < before + 30e6


def test_a_link_works_once(console: Host, client: Host) -> None:
    link = fresh_link(console)
    other = make_key(client, "/root/other")
    target = f"{link.user}@console"
    first = ssh(client, target, password=link.password, input=f"{other.line}\n")
    assert (first.returncode, first.stdout.split()[0]) == (0, "ok")
    second = ssh(client, target, password=link.password, input=f"{other.line}\n")
    assert second.returncode != 0
    assert "ok id_" not in second.stdout
    said = second.stdout + second.stderr
    # The last: it came in while the invite's sessions were being ended.
    assert any(word in said for word in ("denied", "used", "closed by remote host")), said
    wait_until_clean(console)


@pytest.mark.parametrize(
    "line", ["hello", "ssh-rsa AAAAB3NzaC1yc2E=", 'command="id" ssh-ed25519 AAAA', ""]
)
def test_garbage_is_no_key(console: Host, client: Host, line: str) -> None:
    before = users(console, "id_")
    link = fresh_link(console)
    sent = ssh(client, f"{link.user}@console", password=link.password, input=f"{line}\n")
    assert sent.returncode != 0
    assert (sent.stdout + sent.stderr).startswith("error ")
    assert users(console, "id_") == before
    if link.user in users(console, "reg_"):
        expire(console, link.user)
    console.run(["systemctl", "start", "lumenmond-sweep.service"], check=False)
    wait_until_clean(console)


def test_a_wrong_password_is_refused(console: Host, client: Host, key: Key) -> None:
    link = fresh_link(console)
    sent = ssh(client, f"{link.user}@console", password="wrong", input=f"{key.line}\n")
    assert sent.returncode == 255
    assert "Permission denied" in sent.stderr
    expire(console, link.user)
    console.run(["systemctl", "start", "lumenmond-sweep.service"])
    wait_until_clean(console)


def test_an_expired_link_is_refused_even_before_the_sweep(
    console: Host, client: Host, key: Key
) -> None:
    with unswept(console):
        link = fresh_link(console)
        expire(console, link.user)
        sent = ssh(client, f"{link.user}@console", password=link.password, input=f"{key.line}\n")
        assert sent.returncode != 0
        assert "expired" in sent.stdout + sent.stderr
    console.run(["systemctl", "start", "lumenmond-sweep.service"])
    wait_until_clean(console)
    console.wait(lambda: f"invite {link.user} expired" in events(console, "invite-expired"))


@pytest.mark.parametrize("interruption", ["reboot", "kill"])
def test_an_invite_ends_though_the_console_was_down(console: Host, interruption: str) -> None:
    link = fresh_link(console)
    console.run("sync")
    if interruption == "reboot":
        console.reboot()
    else:
        console.kill()
        console.start()
    assert link.user in users(console, "reg_")
    expire(console, link.user)
    console.wait(lambda: not left_behind(console), timeout=90, interval=1)


def test_the_database_is_nobody_else_s(console: Host, identity: str) -> None:
    assert not console.run(["cat", DATABASE], user=identity, check=False).ok
    assert not can_connect(console, identity, "/run/lumenmond/live.sock")
