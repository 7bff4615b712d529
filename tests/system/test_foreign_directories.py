"""Root follows nothing that another user has put into a directory of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from helpers import LONG
from lab import RELEASES, Host, Network
from lab.fleet import enrol

if TYPE_CHECKING:
    from conftest import ImageOf

BACKUP = "/root/good.tar.gz"
STATE, RUN = "/var/lib/lumenmon-agentd", "/run/lumenmon-agentd"
CONSOLE, WEB = "/var/lib/lumenmon", "/var/lib/lumenmon-web"
BAIT = "mkdir -p /root/bait/dir && echo secret >/root/bait/file && chmod 600 /root/bait/file"
SEEN = "find /root/bait -printf '%p %y %m %u %g %s %T@ %C@\\n' | sort; cat /root/bait/file"
"""All of the bait: a write, a chown or a chmod changes the times, what was made has a name."""

ATTACK = r"""
import itertools, json, os, pwd, shutil, signal, sys, time
from pathlib import Path
from lumenmon import invite, keys
from lumenmon.errors import LumenmonError
from lumenmon_agentd import registration
from lumenmon_agentd.identity import Console, Files

files, tried, failures = Files(), [], []
account = pwd.getpwnam("lumenmon-agentd")
key = keys.PublicKey(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32))
console = Console("c", 2345, key.agent_id)
kinds = {
    "link": lambda path: path.symlink_to("/root/bait/file"),
    "new": lambda path: path.symlink_to("/root/bait/made"),
    "directory": lambda path: path.symlink_to("/root/bait/dir"),
    "fifo": os.mkfifo,
    "own directory": Path.mkdir,
}
names = ["id_ed25519", "id_ed25519.pub", "known_hosts", "console.json"]
names += [f"{name}.new" for name in names]

def as_agent(work):
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([]); os.setgid(account.pw_gid); os.setuid(account.pw_uid)
            work()
        finally:
            os._exit(0)
    return child

def plant(name, kind):
    for path in files.state.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    kinds[kind](files.state / name)

def everything():
    for step in (
        lambda: registration.console(files),
        lambda: registration.make_key(files),
        lambda: registration.pin(files, console, "c ssh-ed25519 x\n"),
        lambda: registration.forget(files),
    ):
        try:
            step()
        except (LumenmonError, OSError) as error:
            failures.append(str(error))

for name, kind in itertools.product(names, kinds):
    os.waitpid(as_agent(lambda: plant(name, kind)), 0)
    everything()
    tried.append((name, kind))

def swap():
    os.nice(5)
    while True:
        for name, kind in itertools.product(names, kinds):
            try:
                plant(name, kind)
            except OSError:
                pass

swapping = as_agent(swap)
end = time.monotonic() + float(sys.argv[1])
rounds = 0
while time.monotonic() < end or not rounds:
    everything()
    rounds += 1
os.kill(swapping, signal.SIGKILL)
os.waitpid(swapping, 0)
mine = [str(p) for p in files.state.iterdir() if p.lstat().st_uid != account.pw_uid]
print(json.dumps({"tried": len(tried), "failures": len(failures), "rounds": rounds, "roots": mine}))
"""
HOSTILE = r"""
import json, os, socket, sys
path = "/run/lumenmond/control.sock"
if os.path.exists(path):
    os.unlink(path)
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(8)
print("listening", flush=True)
while True:
    connection, _ = listener.accept()
    asked = json.loads(connection.makefile().readline())
    result = {"database_bytes": 1}
    if asked["verb"] == "backup":
        if sys.argv[1] == "fifo":
            os.mkfifo(asked["args"]["path"])
        else:
            os.symlink(sys.argv[1], asked["args"]["path"])
        result = {"path": asked["args"]["path"], "bytes": 1}
    connection.sendall(json.dumps({"ok": True, "result": result}).encode() + b"\n")
    connection.close()
"""


@pytest.fixture(scope="module", params=RELEASES)
def host(request: pytest.FixtureRequest, image_both: ImageOf) -> Iterator[Host]:
    """A host that is console and agent in one, with bait in root's home."""
    with Network("foreign") as network:
        host = Host.boot(image_both(str(request.param)), "both", network)
        host.run(BAIT)
        yield host


