"""Port 2345 bounds what strangers and agents can take, loses no session to a restart, and logs
nothing as an agent's user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from helpers import Key, enrol_plain, make_key, ssh, ssh_options
from lab import RELEASES, Host, Network

if TYPE_CHECKING:
    from conftest import ImageOf

PER_SOURCE = 30
"""PerSourceMaxStartups of packaging/sshd_config."""
SILENT = 400
PROCESSES = 64
"""What the gateway lets an agent have."""
SESSIONS = 15
LISTENER, LOG = "lumenmon-ssh.service", "lumenmon-ssh-log.service"
DROP_IN = "/etc/ssh/sshd_config.d/00-lumenmon.conf"
USER_JOURNALS = "ls /var/log/journal/*/user-*.journal"
LINE = "a.tsv REAL\n1729123456 1 1\n"

CONNECT = f"""
import socket, time
held = []
for number in range({SILENT}):
    held.append(socket.create_connection(("{{address}}", 2345)))
open("/run/held", "w").close()
time.sleep(600)
"""
HOLD = """
import subprocess, sys, time
count, command = int(sys.argv[1]), sys.argv[2:]
held = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(count)]
time.sleep(600)
"""
KEEP = """
import subprocess, sys, time
count, command = int(sys.argv[1]), sys.argv[2:]
begin = lambda: subprocess.Popen(command, stdin=subprocess.PIPE)
held = [begin() for _ in range(count)]
while True:
    time.sleep(1)
    held = [each if each.poll() is None else begin() for each in held]
"""


@dataclass(frozen=True)
class Console:
    """A console with one enrolled plain client, which runs on the same host."""

    host: Host
    key: Key
    identity: str

    def send(self, address: str = "127.0.0.1") -> int:
        """Send one sample from an address of this host to itself."""
        return ssh(
            self.host, f"{self.identity}@{address}", key=self.key.path, input=LINE
        ).returncode

    def sshd(self, title: str) -> int:
        """The number of sshd's processes whose title matches."""
        found = self.host.run(["pgrep", "-c", "-f", f"^sshd[^ ]*: {title}"], check=False)
        return int(found.stdout)

    def main_pid(self, unit: str) -> str:
        """The main process of a unit."""
        return self.host.run(
            ["systemctl", "show", "--property=MainPID", "--value", unit]
        ).stdout.strip()

    def background(self, name: str, program: str, *arguments: str) -> None:
        """Run a Python program as a unit, until `end`."""
        self.host.write(f"/root/{name}.py", program)
        self.host.run(
            ["systemd-run", "--quiet", f"--unit={name}", "--property=KillMode=control-group",
             "/usr/bin/python3", f"/root/{name}.py", *arguments]
        )  # fmt: skip

    def end(self, name: str) -> None:
        """End what `background` started."""
        self.host.run(["systemctl", "stop", f"{name}.service"])

    def hold(self, count: int, *options: str, program: str = HOLD) -> None:
        """Keep connections of the agent open, each a session unless an option says otherwise."""
        common, _ = ssh_options(self.host, key=self.key.path)
        command = ["ssh", *common, *options, "-p", "2345", f"{self.identity}@127.0.0.1"]
        self.background("held", program, str(count), *command)

    def doctor(self) -> str:
        """What doctor prints."""
        return self.host.run(["lumenmonctl", "doctor"], check=False).stdout


@pytest.fixture(scope="module", params=RELEASES)
def console(request: pytest.FixtureRequest, image_console: ImageOf) -> Iterator[Console]:
    """One console for all tests of the module, which go in order."""
    with Network("port") as network:
        host = Host.boot(image_console(str(request.param)), "console", network)
        host.run("mkdir -p /var/log/journal; journalctl --flush")
        key = make_key(host)
        yield Console(host, key, enrol_plain(host, host, key))


