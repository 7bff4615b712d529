"""What the system tests do over and over: plain ssh clients, questions to the database, probes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lab import Host, Result
from lab.fleet import invite

from lumenmon.invite import Link, parse_link

LONG = os.environ.get("LUMENMON_LONG") == "1"
"""Whether outages last as long as they do in life; short ones by default."""
PORT = 2345
DATABASE = "/var/lib/lumenmon/metrics.db"
INVITES = "/var/lib/lumenmon-host/invites"
FIRST_METRICS = ("generic_cpu", "generic_mem", "generic_disk")

_QUERY = """
import json, sqlite3, sys
connection = sqlite3.connect("file:{database}?mode=ro", uri=True, timeout=10)
print(json.dumps(connection.execute(sys.stdin.read()).fetchall()))
"""
_CONNECT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    print("connected")
"""
_ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$LUMENMON_TEST_PASSWORD"\n'


@dataclass(frozen=True)
class Key:
    """A plain client's key: the file on its host, and the public line."""

    path: str
    line: str


def query(console: Host, sql: str) -> list[list[object]]:
    """The rows of an SQL question to a console's database."""
    program = _QUERY.format(database=DATABASE)
    rows: list[list[object]] = json.loads(
        console.run(["/usr/bin/python3", "-c", program], input=sql).stdout
    )
    return rows