@pytest.fixture
def bait(host: Host) -> Iterator[None]:
    """Nothing of the bait has changed after the test, not even its times."""
    before = host.run(SEEN).stdout
    yield
    assert host.run(SEEN).stdout == before


def command(host: Host, *words: str) -> str:
    """What a command of root's prints; it ends, and without a traceback."""
    done = host.run(["lumenmonctl", *words], check=False, timeout=120)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "secret" not in said
    assert "root:*" not in said
    return said


@pytest.mark.usefixtures("bait")
def test_registering(host: Host) -> None:
    host.run("systemctl stop lumenmon-agentd 'lumenmon-collect@*.timer'")
    program = ["/usr/bin/python3", "-c", ATTACK, "120" if LONG else "3"]
    found = json.loads(host.run(program, timeout=400).stdout)
    assert found["tried"] == 40
    assert found["failures"] > 0
    assert found["roots"] == []

    plant = f"cd {STATE} && rm -rf ./* && ln -s /root/bait/file id_ed25519.pub"
    host.run(plant, user="lumenmon-agentd")
    enrol(host, host)
    listed = host.run(f"stat -c %U {STATE}/* | sort -u; stat -c %F {STATE}/id_ed25519.pub").stdout
    assert listed.split("\n")[:2] == ["lumenmon-agentd", "regular file"]


@pytest.mark.usefixtures("bait")
@pytest.mark.parametrize(
    "plant",
    [
        "mkfifo status.json",
        "ln -s /etc/shadow status.json",
        "ln -s /dev/zero status.json",
        "mkdir status.json",
        "truncate -s 1T status.json",
        "printf '{\"console\": 1}' >status.json",
    ],
)
def test_status_and_doctor(host: Host, plant: str) -> None:
    host.run(f"systemctl stop lumenmon-agentd && install -d -o lumenmon-agentd {RUN}")
    host.run(f"cd {RUN} && rm -rf ./* && {plant}", user="lumenmon-agentd")
    limit = "ulimit -v 1000000; lumenmonctl"  # a file that is read without a bound fails here
    for words in ("status", "doctor"):
        done = host.run(f"{limit} {words}", check=False, timeout=120)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert f"{RUN}/status.json" in done.stdout, done
        assert "sudo systemctl restart lumenmon-agentd" in done.stdout


@pytest.mark.usefixtures("bait")
def test_the_remedies_of_doctor(host: Host) -> None:
    host.run("systemctl start lumenmon-agentd")
    host.wait("lumenmonctl status --json | grep -q id_", timeout=60)
    host.run(f"chmod 644 {STATE}/known_hosts")
    checks = json.loads(host.run("lumenmonctl doctor --json", check=False).stdout)["checks"]
    (remedy,) = [each["remedy"] for each in checks if "known_hosts" in each["text"]]
    host.run(f"mv {STATE}/known_hosts {STATE}/away; ln -s /root/bait/file {STATE}/known_hosts",
             user="lumenmon-agentd")  # fmt: skip
    sudo = (
        'sudo() { if [ "$1" = -u ]; then u=$2; shift 2; runuser -u "$u" -- "$@"; else "$@"; fi; }'
    )
    host.run(f"{sudo}; {remedy}", check=False)
    host.run(f"mv {STATE}/away {STATE}/known_hosts", user="lumenmon-agentd")
    host.run(f"{sudo}; {remedy}")
    assert host.run(f"stat -c '%a %U' {STATE}/known_hosts").stdout.split() == [
        "600",
        "lumenmon-agentd",
    ]


@pytest.mark.usefixtures("bait")
def test_backup(host: Host) -> None:
    assert "agent" in command(host, "backup", BACKUP)
    host.run("systemctl stop lumenmond.service lumenmond.socket")
    host.run("install -d -o lumenmon -g lumenmon /run/lumenmond")
    host.write("/tmp/hostile.py", HOSTILE, mode=0o644)
    for target in ("/root/bait/file", "/etc/shadow", "fifo"):
        hostile = f"runuser -u lumenmon -- /usr/bin/python3 /tmp/hostile.py {target}"
        host.run(f"{hostile} >/tmp/out 2>&1 & echo $! >/tmp/hostile.pid")
        host.wait("grep -q listening /tmp/out")
        said = command(host, "backup", "/root/stolen.tar.gz")
        assert "is a link" in said or "not a regular file" in said, said
        host.run("kill $(cat /tmp/hostile.pid); rm -f /tmp/out")
        assert (
            host.run("ls -A /root /var/lib/lumenmon-host", check=False).stdout.count("stolen") == 0
        )
    host.run("systemctl start lumenmond.socket lumenmond.service")


