"""The spool: samples wait here, in wire format, until the console has them for good.

``spool/`` holds append-only segments (``0000000012.wire``), each with its own headers, and
``position``: up to where the console acknowledged, and how many samples were dropped. A process
that starts never appends to a segment of the one before it, so that an acknowledged position
stays true even where a power cut took the end of a segment.

While the disk is full, read-only or failing, segments go to a spare directory in memory, which
outlives the process. What cannot be read is set aside in ``damaged/``, counted and named; what is
in doubt is sent again.

``queue`` is the whole; ``loading`` reads what an earlier process left; ``writer`` has the open
segment; ``place`` and ``segment`` are the files.
"""

from lumenmon_agentd.spool.errors import SpoolError
from lumenmon_agentd.spool.position import Position
from lumenmon_agentd.spool.queue import MAX_BYTES, Spool

__all__ = ["MAX_BYTES", "Position", "Spool", "SpoolError"]
