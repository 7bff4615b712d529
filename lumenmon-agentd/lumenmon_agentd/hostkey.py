"""Whether the console shows the host key that was pinned: asked here and now, with both keys.

What ssh printed when it gave up may be a stranger's text, so nothing is concluded from that.
"""

from __future__ import annotations

from collections.abc import Iterator

from lumenmon import asuser, run
from lumenmon.ctl import Check, Mark
from lumenmon.keys import KEY_TYPE, BadKey, PublicKey, parse_public_key
from lumenmon_agentd import registration
from lumenmon_agentd.identity import Files

TIMEOUT = 5
"""Seconds that the console has for showing its key."""
REGISTER = "register again: sudo lumenmonctl register --force LINK"


def check() -> Iterator[Check]:
    """Compare the console's host key with the pinned one, which needs root."""
    files = Files()
    console = registration.console(files)
    if console is None:
        return
    pinned = parse(str(asuser.call(registration.USER, files.read_known_hosts)))
    if pinned is None:
        yield Check(Mark.BAD, f"{files.known_hosts} holds no host key of the console", REGISTER)
        return
    shown = _shown(console.host, console.port)
    if shown is None:
        return  # whether the console answers at all is a check of its own
    if shown.blob == pinned.blob:
        yield Check(Mark.GOOD, f"the console shows the pinned host key, {pinned.fingerprint}")
        return
    yield Check(
        Mark.BAD,
        f"the console shows the host key {shown.fingerprint}, pinned is {pinned.fingerprint}",
        "compare on the console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; only if that is"
        f" the key shown, {REGISTER}",
    )


def _shown(host: str, port: int) -> PublicKey | None:
    command = ["ssh-keyscan", "-T", str(TIMEOUT), "-t", "ed25519", "-p", str(port), "--", host]
    try:
        return parse(run.run(command, timeout=TIMEOUT * 2.0, check=False).stdout)
    except run.CommandError:
        return None


def parse(text: str) -> PublicKey | None:
    """Return the first ed25519 key of lines as in known_hosts, None without one."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 3 and fields[1] == KEY_TYPE:
            try:
                return parse_public_key(f"{KEY_TYPE} {fields[2]}")
            except BadKey:
                continue
    return None
