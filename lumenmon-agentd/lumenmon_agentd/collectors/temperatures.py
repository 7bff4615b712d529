"""Temperatures of whatever has a sensor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading
from lumenmon_agentd.collectors.names import Names

MAX = Metric("generic_temp_max_celsius", Type.REAL, "the hottest of all sensors")
ONE = Metric(
    "generic_temp_<slug>_celsius", Type.REAL,
    "one sensor, called by its chip and its label: coretemp_Package_id_0",
)  # fmt: skip
METRICS = (MAX, ONE)

MAX_SENSORS = 64
"""Sensors that get metrics of their own; the hottest is looked for among all."""
# Thousandths of a degree. An input without its sensor reads as the end of the chip's range: 127 °C,
# or -128; no part of a running host is that hot.
_PLAUSIBLE = range(-55_000, 127_000)


def parse(text: str) -> float | None:
    """Read a sensor's value; None where it is none that a working sensor gives."""
    try:
        value = int(text)
    except ValueError:
        return None
    return value / 1000 if value in _PLAUSIBLE else None


def collect(root: Path) -> Iterator[Reading]:
    """Yield every sensor, then the hottest; nothing where there is none."""
    give = Names((ONE.name,), (MAX.name,)).give
    # The kernel's thermal zones are mostly the same sensors again.
    found = sorted(_chips(root)) or sorted(_zones(root))
    for thing, readable, value in found[:MAX_SENSORS]:
        yield Metric(give(thing, readable)[0], Type.REAL, ONE.text), value
    if found:
        yield MAX, max(value for _, _, value in found)


def _chips(root: Path) -> Iterator[tuple[str, str, float]]:
    for chip in (root / "sys/class/hwmon").glob("hwmon*"):
        name = _read(chip / "name") or chip.name
        # hwmon's own numbers change from boot to boot; the device's place does not
        place = str((chip / "device").resolve())
        for sensor in chip.glob("temp*_input"):
            number = re.sub(r"[^0-9]", "", sensor.name)
            value = parse(_read(sensor))
            if value is not None and _read(chip / f"temp{number}_fault") != "1":
                label = _read(chip / f"temp{number}_label") or f"temp{number}"
                yield f"{place} {label} {number}", f"{name} {label}", value


def _zones(root: Path) -> Iterator[tuple[str, str, float]]:
    for zone in (root / "sys/class/thermal").glob("thermal_zone*"):
        value = parse(_read(zone / "temp"))
        if value is not None:
            yield zone.name, _read(zone / "type") or zone.name, value


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""  # a sensor that sleeps or has no label answers with an error
