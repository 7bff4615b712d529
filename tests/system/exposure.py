"""How exposed each service may be, by what ``systemd-analyze security`` makes of its sandbox."""

from __future__ import annotations

WORST = {
    "lumenmon-agentd.service": 14,
    "lumenmon-collect@.service": 9,
    "lumenmon-ssh-log.service": 7,
    "lumenmon-ssh.service": 29,
    "lumenmond-accounts@.service": 15,
    "lumenmond-enroll@.service": 14,
    "lumenmond-host@.service": 14,
    "lumenmond-setup.service": 9,
    "lumenmond-sweep.service": 14,
    "lumenmond-web.service": 4,
    "lumenmond.service": 4,
}
"""The worst score that a service may have, times ten. sshd lets people in: nothing else may."""


def command(unit: str, name: str = "") -> list[str]:
    """The command that fails if a unit, or the file of this name, is too exposed."""
    shown = name or unit.replace("@.", "@x.")
    return ["systemd-analyze", "security", "--no-pager", f"--threshold={WORST[unit]}", shown]
