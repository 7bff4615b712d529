"""The table of broken states: how each comes about, who has to name it how, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass

TOML = "/etc/lumenmon/lumenmond.toml"
AGENT_TOML = "/etc/lumenmon/lumenmon-agentd.toml"
TLS = "/etc/lumenmon/tls"
DROP_INS = "/etc/ssh/sshd_config.d"
COLLECTORS = "/etc/lumenmon/collectors.d"
AGENT = "/var/lib/lumenmon-agentd"
RESTART = "lumenmonctl restart"
EXPIRED = "/root/expired.pem"
"""A certificate of 2020 with its key, which the test lays down."""


@dataclass(frozen=True)
class Broken:
    """A state that must be named: ``breaks`` and ``mends`` are shell lines on the host.

    ``text``, a pattern, and ``remedy`` are in the same line of both ``status`` and ``doctor``. What
    is ``together`` hides nothing of the others that are, so all are broken at the same time.
    """

    name: str
    breaks: str
    text: str
    remedy: str
    mends: str
    together: bool = False


def _file(path: str, text: str, mode: str = "755") -> str:
    return (
        f"mkdir -p $(dirname {path}); printf '#!/bin/sh\\n{text}\\n' >{path}; chmod {mode} {path}"
    )


def _kills(unit: str) -> str:
    """Kill a service twice, each time as soon as it runs."""
    once = (
        f'until p=$(systemctl show -p MainPID --value {unit}) && [ $p != 0 ] && [ $p != "$old" ];'
        " do sleep 0.1; done; kill -9 $p; old=$p; "
    )
    return f"old=0; {once}{once}"


def _takes(unit: str, port: int) -> str:
    program = f"import socket, time; held = socket.create_server(('', {port})); time.sleep(600)"
    return (
        f"systemctl stop {unit}.socket {unit}.service 2>/dev/null; "
        f'setsid /usr/bin/python3 -c "{program}" >/dev/null 2>&1 & '
        f"until ss -Hltn sport = :{port} | grep -q .; do sleep 0.1; done; "
        f"systemctl start {unit}.socket 2>/dev/null; true"
    )


def _frees(port: int) -> str:
    return (
        f"kill $(ss -Hltnp sport = :{port} | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p'); "
        f"while ss -Hltn sport = :{port} | grep -q .; do sleep 0.1; done; lumenmonctl start"
    )


def _mistake(path: str) -> str:
    return f"echo 'nonsense = 1' >>{path}"


def _corrects(path: str) -> str:
    return f"sed -i '$d' {path}; {RESTART}"


_NO_CERTIFICATE = f"rm {TLS}/*.pem; {RESTART}"

CONSOLE = (
    Broken(
        "a mistake in lumenmond.toml, before the restart", _mistake(TOML),
        r"unknown key: nonsense; lumenmond and lumenmond-web still run",
        f"sudoedit {TOML}; then: sudo lumenmonctl restart", _corrects(TOML),
    ),
    Broken(
        "a mistake in lumenmond.toml, after the restart",
        f"{_mistake(TOML)}; systemctl restart --no-block lumenmond lumenmond-web",
        r"line \d+: unknown key: nonsense$", "sudo lumenmonctl restart", _corrects(TOML),
    ),
    Broken(
        "a file that lumenmond cannot read", f"chmod 600 {TOML}",
        "cannot be read by lumenmon", f"sudo chmod 644 {TOML}", f"chmod 644 {TOML}",
    ),
    Broken(
        "lumenmond ends again and again", _kills("lumenmond.service"),
        r"restarted \d+ times", "sudo journalctl -e -u lumenmond.service", RESTART,
    ),
    Broken(
        "the dashboard ends again and again", _kills("lumenmond-web.service"),
        r"restarted \d+ times", "sudo journalctl -e -u lumenmond-web.service", RESTART,
    ),
    Broken(
        "the dashboard's port is taken", _takes("lumenmond-web", 8080),
        r"port 8080 of the dashboard is taken by python3 \(process \d+\)",
        "sudo lumenmonctl start", _frees(8080),
    ),
    Broken(
        "the agents' port is taken", _takes("lumenmon-ssh", 2345),
        r"port 2345 of agents is taken by python3 \(process \d+\)",
        "sudo lumenmonctl start", _frees(2345),
    ),
    Broken(
        "a certificate that is none",
        f"echo junk >{TLS}/certificate.pem; install -m 600 {TLS}/certificate.pem {TLS}/key.pem",
        "the file has no certificate in PEM", "remove both files", _NO_CERTIFICATE,
    ),
    Broken(
        "a certificate that has expired",
        f"cp {EXPIRED} {TLS}/certificate.pem; install -m 600 {EXPIRED} {TLS}/key.pem",
        "has expired: browsers refuse it", "sudo systemctl restart lumenmond-web", _NO_CERTIFICATE,
    ),
    Broken(
        "the key of another certificate",
        f"cp {EXPIRED} {TLS}/certificate.pem; ssh-keygen -q -t ecdsa -m PEM -N '' -f {TLS}/key.pem",
        "the key is not the certificate's", "put a certificate and its key",
        f"rm {TLS}/*.pub; {_NO_CERTIFICATE}",
    ),
    Broken(
        "a certificate without its key", f"cp {EXPIRED} {TLS}/certificate.pem",
        "key.pem is missing", f"remove {TLS}/certificate.pem", _NO_CERTIFICATE,
    ),
    Broken(
        "the wrong owner of the database", "chown root: /var/lib/lumenmon/metrics.db",
        "metrics.db .*not lumenmon's alone", "sudo chown -Rh lumenmon: /var/lib/lumenmon",
        "chown lumenmon: /var/lib/lumenmon/metrics.db", together=True,
    ),
    Broken(
        "the wrong mode of a directory", "chmod 777 /var/lib/lumenmon-host/invites",
        "invites: 0777 root:root instead of 0700", "sudo chmod 0700",
        "chmod 700 /var/lib/lumenmon-host/invites", together=True,
    ),
    Broken(
        "a socket that is stopped", "systemctl stop lumenmond-host.socket",
        "stopped", "sudo lumenmonctl start", "lumenmonctl start", together=True,
    ),
    Broken(
        "a unit that is masked", "systemctl mask --now --runtime lumenmond-sweep.timer",
        "masked", "sudo systemctl unmask --runtime lumenmond-sweep.timer",
        "systemctl unmask --runtime lumenmond-sweep.timer; lumenmonctl start", together=True,
    ),
    Broken(
        "the host keys are gone", "mkdir /root/keys; mv /etc/ssh/ssh_host_* /root/keys/",
        "the host keys are gone: nobody can connect", "sudo ssh-keygen -A",
        "mv /root/keys/* /etc/ssh/; rmdir /root/keys",
    ),
    Broken(
        "the rules of sshd are removed", f"mv {DROP_INS}/00-lumenmon.conf /root/",
        "00-lumenmon.conf is missing", "sudo /usr/lib/lumenmon/host apply-sshd",
        "/usr/lib/lumenmon/host apply-sshd",
    ),
    Broken(
        "the rules of sshd are changed",
        f"sed -i 's/PermitTTY no/PermitTTY yes/' {DROP_INS}/00-lumenmon.conf",
        "00-lumenmon.conf was changed", "sudo /usr/lib/lumenmon/host apply-sshd",
        "/usr/lib/lumenmon/host apply-sshd",
    ),
    Broken(
        "sshd has not read the rules",
        f"mv {DROP_INS}/00-lumenmon.conf /root/; systemctl restart ssh.service;"
        " /usr/lib/lumenmon/host apply-sshd",
        "port 22: sshd has not read the rules", "sudo systemctl reload ssh",
        "systemctl reload ssh.service",
    ),
    Broken(
        "rules of an administrator win against those of agents",
        f"printf 'Match User id_*\n\tForceCommand /bin/false\n' >{DROP_INS}/00-admin.conf",
        "00-admin.conf comes earlier and wins", "move that block to a file that sorts after 00-",
        f"rm {DROP_INS}/00-admin.conf", together=True,
    ),
    Broken(
        "a failed unit of the host", "systemd-run -q --unit=broken false",
        "1 unit of this host failed: broken.service", "systemctl status broken.service",
        "systemctl reset-failed broken", together=True,
    ),
)  # fmt: skip

AGENT_STATES = (
    Broken(
        "a mistake in lumenmon-agentd.toml, before the restart", _mistake(AGENT_TOML),
        "unknown key: nonsense; lumenmon-agentd still runs",
        f"sudoedit {AGENT_TOML}; then: sudo lumenmonctl restart", _corrects(AGENT_TOML),
    ),
    Broken(
        "a mistake in lumenmon-agentd.toml, after the restart",
        f"{_mistake(AGENT_TOML)}; systemctl restart --no-block lumenmon-agentd",
        r"line \d+: unknown key: nonsense$", "sudo lumenmonctl restart", _corrects(AGENT_TOML),
    ),
    Broken(
        "the agent ends again and again", _kills("lumenmon-agentd.service"),
        r"restarted \d+ times", "sudo journalctl -e -u lumenmon-agentd.service", RESTART,
    ),
    Broken(
        "console.json is damaged, before the restart",
        f"cp -p {AGENT}/console.json /root/; echo junk >{AGENT}/console.json",
        "console.json is damaged", "register --force", f"cp -p /root/console.json {AGENT}/",
    ),
    Broken(
        "console.json is damaged, after the restart",
        f"cp -p {AGENT}/console.json /root/; echo junk >{AGENT}/console.json;"
        " systemctl restart --no-block lumenmon-agentd",
        "the agent cannot start: .*console.json is damaged", "register --force",
        f"cp -p /root/console.json {AGENT}/; {RESTART}",
    ),
    Broken(
        "the wrong owner of the agent's key", f"chown root: {AGENT}/id_ed25519",
        "id_ed25519 .*not lumenmon-agentd's alone", "sudo chown -Rh lumenmon-agentd:",
        f"chown lumenmon-agentd: {AGENT}/id_ed25519", together=True,
    ),
    Broken(
        "a spool that the agent cannot write", f"chmod 500 {AGENT}/spool",
        "spool: 0500 .* instead of 0700", "chmod 0700", f"chmod 700 {AGENT}/spool", together=True,
    ),
    Broken(
        "the pinned host key is gone", f"mv {AGENT}/known_hosts /root/",
        "known_hosts: No such file", "register", f"mv /root/known_hosts {AGENT}/", together=True,
    ),
    Broken(
        "a collector that fails", _file(f"{COLLECTORS}/pulse/fails", "echo no disk >&2; exit 3"),
        "pulse/fails: exit status 3: no disk", "sudo runuser -u lumenmon-agentd -- ",
        f"rm {COLLECTORS}/pulse/fails", together=True,
    ),
    Broken(
        "a collector that hangs", _file(f"{COLLECTORS}/pulse/hangs", "exec sleep 700"),
        "pulse/hangs: does not end", "sudo runuser",
        f"rm {COLLECTORS}/pulse/hangs; pkill -xf 'sleep 700'; true", together=True,
    ),
    Broken(
        "a slow collector that fails",
        f"{_file(f'{COLLECTORS}/cycle/slow', 'exit 4')}; systemctl start lumenmon-collect@cycle",
        "cycle/slow: exit status 4", "sudo systemctl start lumenmon-collect@cycle",
        f"rm {COLLECTORS}/cycle/slow; systemctl start lumenmon-collect@cycle", together=True,
    ),
    Broken(
        "a collector that is not executable", _file(f"{COLLECTORS}/report/x", "", "644"),
        "report/x cannot be executed", "sudo chmod 755", f"rm {COLLECTORS}/report/x", together=True,
    ),
    Broken(
        "a collector that others may write", _file(f"{COLLECTORS}/report/y", "", "777"),
        "report/y is not root's alone", "sudo chmod go-w", f"rm {COLLECTORS}/report/y",
        together=True,
    ),
    Broken(
        "a collector in an unknown directory", _file(f"{COLLECTORS}/hourly/x", ""),
        "hourly is no rhythm", "the rhythms are pulse", f"rm -r {COLLECTORS}/hourly", together=True,
    ),
    Broken(
        "a timer that is stopped", "systemctl stop lumenmon-collect@cycle.timer",
        "stopped", "sudo lumenmonctl start", "lumenmonctl start", together=True,
    ),
)  # fmt: skip
