"""All that a package could leave behind on a host, to compare before and after."""

from __future__ import annotations

from lab import Host

SYSTEM_USERS = ("lumenmon", "lumenmon-web", "lumenmon-agentd")
SYSTEM_GROUPS = (*SYSTEM_USERS, "lumenmon-agents", "lumenmon-enroll")
"""Debian's policy keeps a package's own locked system users and groups."""

SNAPSHOT = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /debs \
    -o -path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt \
    -o -path /var/lib/systemd -o -path /root -o -path /var/tmp -o -path /etc/.pwd.lock \) -prune \
    -o ! -name '*.pyc' ! -name __pycache__ ! -name '*-' \
    -printf '%p %y %m %u:%g %l\n'
find /etc -type f ! -name '*-' ! -name passwd ! -name shadow ! -name group ! -name gshadow \
    ! -name ld.so.cache ! -name .pwd.lock -exec sha256sum {} +
sed 's/^/passwd /' /etc/passwd
sed 's/^/group /' /etc/group
sed 's/^/subid /' /etc/subuid /etc/subgid
ss -Hltn | sed 's/  */ /g; s/^/listens /'
systemctl list-unit-files --plain --no-legend | sed 's/^/unit /'
sshd -T
"""


def snapshot(host: Host) -> set[str]:
    """All that a package could leave behind, as lines."""
    return set(host.run(f"{{ {SNAPSHOT} }} 2>/dev/null", timeout=120).stdout.splitlines())


def ours(line: str) -> bool:
    """Whether a line of a snapshot is one of the system users and groups that may stay."""
    kind, _, rest = line.partition(" ")
    name = rest.partition(":")[0]
    return (kind == "passwd" and name in SYSTEM_USERS) or (
        kind == "group" and name in SYSTEM_GROUPS
    )
