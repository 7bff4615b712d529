"""The system lab: real Debian hosts under systemd-nspawn, for tests and for trying things out.

    with Network("demo") as network:
        console = Host.boot(Image.get("bookworm"), "console", network)
        agent = Host.boot(Image.get("trixie"), "agent", network)
        agent.run(["ping", "-c1", "console"])

Needs root and Debian's mmdebstrap, systemd-container, iproute2, nftables and openssh-client.
"""

from .errors import LabError
from .host import Host
from .image import BARE, NEXT, RELEASES, Image
from .network import Network
from .process import Result

__all__ = ["BARE", "NEXT", "RELEASES", "Host", "Image", "LabError", "Network", "Result"]