def tables(console: Host) -> dict[str, bool]:
    """The names of the database's tables, and whether each is strict."""
    rows = query(console, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
    return {str(name): bool(strict) for name, strict in rows}


def count(console: Host, table: str) -> int:
    """The number of rows in a table; 0 when there is none of the name."""
    if not console.run(["test", "-e", DATABASE], check=False).ok or table not in tables(console):
        return 0
    [[number]] = query(console, f'SELECT count(*) FROM "{table}"')
    return int(str(number))


def timestamps(console: Host, table: str) -> list[int]:
    """The seconds for which a table has a row, in order."""
    rows = query(console, f'SELECT timestamp FROM "{table}" ORDER BY timestamp')
    return [int(str(row[0])) for row in rows]


def wait_for_rows(console: Host, identity: str, timeout: float = 120) -> None:
    """Wait until an agent's first metrics each have a row."""
    names = [f"{identity}_{metric}" for metric in FIRST_METRICS]
    console.wait(lambda: all(count(console, name) for name in names), timeout=timeout)


def wait_for_growth(console: Host, table: str, by: int = 2, timeout: float = 150) -> None:
    """Wait until a table got `by` rows more than it has now."""
    before = count(console, table)
    console.wait(lambda: count(console, table) >= before + by, timeout=timeout, interval=0.5)


def spooled(text: str) -> dict[int, float]:
    """The values of ``generic_cpu`` in segments of an agent's spool, by their second."""
    values: dict[int, float] = {}
    metric = ""
    for line in text.splitlines():
        fields = line.split()
        if fields[0].endswith(".tsv"):
            metric = fields[0]
        elif metric == "generic_cpu.tsv" and len(fields) == 3:
            values[int(fields[0])] = float(fields[2])
    return values


def make_key(host: Host, path: str = "/root/key", kind: str = "ed25519") -> Key:
    """Make an ssh key on a host."""
    host.run(f"rm -f {path} {path}.pub; ssh-keygen -q -t {kind} -N '' -C plain -f {path}")
    return Key(path, host.read(f"{path}.pub").strip())


def ssh_options(
    host: Host, *, key: str | None = None, password: str | None = None
) -> tuple[list[str], dict[str, str]]:
    """The options and the environment with which `ssh` on a host uses a key or a password."""
    options = ["-F", "none", "-o", "ConnectTimeout=20", "-o", "LogLevel=ERROR"]
    options += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    environment: dict[str, str] = {}
    if key is not None:
        options += ["-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    if password is not None:
        host.write("/root/askpass", _ASKPASS, mode=0o755)
        options += ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"]
        environment |= {
            "SSH_ASKPASS": "/root/askpass",
            "SSH_ASKPASS_REQUIRE": "force",
            "LUMENMON_TEST_PASSWORD": password,
        }
    return options, environment


def ssh(
    host: Host,
    target: str,
    *command: str,
    key: str | None = None,
    password: str | None = None,
    port: int = PORT,
    options: Sequence[str] = (),
    input: str = "",
    env: Mapping[str, str] | None = None,
    timeout: float = 180,
) -> Result:
    """Run a plain `ssh` on a host, with a key or a password; never fails by itself."""
    common, environment = ssh_options(host, key=key, password=password)
    return host.run(
        ["ssh", *options, *common, "-p", str(port), target, *command],
        check=False,
        input=input,
        env=environment | dict(env or {}),
        timeout=timeout,
    )


def fresh_link(console: Host) -> Link:
    """A new invite of a console, read."""
    return parse_link(invite(console))


def enrol_plain(console: Host, client: Host, key: Key) -> str:
    """Enrol a plain client's key with `ssh` and a fresh link; return the id."""
    link = fresh_link(console)
    answer = ssh(client, f"{link.user}@console", password=link.password, input=f"{key.line}\n")
    assert answer.returncode == 0, answer
    assert answer.stdout.startswith("ok id_"), answer
    return answer.stdout.split()[1]


def expire(console: Host, user: str) -> None:
    """Make an invite look older than it is: nothing in a container can step the clock."""
    path = f"{INVITES}/{user}"
    kept = json.loads(console.read(path))
    kept["wall"] -= 3600
    console.run(["sh", "-c", f"cat >{path}"], input=json.dumps(kept))


@contextmanager
def unswept(console: Host) -> Iterator[None]:
    """Stop the sweep, which comes every 15 seconds and ends an expired invite's session."""
    console.run("systemctl stop lumenmond-sweep.timer lumenmond-sweep.service")
    try:
        yield
    finally:
        console.run("systemctl start lumenmond-sweep.timer")


def on_a_small_disk(host: Host, unit: str, directory: str, megabytes: int) -> None:
    """Move a unit's directory onto a file system of its own, with the modes that it has."""
    host.run(
        f"systemctl stop {unit} && rm -f {directory}/ballast && cp -a {directory} /root/moved &&"
        f" mount -t tmpfs -o size={megabytes}M none {directory} &&"
        f" cp -aT /root/moved {directory} && rm -r /root/moved && systemctl start {unit}"
    )


def fill(host: Host, directory: str) -> None:
    """Leave not one byte of a file system free."""
    host.run(f"dd if=/dev/zero of={directory}/filler bs=4k oflag=append conv=notrunc", check=False)


def users(host: Host, prefix: str) -> list[str]:
    """The users whose name starts with `prefix`."""
    names = [line.partition(":")[0] for line in host.run(["getent", "passwd"]).stdout.splitlines()]
    return [name for name in names if name.startswith(prefix)]


def can_connect(host: Host, user: str, path: str) -> bool:
    """Whether a user may connect to a Unix socket."""
    asked = host.run(["/usr/bin/python3", "-I", "-c", _CONNECT, path], user=user, check=False)
    return asked.stdout == "connected\n"


def our_units(host: Host) -> dict[str, str]:
    """Our units that systemd has loaded, and the active state of each."""
    listing = host.run(
        "systemctl list-units --all --plain --no-legend 'lumenmon*'"
    ).stdout.splitlines()
    return {fields[0]: fields[2] for fields in map(str.split, listing)}


def complaints(host: Host) -> str:
    """What our units logged as an error, or systemd about them."""
    return host.run(
        "journalctl --boot --quiet --output=short-precise --priority=err --unit='lumenmon*'"
    ).stdout


def seconds_until(host: Host, condition: object, start: float, timeout: float = 60) -> float:
    """Wait for a condition and return how long after `start` it held."""
    host.wait(condition, timeout=timeout)  # type: ignore[arg-type]
    return time.monotonic() - start
