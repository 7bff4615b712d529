"""What ``lumenmonctl doctor`` says of sshd: whether our rules hold, and what is in the way."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from lumenmon import paths, term
from lumenmon.ctl import Check, Mark
from lumenmon.errors import LumenmonError
from lumenmon.keys import AGENT_ID, PublicKey
from lumenmond import uidrange
from lumenmond.host import accounts, hostkey, inforce, passwd, sshd, traffic, uids
from lumenmond.host.effective import NotUnderstood

RESTART = "sudo systemctl restart lumenmon-ssh"
WRITE = "sudo /usr/lib/lumenmon/host apply-sshd"
APPLY = f"{WRITE}; {RESTART}"
APPLY_22 = f"{WRITE}; {inforce.RELOAD}"
KEYS = (
    "sudo lumenmonctl restore FILE, with a backup made with --host-key; without one:"
    f" sudo ssh-keygen -A; {APPLY}; then register each agent again"
)
INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf"
FEW = 1000
"""User ids that are left when it is time to say so."""
_ONLY_22 = "(port 2345 works all the same)"
_OPEN = f"{inforce.OPEN} {_ONLY_22}"


def checks() -> Iterable[Check]:
    """Yield what was looked at; needs root, and sshd's own words."""
    sshd.prepare()
    try:
        yield from port()
        yield from system()
    except NotUnderstood as error:
        yield Check(Mark.BAD, error.message, error.hint)
    yield from accounts_checks()


def port() -> Iterator[Check]:
    """Look at port 2345: its configuration, its rules and its host key."""
    config = sshd.PORT_CONFIG
    if not config.exists():
        yield Check(Mark.BAD, f"{config} is not there", APPLY)
        return
    if not any(path.exists() for path in hostkey.named(config.read_text()) or hostkey.DEFAULTS):
        text = "port 2345: the host keys are gone: nobody can connect, and agents accept no other"
        yield Check(Mark.BAD, text, f"put them back into {hostkey.SYSTEM}: {KEYS}")
        return
    wrong = sshd.valid(config)
    if wrong:
        yield Check(Mark.BAD, f"{config} is broken: {wrong}", APPLY)
        return
    bad = [f"{user[:3]} users" for user in sshd.GATEWAYS if not _held(user, config, 2345)]
    if bad:
        yield Check(Mark.BAD, f"port 2345: the rules do not hold for {' and '.join(bad)}", APPLY)
    else:
        yield Check(Mark.GOOD, "port 2345: the rules hold for agents and invites")
    try:
        key = hostkey.current(config.read_text())
        yield Check(Mark.GOOD, f"port 2345: host key {key.fingerprint}")
        yield from _running(key)
    except LumenmonError as error:
        yield Check(Mark.BAD, error.message, error.hint)


def _running(key: PublicKey) -> Iterator[Check]:
    """Ask our running sshd whether it has read what its configuration and its key files say."""
    for place in inforce.of_ours():
        if inforce.holds(place) is False or not inforce.shows(key, place):
            text = f"port {place.port}: sshd runs by an older configuration or host key"
            yield Check(Mark.BAD, text, RESTART)


def _held(user: str, config: Path, number: int) -> bool:
    found = sshd.effective(user, config, number)
    method = "publickey" if user == sshd.AGENT else "password"
    return (
        found.get("forcecommand") == sshd.GATEWAYS[user]
        and found.get("authenticationmethods") == method
        and found.get("disableforwarding") == "yes"
        and found.get("permittty") == "no"
    )


def system() -> Iterator[Check]:
    """Look at the system's own sshd (port 22): our rules hold there too, or why not."""
    wrong = sshd.valid()
    if wrong:
        text = f"{sshd.MAIN} is broken: {wrong} {_ONLY_22}"
        yield Check(Mark.BAD, text, f"correct it, then: sudo {sshd.SSHD} -t")
        return
    if not sshd.DROP_IN.exists():
        yield Check(Mark.BAD, f"port 22: {sshd.DROP_IN} is missing, {_OPEN}", APPLY_22)
        return
    if (
        sshd.DROP_IN.read_text()
        != (sshd.TEMPLATES / "sshd_config.d" / sshd.DROP_IN.name).read_text()
    ):
        yield Check(Mark.BAD, f"port 22: {sshd.DROP_IN} was changed {_ONLY_22}", APPLY_22)
        return
    bad = [user for user in sshd.GATEWAYS if not _held(user, sshd.MAIN, 22)]
    if bad:
        yield reason(sshd.MAIN.read_text(), sshd.effective(bad[0]).get("forcecommand"))
    else:
        yield from _in_force()


def _in_force() -> Iterator[Check]:
    """Ask the running sshd whether it has read the rules that its configuration has."""
    for place in inforce.of_the_system():
        try:
            held = inforce.holds(place)
        except LumenmonError as error:
            yield Check(Mark.WARN, f"{error.message} {_ONLY_22}", error.hint)
            continue
        if held is False:
            yield Check(Mark.BAD, f"{inforce.not_read(place)} {_ONLY_22}", inforce.RELOAD)
        elif held:
            text = f"port {place.port}: the rules hold for agents and invites"
            yield Check(Mark.GOOD, text)
        else:
            text = f"port {place.port}: nothing listens {_ONLY_22}"
            yield Check(Mark.GOOD, text)


