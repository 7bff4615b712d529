"""Puts our rules into sshd's configuration, and never anything that could lock somebody out."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from lumenmon import journal, paths, run
from lumenmon.errors import LumenmonError
from lumenmond.host import accounts, hostkey, passwd
from lumenmond.host.accounts import replace
from lumenmond.host.effective import Effective, NotUnderstood, parse

SSHD = "/usr/sbin/sshd"
MAIN = Path("/etc/ssh/sshd_config")
DROP_IN = Path("/etc/ssh/sshd_config.d/00-lumenmon.conf")
PORT_CONFIG = paths.CONFIG / "sshd_config"
TEMPLATES = Path("/usr/share/lumenmon")
PRIVSEP = Path("/run/sshd")
AGENT, INVITE = "id_" + 16 * "0", "reg_" + 13 * "0"
"""Users that the rules must hold for; they need not exist."""
GATEWAYS = {AGENT: passwd.GATEWAYS[passwd.AGENTS], INVITE: passwd.GATEWAYS[passwd.ENROLL]}


OPTIONAL = ("PerSourcePenalties",)
"""Settings of port 2345 that are left out where the installed sshd refuses them."""


class SshdError(LumenmonError):
    """Our rules cannot go into sshd's configuration."""


def prepare() -> None:
    """Make what sshd wants before it even checks a configuration."""
    with suppress(OSError):
        PRIVSEP.mkdir(mode=0o755, exist_ok=True)


def effective(user: str, config: Path = MAIN, port: int = 22) -> Effective:
    """Ask sshd what holds for a user who comes from elsewhere; raises NotUnderstood."""
    spec = f"user={user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport={port}"
    done = run.run([SSHD, "-T", "-f", str(config), "-C", spec], check=False)
    if done.status == 0:
        return parse(done.stdout)
    return Effective(error=last_words(done.stderr))


def valid(config: Path = MAIN) -> str:
    """Return sshd's words on what is wrong with a configuration; empty when it is well."""
    done = run.run([SSHD, "-t", "-f", str(config)], check=False)
    return "" if done.status == 0 else last_words(done.stderr)


def last_words(stderr: str) -> str:
    """Return what sshd said, in one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return "; ".join(lines[-2:]) or "sshd failed without a word"


def apply() -> list[str]:
    """Write both configurations; returns what a person should know.

    An administrator's configuration that is broken, or that takes no drop-ins, is no failure:
    port 2345 does not depend on it. An answer of sshd that is not understood changes nothing,
    but a first installation gets its port.
    """
    with accounts.lock():
        return _apply()


def _apply() -> list[str]:
    prepare()
    notes = []
    try:
        hostkey.make_missing()
    except LumenmonError as error:
        notes.append(f"host keys could not be made: {error.message}")
    try:
        before = effective("root")
    except NotUnderstood as error:
        journal.event(logging.ERROR, "sshd-not-understood", "%s", error.message)
        if PORT_CONFIG.exists():
            return [*notes, f"{error.message}; both configurations stay as they are"]
        write_port_config(Effective(error=error.message))
        return [*notes, f"{error.message}; port 22 gets no rules"]
    if before.error:
        notes.append(f"sshd's own configuration is broken: {before.error}")
    write_port_config(before)
    try:
        notes += install(before)
    except SshdError as error:
        journal.event(logging.WARNING, "sshd-drop-in-refused", "%s", error.message)
        notes.append(error.message)
    return notes


def render(template: str, keys: list[Path]) -> str:
    """Return the configuration of port 2345, with the host keys where they are not default."""
    if set(keys) == {path for path in hostkey.DEFAULTS if path.exists()}:
        return template
    lines = "".join(f"HostKey {path}\n" for path in keys)
    head, mark, rest = template.partition("Include ")
    return f"{head}{lines}\n{mark}{rest}"


def without_optional(text: str) -> str:
    """Return port 2345's configuration without what not every sshd knows."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if line.split(" ")[0] not in OPTIONAL)


def write_port_config(system: Effective) -> None:
    """Write port 2345's configuration; the old one stays when sshd refuses the new.

    While the system's sshd cannot say its host keys, the port keeps those that agents pinned.
    The running sshd reads it when it is started again.
    """
    configured = [Path(each) for each in system.all("hostkey")]
    before = PORT_CONFIG.read_text() if PORT_CONFIG.exists() else ""
    if system.error and before:
        configured = hostkey.named(before)
    keys = hostkey.choose(configured, before)
    text = render((TEMPLATES / "sshd_config").read_text(), keys)
    PORT_CONFIG.parent.mkdir(mode=0o755, exist_ok=True)
    trial = PORT_CONFIG.with_name("sshd_config.trial")
    try:
        replace(trial, text, 0o644)
        if valid(trial):
            replace(trial, without_optional(text), 0o644)
        if wrong := valid(trial):
            raise SshdError(f"sshd refuses the configuration of port 2345: {wrong}")
        trial.rename(PORT_CONFIG)
    finally:
        trial.unlink(missing_ok=True)
    journal.event(journal.NOTICE, "sshd-port-written", "%s written", PORT_CONFIG)


def install(before: Effective) -> list[str]:
    """Put the drop-in in place, look at what sshd makes of it, and take it back if it harms.

    The rules alone were found valid with port 2345's configuration, which includes them.
    """
    text = (TEMPLATES / "sshd_config.d" / DROP_IN.name).read_text()
    old = DROP_IN.read_text() if DROP_IN.exists() else None
    DROP_IN.parent.mkdir(mode=0o755, exist_ok=True)
    replace(DROP_IN, text, 0o644)
    if before.error:
        return []
    try:
        wrong = valid()
        after = effective("root")
        if wrong or after.error:
            raise SshdError(f"sshd refuses the drop-in on port 22: {wrong or after.error}")
        if after != before:
            raise SshdError("the drop-in would change what sshd does for root")
    except LumenmonError as error:
        _restore(old)
        raise SshdError(f"{error.message}; it was taken back, port 2345 works without") from None
    if old != text:
        journal.event(journal.NOTICE, "sshd-drop-in-written", "%s written", DROP_IN)
    return [
        f"{DROP_IN} has no effect on port 22: sudo lumenmonctl doctor tells why"
        for user, command in GATEWAYS.items()
        if effective(user).get("forcecommand") != command
    ][:1]


def _restore(old: str | None) -> None:
    if old is None:
        DROP_IN.unlink(missing_ok=True)
    else:
        replace(DROP_IN, old, 0o644)


def remove() -> None:
    """Take both configurations away.

    A host key of our own stays: agents have pinned it, and would refuse the console without it
    when it is installed again. Purging the package deletes it.
    """
    with accounts.lock():
        for path in (DROP_IN, PORT_CONFIG):
            path.unlink(missing_ok=True)
    journal.event(journal.NOTICE, "sshd-removed", "%s removed", DROP_IN)
