"""Metric names that depend on the host: made from mount points, sensors, interfaces."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from lumenmon.wire import NAME

MAX_NAME = 64


class Names:
    """Gives out metric names, each only once.

    A name is a template with ``<slug>`` in it, filled with the readable part of what it stands
    for. Where that is taken (``/var/log`` and ``/var_log``) or too long, six digits of a hash
    are added: the name stays the same as long as the thing itself does. Names that differ only
    in case are the same to the console, so they are here.
    """

    def __init__(self, templates: Iterable[str], taken: Iterable[str] = ()) -> None:
        self._templates = tuple(templates)
        self._taken = {name.lower() for name in taken}
        self._room = min(MAX_NAME - len(t) + len("<slug>") for t in self._templates)

    def give(self, thing: str, readable: str = "") -> tuple[str, ...]:
        """Return the names for ``thing``, one per template, in their order."""
        digest = hashlib.sha256(thing.encode(errors="surrogateescape")).hexdigest()[:6]
        plain = slug(readable or thing)
        for candidate in (plain, f"{plain[: self._room - 7]}_{digest}"):
            names = tuple(t.replace("<slug>", candidate) for t in self._templates)
            if self._taken.isdisjoint(n.lower() for n in names) and all(map(NAME.fullmatch, names)):
                break
        self._taken.update(n.lower() for n in names)
        return names


def slug(text: str) -> str:
    """Return the letters and digits of ``text``, joined by ``_``."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "root"
