"""File systems: how full each real one is, in bytes and inodes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from lumenmon.metrics import Metric
from lumenmon.wire import Type
from lumenmon_agentd.collector import Reading
from lumenmon_agentd.collectors.names import Names

FULLEST = Metric("generic_disk", Type.REAL, "use of the fullest file system, as df shows it")
FULLEST_INODES = Metric(
    "generic_disk_inodes_percent", Type.REAL, "use of inodes in the file system with the fewest"
)
ONE = Metric(
    "generic_disk_<slug>_percent", Type.REAL,
    "use of one file system, as df shows it; / is called root, /var/log var_log",
)  # fmt: skip
ONE_INODES = Metric(
    "generic_disk_<slug>_inodes_percent", Type.REAL,
    "inodes in use; absent where the file system makes them as needed",
)  # fmt: skip
ONE_FREE = Metric(
    "generic_disk_<slug>_free_bytes", Type.INTEGER, "space that is left for ordinary users"
)
METRICS = (FULLEST, FULLEST_INODES, ONE, ONE_INODES, ONE_FREE)

MAX_FILESYSTEMS = 64
"""File systems that get metrics of their own; the fullest is looked for among all."""
# Network file systems and FUSE are left out: statvfs hangs when their server does. So are
# read-only images, which are always full.
_REAL = frozenset({
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "nilfs2", "bcachefs",
    "vfat", "msdos", "exfat", "ntfs", "ntfs3", "hfsplus", "ufs", "ubifs", "jffs2",
})  # fmt: skip
_OTHERS = ("/run/", "/proc/", "/sys/", "/dev/")  # what is mounted there is somebody's machinery


@dataclass(frozen=True)
class Mount:
    """One line of mountinfo: a file system (its device) and where it is."""

    device: str
    path: str
    kind: str


def parse(text: str) -> list[Mount]:
    """Read mountinfo (proc_pid_mountinfo(5)); of mounts at one place the last one is seen."""
    found: dict[str, Mount] = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if len(fields) >= 6:
            path = _unescape(fields[4])
            found.pop(path, None)
            found[path] = Mount(fields[2], path, kind[0])
    return list(found.values())


def _unescape(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def real(mounts: Iterable[Mount]) -> list[Mount]:
    """Return the real file systems' mounts, shortest path first; / counts in any case."""
    return sorted(
        (
            m
            for m in mounts
            if m.path == "/" or (m.kind in _REAL and not m.path.startswith(_OTHERS))
        ),
        key=lambda m: (len(m.path), m.path),
    )


def percent(used: int, free: int) -> float:
    """Return what part ``used`` is of both, as df does."""
    return used / (used + free) * 100 if used + free else 0.0


def collect(root: Path, exclude: Sequence[str] = ()) -> Iterator[Reading]:
    """Yield the use of every file system that can be reached, then of the fullest.

    Mount points that match a pattern of ``exclude`` are left out.
    """
    give = Names((ONE.name, ONE_INODES.name, ONE_FREE.name), (FULLEST_INODES.name,)).give
    spaces, inodes = [], []
    for path, state in sorted(_states(root, exclude).items()):
        spaces.append(percent(state.f_blocks - state.f_bfree, state.f_bavail))
        if state.f_files:
            inodes.append(percent(state.f_files - state.f_ffree, state.f_ffree))
        if len(spaces) <= MAX_FILESYSTEMS:
            space, inode, free = give(path)
            yield Metric(space, Type.REAL, ONE.text), spaces[-1]
            if state.f_files:
                yield Metric(inode, Type.REAL, ONE_INODES.text), inodes[-1]
            yield Metric(free, Type.INTEGER, ONE_FREE.text), state.f_bavail * state.f_frsize
    if spaces:
        yield FULLEST, max(spaces)
    if inodes:
        yield FULLEST_INODES, max(inodes)


def _states(root: Path, exclude: Sequence[str]) -> dict[str, os.statvfs_result]:
    """Look at each file system once, at the first of its mounts that can be reached."""
    found: dict[str, os.statvfs_result] = {}
    seen: set[str] = set()
    for mount in real(parse(_mountinfo(root))):
        if any(fnmatchcase(mount.path, pattern) for pattern in exclude):
            continue
        place = root / mount.path.lstrip("/")
        try:
            # a single file is mounted into a container
            if mount.device in seen or not place.is_dir():
                continue
            state = os.statvfs(place)
        except OSError:
            continue  # below a directory that others may not enter, or just unmounted
        seen.add(mount.device)
        if state.f_blocks:
            found[mount.path] = state
    return found


def _mountinfo(root: Path) -> str:
    # Our own mounts are the sandbox's; those of PID 1 are the host's.
    try:
        return (root / "proc/1/mountinfo").read_text(errors="surrogateescape")
    except OSError:
        return (root / "proc/self/mountinfo").read_text(errors="surrogateescape")
