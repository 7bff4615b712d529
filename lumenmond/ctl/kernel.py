"""What the kernel gives the console's root helpers, and what it means where it does not."""

from __future__ import annotations

from collections.abc import Iterator

from lumenmon.ctl import Check, Mark
from lumenmond import landlock

_MISSING = (
    "this kernel has no Landlock: each root helper works and its mounts hold,"
    " but one that is taken over could see through /proc what they hide"
)
_REMEDY = (
    "nothing has to be done; to have it, boot a kernel with Landlock (a container has its host's),"
    " and without an lsm= that leaves it out: cat /proc/cmdline"
)


def checks() -> Iterator[Check]:
    """Look whether the kernel can restrict the root helpers; nothing is broken without it."""
    if landlock.is_there():
        yield Check(Mark.GOOD, "the kernel restricts the root helpers with Landlock")
    else:
        yield Check(Mark.WARN, _MISSING, _REMEDY)