@pytest.mark.usefixtures("bait")
def test_the_logins_in_a_backup(host: Host) -> None:
    host.run("systemctl stop lumenmond-web.service")
    for plant in ("ln -s /root/bait/file auth.db", "mkfifo auth.db", "mkdir auth.db"):
        host.run(f"cd {WEB} && mv auth.db away && {plant}", user="lumenmon-web")
        said = command(host, "backup", "/root/stolen.tar.gz")
        assert "auth.db" in said, said
        assert not host.run("test -e /root/stolen.tar.gz", check=False).ok
        host.run(f"cd {WEB} && rm -r auth.db && mv away auth.db", user="lumenmon-web")
    host.run("systemctl start lumenmond-web.service")


@pytest.mark.usefixtures("bait")
def test_restore(host: Host) -> None:
    for link in ("/root/bait/file", "/root/bait/made", "/root/bait/dir"):
        for name in ("metrics.db.restored", "metrics.db.before-restore", "metrics.db-wal"):
            host.run(f"cd {CONSOLE} && ln -sfn {link} {name}.link && mv -T {name}.link {name}",
                     user="lumenmon")  # fmt: skip
        said = command(host, "restore", "--yes", BACKUP)
        assert "restored" in said, said
        shown = host.run(f"stat -c '%F %a %U:%G' {CONSOLE}/metrics.db {WEB}/auth.db").stdout
        assert shown.splitlines() == [
            "regular file 640 lumenmon:lumenmon", "regular file 600 lumenmon-web:lumenmon-web"
        ]  # fmt: skip
    host.run(f"cd {CONSOLE} && rm metrics.db.before-restore && mkdir metrics.db.before-restore",
             user="lumenmon")  # fmt: skip
    command(host, "restore", "--yes", BACKUP)
    host.run(f"cd {CONSOLE} && rm -r metrics.db.before-restore*", user="lumenmon")
    assert "restored" in command(host, "restore", "--yes", BACKUP)
    host.wait("lumenmonctl agents", timeout=60)


@pytest.mark.usefixtures("bait")
def test_reading_the_database(host: Host) -> None:
    identity = host.run("ls /var/lib/lumenmon-host/keys").stdout.split()[0]
    assert "generic_cpu" in command(host, "query", identity)
    host.run("systemctl stop lumenmond.service lumenmond.socket")
    for plant in ("ln -s /root/bait/file metrics.db", "mkfifo metrics.db", "mkdir metrics.db"):
        host.run(f"cd {CONSOLE} && mv metrics.db away && {plant}", user="lumenmon")
        assert "metrics.db" in command(host, "query", identity)
        assert "metrics.db" in command(host, "doctor")
        again = "apt-get -qy install --reinstall /debs/lumenmon-common_*.deb /debs/lumenmond_*.deb"
        if "fifo" in plant:
            host.run(f"DEBIAN_FRONTEND=noninteractive {again}", check=False, timeout=120)
            host.run("systemctl stop lumenmond.service lumenmond.socket")
        host.run(f"cd {CONSOLE} && rm -r metrics.db && mv away metrics.db", user="lumenmon")


@pytest.mark.usefixtures("bait")
def test_purge(host: Host) -> None:
    for user, directory in (
        ("lumenmon-agentd", STATE), ("lumenmon", CONSOLE), ("lumenmon-web", WEB),
    ):  # fmt: skip
        deep = "/".join(["d" * 200] * 15)
        host.run(f"cd {directory} && ln -s /root/bait link && ln -s /root/bait/file file"
                 f" && mkfifo fifo && mkdir -p {deep} && cd {deep} && mkdir -p {deep}"
                 " && ln -s / root", user=user)  # fmt: skip
    said = command(host, "uninstall", "--purge", "--yes")
    assert "nothing of lumenmon is left" in said
    assert host.run("ls -d /var/lib/lumenmon* 2>/dev/null", check=False).stdout == ""
