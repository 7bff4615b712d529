"""What ``status`` and ``doctor`` tell of too many connections, and where they come from."""

from __future__ import annotations

import pwd
from collections import Counter
from collections.abc import Iterable, Iterator

from lumenmon.ctl import Check, Mark, Part
from lumenmond.host import sessions, sshlog

MANY = 16
"""Connections at once above which an agent is no usual one; lumenmond takes no more."""


def parts() -> Iterator[Part]:
    """Yield a line of ``status`` when connections were refused in the last hour."""
    refused = sshlog.lately().refused
    if refused:
        yield Part(Mark.WARN, "port 2345", _refused(refused), f"{sshlog.SHOW} -g 'drop connection'")


def checks(agents: Iterable[str]) -> Iterator[Check]:
    """Look at the connections of the last hour and of now; needs root."""
    found = sshlog.lately()
    if found.refused:
        text = f"port 2345: {_refused(found.refused)}"
        yield Check(Mark.WARN, text, f"{sshlog.SHOW} -g 'drop connection'")
    unused: dict[str, Counter[str]] = {}
    for (agent, address), count in found.unused.items():
        unused.setdefault(agent, Counter())[address] = count
    for agent, sources in unused.items():
        text = f"connections of {agent} were ended in the last hour: they sent nothing."
        yield Check(Mark.WARN, f"{text} From {sshlog.named(sources)}", _remedy(agent))
    crowds = list(_crowds(agents, found))
    yield from crowds
    if not (found.refused or unused or crowds):
        yield Check(Mark.GOOD, "port 2345: no connection was refused in the last hour")


def _refused(sources: Counter[str]) -> str:
    return (
        "connections were refused in the last hour: too many came at once without a login."
        f" From {sshlog.named(sources)}"
    )


def _crowds(agents: Iterable[str], found: sshlog.Summary) -> Iterator[Check]:
    names = {pwd.getpwnam(name).pw_uid: name for name in agents}
    for uid, count in sessions.connections(names).most_common():
        if count <= MANY:
            break
        name = names[uid]
        sources = Counter({who[1]: n for who, n in found.accepted.items() if who[0] == name})
        where = f". Logins in the last hour from {sshlog.named(sources)}" if sources else ""
        text = f"{name} has {count} connections at once{where}"
        yield Check(Mark.WARN, text, _remedy(name))


def _remedy(agent: str) -> str:
    return f"if its key is in wrong hands: sudo lumenmonctl remove {agent}"
