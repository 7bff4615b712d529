"""Whether a link for a port of this host works and does no harm, asked before it is made."""

from __future__ import annotations

from lumenmon.ctl import Mark
from lumenmon.errors import LumenmonError
from lumenmon.invite import DEFAULT_PORT
from lumenmond.host import doctor, inforce, sshd


def check(port: int) -> bool:
    """Raise LumenmonError when our rules do not hold on a port: by sshd's files, or as it runs.

    The password of an invite would open forwards there, and keys would be refused. Returns false
    where nothing listens on this host: the port must be forwarded to 2345.
    """
    if port == DEFAULT_PORT:
        return True
    in_force = inforce.holds_on(port)
    if in_force is None:
        return False
    sshd.prepare()
    for found in doctor.system():
        if found.mark is Mark.BAD:
            raise LumenmonError(f"cannot make a link: {found.text}", found.remedy)
    if not in_force:
        text = f"cannot make a link: sshd on port {port} has not read lumenmon's rules"
        raise LumenmonError(text, inforce.RELOAD)
    return True
