"""Runs on a console: kills the root helper in the midst of a request, and says what is left of it.

    killer.py VERB WHEN...

WHEN is a number of milliseconds after the request, or the program of the shadow tools whose start
is waited for: ``useradd``, ``chpasswd``, ``userdel``. One JSON object a line for each.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, "/usr/lib/python3/dist-packages")

from lumenmon import paths, request

HELPER = "/usr/lib/lumenmon/host"
SLICE = Path("/sys/fs/cgroup/system.slice")
UNITS = ("system-lumenmond*.slice", "lumenmond-sweep.service")
PATIENCE = 90.0
CONSOLE: dict[str, Any] = {"host": "console", "port": 2345}
"""Where agents find the console, by what an invite says."""
_ASK = """
import os, sys
sys.path.insert(0, "/usr/lib/python3/dist-packages")
from pathlib import Path
from lumenmon import request
path, verb, args, user = eval(sys.argv[1])
if user:
    os.setgroups([user[1]])
    os.setgid(user[1])
    os.setuid(user[0])
print(request.call(Path(path), verb, 60.0, **args))
"""

Start = Callable[[], "subprocess.Popen[str]"]


def spawn(argv: list[str]) -> subprocess.Popen[str]:
    """Start a program that can be killed with all that it starts."""
    return subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def ask(path: Path, verb: str, who: tuple[int, int] | None = None, /, **args: object) -> Start:
    """Return what asks the helper, as a uid and a gid or as root."""
    asked = repr((str(path), verb, args, who))
    return lambda: spawn(["/usr/bin/python3", "-Ic", _ASK, asked])


def fresh_key() -> str:
    """A public key that nobody had before."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + os.urandom(32)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} plain"


def invite() -> str:
    """Make an invite and return its user."""
    made = request.call(paths.HOST_SOCKET, "invite", 60.0, **CONSOLE)
    return str(made["user"])


def prepared(verb: str) -> tuple[Start, str]:
    """What starts the verb, and how it says when asked again that it was done already."""
    if verb == "invite":
        return ask(paths.HOST_SOCKET, "invite", **CONSOLE), ""
    if verb == "invite-pubkey":
        return ask(paths.HOST_SOCKET, verb, key=fresh_key(), **CONSOLE), ""
    if verb == "remove":
        made = request.call(paths.HOST_SOCKET, "invite-pubkey", 60.0, key=fresh_key(), **CONSOLE)
        id = made["id"]
        return ask(paths.HOST_SOCKET, verb, id=id), "no agent id_"
    if verb == "revoke":
        return ask(paths.HOST_SOCKET, verb, user=invite()), r"no invite reg_\d+ is open"
    if verb == "enroll":
        import pwd

        user = pwd.getpwnam(invite())
        who = (user.pw_uid, user.pw_gid)
        return ask(paths.ENROLL_SOCKET, verb, who, key=fresh_key()), "used already|may not|no right"
    if verb in ("expire", "sweep"):
        file = paths.INVITES / invite()
        kept = json.loads(file.read_text())
        file.write_text(json.dumps({**kept, "wall": kept["wall"] - 3600}))
        if verb == "expire":
            return ask(paths.HOST_SOCKET, verb), ""
        return lambda: spawn(["systemctl", "start", "lumenmond-sweep"]), ""
    if verb == "apply-sshd":
        return ask(paths.HOST_SOCKET, verb), ""
    return lambda: spawn([HELPER, verb]), ""


def helpers() -> list[int]:
    """The helper's processes that run now."""
    while True:
        with suppress(OSError):  # again when a unit ends meanwhile, and its directory with it
            files = [file for unit in UNITS for file in SLICE.glob(f"{unit}/**/cgroup.procs")]
            return [int(pid) for file in files for pid in file.read_text().split()]


def kill(process: subprocess.Popen[str]) -> None:
    """Kill the helper, whoever started it, and what it started."""
    if process.args[0] == HELPER:  # type: ignore[index]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for unit in UNITS:
        for group in SLICE.glob(unit):
            with suppress(OSError):
                (group / "cgroup.kill").write_text("1")


def wait_for(program: str, process: subprocess.Popen[str]) -> None:
    """Wait until a program of this name runs, or the request is over."""
    while process.poll() is None:
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    found = Path(entry.path, "comm").read_text().strip()
                except OSError:
                    continue
                if found == program:
                    return


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for the end of a request and of all helpers; return what it complained of."""
    _, complaint = process.communicate(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while helpers() and time.monotonic() < end:
        time.sleep(0.02)
    return complaint


def faults() -> list[str]:
    """What is wrong with the account database and with sshd's configuration."""
    checks = (
        "pwck -qr",
        "grpck -qr",
        "/usr/sbin/sshd -t",
        "/usr/sbin/sshd -t -f /etc/lumenmon/sshd_config",
    )
    found = []
    for check in checks:
        done = subprocess.run(check.split(), capture_output=True, text=True, check=False)
        if done.returncode or "sshd" in check:
            lines = (done.stdout + done.stderr).splitlines()
            found += [
                f"{check}: {line}" for line in lines if re.search("id_|reg_|matching|sshd", line)
            ]
    return found


def half_made() -> list[str]:
    """Invites' users that nothing would end any more."""
    users = subprocess.run(["getent", "passwd"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^(reg_\d+):", users, re.MULTILINE)
    kept = {file.name.removesuffix(".claimed") for file in paths.INVITES.iterdir()}
    return [name for name in names if name not in kept]


def one(verb: str, when: str) -> dict[str, Any]:
    """Kill the helper once, ask again, sweep, and return what is wrong then."""
    start, done_already = prepared(verb)
    process = start()
    if when.isdigit():
        time.sleep(int(when) / 1000)
    else:
        wait_for(when, process)
    cut = process.poll() is None
    kill(process)
    finish(process)
    subprocess.run(
        ["systemctl", "reset-failed", "lumenmond-sweep"], check=False, capture_output=True
    )
    again = start()
    complaint = finish(again)
    fine = again.returncode == 0 or bool(done_already and re.search(done_already, complaint))
    if verb == "remove-accounts":
        subprocess.run([HELPER, "restore"], check=True)
    request.call(paths.HOST_SOCKET, "expire", 60.0)
    wrong = [] if fine else [complaint]
    wrong += [*faults(), *half_made()]
    return {"verb": verb, "when": when, "cut": cut, "wrong": wrong}


if __name__ == "__main__":
    for moment in sys.argv[2:]:
        print(json.dumps(one(sys.argv[1], moment)), flush=True)
