"""The uplink: sends the spool through one ssh and moves it on as the console acknowledges.

``protocol`` is the talk with the console, pure; ``child`` the ssh process and its pipes;
``connection`` joins them and decides when to begin again. What ssh could not bring over is sent
again from the last acknowledged position, so nothing is lost, and to send twice changes nothing.
"""

from lumenmon_agentd.uplink.connection import Uplink

__all__ = ["Uplink"]
