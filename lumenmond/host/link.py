"""Whether a link for a port of this host works and does no harm, asked before it is made."""

from __future__ import annotations

from lumenmon.ctl import Mark
from lumenmon.errors import LumenmonError
from lumenmon.invite import DEFAULT_PORT
from lumenmond.host import doctor, inforce, obstacles, sshd
from lumenmond.host.obstacles import Kind


def check(port: int, *comers: Kind) -> bool:
    """Raise LumenmonError when a link for a port would not work or do harm.

    Where our rules do not hold, by sshd's files or as it runs, the password of an invite would
    open forwards, and keys would be refused. Where sshd lets none of the ``comers`` in, nobody
    could use it. Returns false where nothing listens on this host: the port must be forwarded to
    2345.
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
    if any(place.port == port for place in inforce.of_the_system()):
        for obstacle in obstacles.shut_out(*comers):
            raise LumenmonError(f"cannot make a link: {obstacle.text}", obstacle.remedy)
    return True
