"""What keeps agents and invites out of port 22 although our rules hold there.

Port 2345 has a configuration of its own, which none of this is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lumenmon.ctl import Check, Mark
from lumenmond.host import inforce, passwd, sshd
from lumenmond.host.effective import Effective

_ONLY_22 = "(port 2345 has a configuration of its own)"
_SETTINGS = ("DenyUsers", "AllowUsers", "DenyGroups", "AllowGroups")


@dataclass(frozen=True)
class Kind:
    """Users of ours: ``user`` stands for all of them, ``pattern`` matches their names."""

    name: str
    user: str
    group: str
    pattern: str


AGENTS = Kind("agents", sshd.AGENT, passwd.AGENTS, "id_*")
INVITES = Kind("invites", sshd.INVITE, passwd.ENROLL, "reg_*")


def checks() -> Iterator[Check]:
    """Look for what keeps our users out of port 22: nothing is broken then; needs root."""
    sshd.prepare()
    if sshd.valid():  # the check of the rules says so
        return
    yield from shut_out(AGENTS, INVITES)
    if sshd.effective(sshd.AGENT).get("usepam") == "no":
        text = "port 22: UsePAM is no; our accounts work, locked ones of others do not"
        remedy = f"nothing to do for lumenmon; Debian's default is yes in {sshd.MAIN}"
        yield Check(Mark.WARN, text, remedy)


def shut_out(*kinds: Kind) -> Iterator[Check]:
    """Name each setting of the system's sshd that lets none of these users in."""
    found = [(kind, sshd.effective(kind.user)) for kind in kinds]
    for setting in _SETTINGS:
        out = [kind for kind, effective in found if _is_out(setting, kind, effective)]
        if out:
            names = " and ".join(kind.name for kind in out)
            text = f"port 22: {setting} keeps {names} out: none can log in there {_ONLY_22}"
            yield Check(Mark.WARN, text, _remedy(setting, out))


def _is_out(setting: str, kind: Kind, effective: Effective) -> bool:
    values = [
        each.split("@")[0] for text in effective.all(setting.lower()) for each in text.split()
    ]
    name = kind.user if setting.endswith("Users") else kind.group
    matches = any(fnmatchcase(name, each) for each in values)
    return matches if setting.startswith("Deny") else bool(values) and not matches


def _remedy(setting: str, out: list[Kind]) -> str:
    users = setting.endswith("Users")
    wanted = " ".join(kind.pattern if users else kind.group for kind in out)
    change = (
        f"take what matches {wanted} out of" if setting.startswith("Deny") else f"add {wanted} to"
    )
    where = f"sudo grep -rni {setting} {sshd.MAIN} {sshd.MAIN}.d"
    return f"where they are to come in there, {change} it: {where}; then: {inforce.RELOAD}"
