"""Write the man pages that repeat what the code says, or say that they are out of date.

pages.py [--check]     lumenmon-metrics(7) from the collectors, lumenmon-events(7) from the catalog
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "lumenmon-agentd")]

from lumenmon import __version__  # noqa: E402
from lumenmon.metrics import Metric  # noqa: E402
from lumenmon_agentd import beats  # noqa: E402
from lumenmon_agentd.collectors import COLLECTORS  # noqa: E402

PACKAGING = ROOT / "packaging"
HEAD = f"""\
.TH {{name}} 7 2026-11-28 "lumenmon {__version__}" "lumenmon"
.SH NAME
{{name}} \\- {{text}}
"""
EVENT = re.compile(r"^# ([a-z-]+)\n-- \S+\nSubject: (.*)\n(?:\S+: .*\n)+\n((?:(?!# ).*\n)+)", re.M)
METRICS = """\
.SH DESCRIPTION
What an agent measures of itself and its host.
.I <slug>
stands for a mount point, an interface or a sensor.
A metric's unit is told by the end of its name:
.BR _percent ,
.BR _bytes ,
.BR _bytes_per_second ,
.BR _seconds ,
.B _celsius
and others; so it is with metrics of one's own.
Those that a host has nothing for are absent.
The name of a collector is what
.B disabled
and
.B intervals
in
.BR lumenmon\\-agentd.toml (5)
want.
"""
EVENTS = """\
.SH DESCRIPTION
What lumenmon writes to the journal carries the word of the event as
.BR LUMENMON_EVENT= ,
and the agent that it is about as
.BR LUMENMON_AGENT= .
.B journalctl \\-x
explains each at its place.
.IP
.EX
journalctl LUMENMON_AGENT=id_0123456789abcdef
journalctl \\-x LUMENMON_EVENT=sample\\-rejected
.EE
.SH EVENTS
"""


def escape(text: str) -> str:
    """Return a text as roff has it."""
    return text.replace("\\", "\\e").replace("-", "\\-")


def metric(each: Metric) -> Iterator[str]:
    """Yield the lines of a metric."""
    unit = f", {each.unit}" if each.unit else ""
    yield f".TP\n\\fB{escape(each.name)}\\fR ({each.type.value}{unit})"
    yield escape(each.text)


def metrics() -> str:
    """Return lumenmon-metrics(7)."""
    name = escape("lumenmon-metrics")
    lines = [HEAD.format(name=name, text="what an agent of lumenmon measures") + METRICS.rstrip()]
    for each in COLLECTORS:
        lines.append(f".SH {each.name.upper()}\nCollector {each.name}, {each.rhythm.value}.")
        lines += [line for one in each.metrics for line in metric(one)]
    lines.append(".SH AGENT\nOf the agent itself, breathe.")
    lines += [line for one in beats.METRICS for line in metric(one)]
    lines.append(".SH SEE ALSO\n.BR lumenmon\\-agentd (8),\n.BR lumenmon\\-wire (7)")
    return "\n".join(lines) + "\n"


def events() -> str:
    """Return lumenmon-events(7)."""
    text = (PACKAGING / "lumenmon.catalog").read_text() + "\n"
    name = escape("lumenmon-events")
    lines = [HEAD.format(name=name, text="what lumenmon writes to the journal") + EVENTS.rstrip()]
    for word, subject, story in EVENT.findall(text):
        told = re.sub(r"@LUMENMON_AGENT@", "NAME", story.strip())
        paragraphs = [" ".join(part.split()) for part in told.split("\n\n")]
        lines.append(f".TP\n\\fB{escape(word)}\\fR\n{escape(subject)}.")
        lines += [f".IP\n{escape(part)}" for part in paragraphs]
    lines.append(".SH SEE ALSO\n.BR journalctl (1),\n.BR lumenmonctl (1)")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write both, or tell which one is out of date."""
    status = 0
    for name, text in (("lumenmon-metrics.7", metrics()), ("lumenmon-events.7", events())):
        path = PACKAGING / "man" / name
        if path.exists() and path.read_text() == text:
            continue
        if "--check" in sys.argv[1:]:
            print(f"{path.relative_to(ROOT)} is out of date: dev/updateman")
            status = 1
        else:
            path.write_text(text)
            print(f"{path.relative_to(ROOT)} written")
    return status


if __name__ == "__main__":
    sys.exit(main())