def test_nothing_is_logged_as_an_agent_or_an_invite(console: Console) -> None:
    for number in range(3):
        enrol_plain(console.host, console.host, make_key(console.host, f"/root/key{number}"))
    assert console.send() == 0
    console.host.run("journalctl --sync")
    logged = console.host.run(["lumenmonctl", "logs", "--no-follow", "-n", "200"]).stdout
    assert f"Accepted publickey for {console.identity} from 127.0.0.1" in logged
    assert "Accepted password for reg_" in logged
    fields = console.host.run("journalctl -t sshd -u lumenmon-ssh-log -n 1 -o json").stdout
    assert json.loads(fields)["_UID"] == "0"
    assert console.host.run(USER_JOURNALS, check=False).stdout == ""


def test_what_an_older_version_logged_goes_and_others_lines_stay(console: Console) -> None:
    console.host.run(
        f"useradd -m other; for user in {console.identity} other; do"
        ' setpriv --reuid "$(id -u $user)" --clear-groups logger "I am $user"; done;'
        " journalctl --sync"
    )
    uids = console.host.run(f"id -u {console.identity}; id -u other").stdout.split()
    names = console.host.run(USER_JOURNALS).stdout
    assert [f"user-{uid}" in names for uid in uids] == [True, True]
    console.host.run(["/usr/lib/lumenmon/host", "clear-leftovers"])
    console.host.run("logger -t after it goes on; journalctl --sync; journalctl --rotate")
    names = console.host.run(USER_JOURNALS).stdout
    assert [f"user-{uid}" in names for uid in uids] == [False, True]
    assert "it goes on" in console.host.run("journalctl -t after").stdout
    assert "I am other" in console.host.run("journalctl").stdout


def test_silent_strangers_are_few_and_keep_nobody_else_out(console: Console) -> None:
    console.background("silent", CONNECT.format(address=console.host.address))
    console.host.wait(lambda: console.host.run("test -e /run/held", check=False).ok)
    try:
        assert console.sshd(r"\[accepted\]|unknown") <= PER_SOURCE
        assert console.send("127.0.0.1") == 0
    finally:
        console.end("silent")
    console.host.wait(lambda: console.send(console.host.address) == 0)
    console.host.run("journalctl --sync")
    status = console.host.run(["lumenmonctl", "status"], check=False).stdout
    for said in (status, console.doctor()):
        assert "connections were refused in the last hour" in said
        assert f"From {console.host.address} (" in said


def test_sessions_outlive_their_listener_and_the_reader_of_its_log(console: Console) -> None:
    title = rf"{console.identity}@notty"
    console.host.wait(lambda: console.sshd(title) == 0)
    console.hold(SESSIONS, program=KEEP)  # a busy machine may let a login take too long
    try:
        console.host.wait(lambda: console.sshd(title) == SESSIONS)
        before = console.host.run(["pgrep", "-f", f"^sshd[^ ]*: {title}"]).stdout
        first = console.main_pid(LISTENER)
        console.host.run(["systemctl", "restart", LISTENER])
        assert console.main_pid(LISTENER) != first
        for unit in (LISTENER, LOG):
            main = console.main_pid(unit)
            console.host.run(["kill", "-9", main])
            console.host.wait(lambda u=unit, m=main: console.main_pid(u) not in (m, "0"))  # type: ignore[misc]
        console.host.wait(lambda: console.send("localhost") == 0)
        assert console.host.run(["pgrep", "-f", f"^sshd[^ ]*: {title}"]).stdout == before
        console.host.run("journalctl --sync")
        shown = console.host.run(f"journalctl _PID={console.main_pid(LOG)} -o cat").stdout
        assert f"Accepted publickey for {console.identity} from " in shown
        # systemd takes them for left-overs of the old listener, which they are not.
        assert "left-over" not in console.host.run("journalctl -b").stdout
    finally:
        console.end("held")
    console.host.wait(lambda: console.sshd(title) == 0)


def test_a_new_openssh_restarts_the_listener(console: Console) -> None:
    before = console.main_pid(LISTENER)
    console.host.run(
        "dpkg-trigger --by-package=openssh-server /usr/sbin/sshd; dpkg --configure --pending"
    )
    assert console.main_pid(LISTENER) not in (before, "0")
    assert console.send() == 0


