"""A clock that a test can set for one program of a host: nothing in a container can set the host's.

Every Python program of the host reads ``time.time`` through it once it is installed; those whose
name is in ``PROGRAMS`` see it moved by as many seconds as a file says.
"""

from __future__ import annotations

from lab import Host

PROGRAMS = ("lumenmond",)
_OFFSET = "/etc/lumenmon-test-clock"
_PACKAGES = "/usr/lib/python3/dist-packages"
_MODULE = f"""
import os, sys, time

def _shifted(real=time.time):
    with open("{_OFFSET}") as file:
        return real() + float(file.read())

if {{os.path.basename(word) for word in sys.orig_argv}} & set({PROGRAMS!r}):
    time.time = _shifted
"""


def install(host: Host) -> None:
    """Let the host's clock be set; it takes effect as the program starts again."""
    set_clock(host, 0)
    host.write(f"{_PACKAGES}/lumenmon_test_clock.py", _MODULE)
    host.write(f"{_PACKAGES}/lumenmon_test_clock.pth", "import lumenmon_test_clock\n")


def set_clock(host: Host, offset: float) -> None:
    """Set the clock to so many seconds ahead of the true time."""
    host.write(f"{_OFFSET}.new", f"{offset}\n")
    host.run(["mv", f"{_OFFSET}.new", _OFFSET])
