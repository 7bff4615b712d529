"""What an earlier process left in the spool, and how much of its position can be believed.

Sending something twice changes nothing, so whatever is in doubt is sent again: a position skips
what stands before it only where it fits the segments.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lumenmon import journal
from lumenmon_agentd.spool.place import Note, Place
from lumenmon_agentd.spool.position import Position
from lumenmon_agentd.spool.segment import Segment

START = Position(0, 0)
MAX_NUMBER = 10**12
"""No segment of ours has a higher number: a file's name does not decide how far they reach."""

log = logging.getLogger(__name__)


@dataclass
class Loaded:
    """What waits. ``unsaved``: the disk lacks this position; ``blind``: why it cannot be read."""

    segments: dict[int, Segment] = field(default_factory=dict)
    acked: Position = START
    dropped: int = 0
    dropped_at: float | None = None
    unsaved: bool = False
    next_number: int = 1
    unreadable: list[tuple[Path, OSError]] = field(default_factory=list)
    blind: OSError | None = None


def load(disk: Place, memory: Place | None) -> Loaded:
    """Read both places."""
    found = Loaded()
    for place in (disk, memory):
        if place is None:
            continue
        with suppress(OSError):  # a disk that cannot be written may still be read
            place.prepare()
        try:
            paths = place.segments()
        except FileNotFoundError:
            continue
        except OSError as error:
            if place is disk:
                found.blind = error
            continue
        for number, path in sorted(paths.items()):
            _segment(found, number, path)
    found.segments = dict(sorted(found.segments.items()))
    if found.blind:  # what waits there keeps its numbers for itself
        found.next_number = max(found.next_number, int(time.time()))
    else:
        _position(found, disk, memory)
    found.next_number = max(found.next_number, found.acked.segment + 1)
    return found


def _segment(found: Loaded, number: int, path: Path) -> None:
    if number > MAX_NUMBER:
        found.unreadable.append((path, OSError(0, "not a segment's number")))
        return
    found.next_number = max(found.next_number, number + 1)
    if number in found.segments:  # it was being moved to the disk, where it is whole
        path.unlink(missing_ok=True)
        return
    try:
        segment, unfinished = Segment.load(path)
    except OSError as error:
        found.unreadable.append((path, error))
        return
    if unfinished:
        log.warning("%s: cut %s bytes of an unfinished line", path.name, unfinished)
    found.segments[number] = segment


def _position(found: Loaded, disk: Place, memory: Place | None) -> None:
    kept = _read(memory) if memory else None
    # In memory no power cut can part the position from what it stands for.
    sure = found.unsaved = kept is not None
    on_disk = _read(disk)
    notes = [each for each in (kept, on_disk) if each]
    acked = notes[0].acked if notes else START
    found.dropped = max((each.dropped for each in notes), default=0)
    times = [each.dropped_at for each in notes if each.dropped_at is not None]
    if found.dropped:  # an older agent noted no time, and no clock tells of what is to come
        found.dropped_at = min(max(times, default=time.time()), time.time())
        found.unsaved = found.unsaved or found.dropped_at not in times
    waiting = [number for number, segment in found.segments.items() if segment.size]
    if not waiting:
        found.acked = acked if acked.segment <= MAX_NUMBER else START
        return
    oldest = Position(min(waiting), 0)
    if acked > oldest and not _fits(acked, found.segments):
        words = "the spool's position lies ahead of what waits: sending all of it again"
        journal.event(logging.WARNING, "spool-damaged", words)
        acked = oldest
    elif acked.segment > oldest.segment and not sure:
        acked = oldest  # a kill between noting it and deleting them, or a wrong position
    found.acked = acked


def _fits(position: Position, segments: dict[int, Segment]) -> bool:
    segment = segments.get(position.segment)
    try:
        return segment is not None and segment.is_line_start(position.offset)
    except OSError:
        return False


def _read(place: Place) -> Note | None:
    try:
        return place.load_position()
    except (OSError, ValueError) as error:
        words = "cannot read the spool's position: %s; sending all that waits again"
        reason = error.strerror if isinstance(error, OSError) else "damaged"
        journal.event(logging.WARNING, "spool-damaged", words, reason)
        return None
