"""Every collector, in one explicit table: name, rhythm, function and what it yields.

Collectors read /proc, /sys, other local files and system calls: no network, no root and no
other programs, but for two: ``systemctl`` in units and ``apt-get`` in updates.
"""

from __future__ import annotations

from lumenmon_agentd.collector import Collector
from lumenmon_agentd.collectors import (
    cpu,
    diskio,
    filesystems,
    identity,
    load,
    memory,
    network,
    pressure,
    temperatures,
    units,
    updates,
    uptime,
)
from lumenmon_agentd.rhythm import Rhythm

COLLECTORS = (
    Collector("cpu", Rhythm.PULSE, cpu.Cpu(), cpu.METRICS),
    Collector("network", Rhythm.PULSE, network.Network(), network.METRICS),
    Collector("memory", Rhythm.BREATHE, memory.collect, memory.METRICS),
    Collector("load", Rhythm.BREATHE, load.collect, load.METRICS),
    Collector("diskio", Rhythm.BREATHE, diskio.DiskIo(), diskio.METRICS),
    Collector("pressure", Rhythm.BREATHE, pressure.Pressure(), pressure.METRICS),
    Collector("filesystems", Rhythm.CYCLE, filesystems.collect, filesystems.METRICS),
    Collector("temperatures", Rhythm.CYCLE, temperatures.collect, temperatures.METRICS),
    Collector("units", Rhythm.CYCLE, units.collect, units.METRICS),
    Collector("uptime", Rhythm.CYCLE, uptime.collect, uptime.METRICS),
    Collector("identity", Rhythm.REPORT, identity.collect, identity.METRICS),
    Collector("updates", Rhythm.REPORT, updates.collect, updates.METRICS),
)