def test_connections_without_a_session_end_soon(console: Console) -> None:
    console.hold(5, "-N")
    title = rf"{console.identity}@?"
    console.host.wait(lambda: console.sshd(title) >= 5)
    console.host.wait(lambda: console.sshd(title) == 0)
    console.end("held")
    console.host.run("journalctl --sync")
    assert f"connections of {console.identity} were ended in the last hour" in console.doctor()


def test_sessions_that_wait_for_the_daemon_are_bounded(console: Console) -> None:
    console.host.run("systemctl stop lumenmond.service; systemctl stop lumenmond.socket")
    # Somebody has to listen, else they would not wait: one that never accepts.
    console.background(
        "mute", "import socket, os, time\ns = socket.socket(socket.AF_UNIX)\n"
        "os.path.exists('/run/lumenmon/ingest.sock') and os.unlink('/run/lumenmon/ingest.sock')\n"
        "s.bind('/run/lumenmon/ingest.sock')\nos.chmod('/run/lumenmon/ingest.sock', 0o666)\n"
        "s.listen(4096)\ntime.sleep(600)\n",
    )  # fmt: skip
    console.host.wait(lambda: console.host.run("test -S /run/lumenmon/ingest.sock", check=False).ok)
    console.hold(PROCESSES)
    try:
        console.host.wait(
            lambda: "too many connections" in console.host.run("journalctl -u held").stdout
        )
        count = ["pgrep", "-c", "-u", console.identity]  # one that is being sent away counts, too
        console.host.wait(lambda: int(console.host.run(count).stdout) <= PROCESSES)
        assert f"{console.identity} has " in console.doctor()
    finally:
        console.end("held")
        console.end("mute")
        console.host.run("rm -f /run/lumenmon/ingest.sock; systemctl start lumenmond.service")
    console.host.wait(lambda: console.send() == 0)


def test_port_22_is_not_offered_before_sshd_has_read_the_rules(console: Console) -> None:
    invite = ["lumenmonctl", "invite", "--port", "22"]
    remedy = "sudo systemctl reload ssh"
    console.host.run(f"rm {DROP_IN}; systemctl restart ssh.service")
    gone = console.host.run(invite, check=False)
    assert gone.returncode == 1
    assert "sudo /usr/lib/lumenmon/host apply-sshd; sudo systemctl reload ssh" in gone.stderr
    applied = console.host.run(["/usr/lib/lumenmon/host", "apply-sshd"])
    refused = console.host.run(invite, check=False)
    assert refused.returncode == 1
    for said in (applied.stderr, refused.stderr, console.doctor()):
        assert remedy in said
    console.host.run("systemctl reload ssh.service")
    console.host.wait(lambda: console.host.run(invite, check=False).ok)
    assert remedy not in console.doctor()
    # An earlier Match wins over our rules, and an invite's password would open forwards.
    main = "/etc/ssh/sshd_config"
    console.host.run(f"cp {main} /root/; sed -i '1i Match all\\nDisableForwarding no' {main}")
    refused = console.host.run(invite, check=False)
    console.host.run(f"mv /root/sshd_config {main}")
    assert "cannot make a link: port 22" in refused.stderr
    assert 'the Include inside "Match all"' in refused.stderr


def test_a_listener_with_an_older_host_key_is_named(console: Console) -> None:
    remedy = "sudo systemctl restart lumenmon-ssh"
    assert remedy not in console.doctor()
    console.host.run("rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -A")
    # OpenSSH 9.2 reads the files again for each connection, and shows the new key.
    assert (remedy in console.doctor()) == (console.host.release != "bookworm")
    console.host.run(remedy.removeprefix("sudo "))
    assert remedy not in console.doctor()


def test_stop_ends_the_sessions_too(console: Console) -> None:
    console.hold(2)
    console.host.wait(lambda: console.sshd(rf"{console.identity}@notty") == 2)
    console.host.run(["lumenmonctl", "stop"])
    console.host.wait(lambda: console.sshd(console.identity) == 0)
    console.host.run(["lumenmonctl", "start"])
    console.end("held")
    assert console.send() == 0
    assert console.host.units_failed() == []