def reason(config: str, command: str) -> Check:
    """Say why the drop-in has no effect: no Include, one inside a Match, or something earlier.

    ``command`` is the ForceCommand that holds instead.
    """
    inside = ""
    for line in config.splitlines():
        words = line.strip().replace("=", " ").split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].lower() == "match":
            inside = line.strip()
        if words[0].lower() == "include" and any(_covers(word) for word in words[1:]):
            break
    else:
        text = f"port 22: {sshd.MAIN} includes no drop-ins, {_OPEN}"
        return Check(Mark.BAD, text, f"add as its first line: {INCLUDE}; then: {inforce.RELOAD}")
    if inside:
        text = f'port 22: {sshd.MAIN} has the Include inside "{inside}", {_OPEN}'
        remedy = f"move it to the first line: {INCLUDE}; then: {inforce.RELOAD}"
        return Check(Mark.BAD, text, remedy)
    other = f"ForceCommand {command}" if command not in ("", "none") else "another setting"
    where = _earlier() or str(sshd.MAIN)
    text = f"port 22: {other} from a Match block in {where} comes earlier and wins, {_OPEN}"
    remedy = f"move that block to a file that sorts after {sshd.DROP_IN.name}"
    return Check(Mark.BAD, text, f"{remedy}; then: {inforce.RELOAD}")


def _earlier() -> str:
    """Name the drop-ins that sshd reads before ours and that hold a Match block."""
    found = []
    for path in sorted(sshd.DROP_IN.parent.glob("*.conf")):
        if path.name >= sshd.DROP_IN.name:
            break
        try:
            lines = path.read_text(errors="replace").splitlines()
        except OSError:  # named by sshd itself when it matters, ignoring
            continue
        if any(line.split()[:1] and line.split()[0].lower() == "match" for line in lines):
            found.append(str(path))
    return ", ".join(found)


def _covers(pattern: str) -> bool:
    pattern = pattern.strip('"')
    absolute = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
    return fnmatchcase(str(sshd.DROP_IN), absolute)


def accounts_checks() -> Iterator[Check]:
    """Look at what sshd needs of each account: its shell, its key file's owner and mode."""
    for shell in passwd.GATEWAYS.values():
        if not os.access(shell, os.X_OK):
            text = f"{shell}, our users' login shell, is not there"
            yield Check(Mark.BAD, text, "sudo apt install --reinstall lumenmond")
    agents = [name for name in accounts.listed() if AGENT_ID.fullmatch(name)]
    for name in agents:
        account, wanted = pwd.getpwnam(name), passwd.GATEWAYS[passwd.AGENTS]
        if account.pw_shell != wanted:
            text = f"{name} has the login shell {account.pw_shell}"
            yield Check(Mark.BAD, text, f"sudo usermod -s {wanted} {name}")
    yield from _numbers(agents)
    yield from traffic.checks(agents)
    for name in accounts.missing():
        text = f"{name} has a key and no account"
        yield Check(Mark.WARN, text, "sudo /usr/lib/lumenmon/host restore")
    wrong = list(unsafe([paths.HOST_STATE, paths.KEYS], []))
    wrong += [path for name in agents for path in _unsafe_key(name)]
    for path in wrong:
        yield Check(Mark.BAD, f"{path}: sshd will not read it", _mend(path))
    if not wrong:
        count = term.counted(len(agents), "agent account")
        yield Check(Mark.GOOD, f"{count}: sshd reads every key")


def _numbers(agents: Iterable[str]) -> Iterator[Check]:
    """Look at the range of user ids: whether there is one, how many are left, who is outside."""
    try:
        within, left = uidrange.chosen(), uids.left()
    except LumenmonError as error:
        yield Check(Mark.BAD, error.message, error.hint)
        return
    text = f"{left} user ids are left for agents and invites ({within[0]} to {within[-1]}"
    text += ")" if within == uidrange.NORMAL else ": this container maps no more than 65536)"
    if left < FEW:
        yield Check(Mark.WARN, text, f"before there are none: {uids.START_OVER}")
    else:
        yield Check(Mark.GOOD, text)
    for name in agents:
        if not uids.is_mapped(number := pwd.getpwnam(name).pw_uid):
            text = f"{name} cannot log in: this container does not map its user id {number}"
            remedy = f"sudo userdel {name}; sudo /usr/lib/lumenmon/host restore"
            yield Check(Mark.BAD, text, remedy)


def _unsafe_key(name: str) -> Iterator[Path]:
    directory = paths.KEYS / name
    return unsafe([directory], [directory / "authorized_keys"])


def _mend(path: Path) -> str:
    if path.exists():
        return f"sudo chown root:root {path}; sudo chmod {'711' if path.is_dir() else '644'} {path}"
    name = next((word for word in path.parts if AGENT_ID.fullmatch(word)), "")
    return f"enrol it again, or: sudo lumenmonctl remove {name}"


def unsafe(directories: Iterable[Path], files: Iterable[Path]) -> Iterator[Path]:
    """Yield those of them that sshd refuses (StrictModes), up to the first that is missing."""
    needs = [(path, 0o001) for path in directories] + [(path, 0o004) for path in files]
    for path, needed in needs:
        try:
            found = path.lstat()
        except OSError:
            yield path
            return
        mode = stat.S_IMODE(found.st_mode)
        if found.st_uid != 0 or mode & 0o022 or not mode & needed:
            yield path
