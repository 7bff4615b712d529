"""A terminal on a host: tmux, in which a test presses keys and reads the screen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab import Host

TMUX = ["tmux", "-u", "-f", "/root/tmux.conf"]
SETTINGS = """\
set -g status off
set -s escape-time 10
set -sa terminal-features "*:RGB"
"""
"""Known before there is a session, so that a terminal has its size from the first moment on."""
UTF8 = {"LC_ALL": "C.UTF-8"}
PATIENCE = 60.0
"""Seconds that anything may take to come onto the screen: it takes one, on a host that is idle."""


@dataclass(frozen=True)
class Terminal:
    """A tmux server of its own on a host, since one that was ended takes a while to go."""

    host: Host
    name: str

    def tmux(self, *words: str, check: bool = True) -> str:
        """Run a command of tmux."""
        return self.host.run([*TMUX, "-L", self.name, *words], env=UTF8, check=check).stdout

    def open(self, command: str, columns: int = 80, rows: int = 24, **env: str) -> None:
        """Start a command in a terminal of that size."""
        settings = " ".join(f"{name}={value}" for name, value in {**UTF8, **env}.items())
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"env {settings} {command}; echo ended $?; exec sleep 600")  # fmt: skip

    def keys(self, *keys: str) -> None:
        """Press keys, as tmux names them."""
        for key in keys:
            self.tmux("send-keys", key)

    def click(self, column: int, row: int) -> None:
        """Click as a terminal reports it: the button, and the place counted from 1."""
        place = chr(32 + column) + chr(32 + row)
        self.tmux("send-keys", "-l", f"\x1b[M {place}\x1b[M#{place}")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *options: str) -> str:
        """What is on the screen."""
        return self.tmux("capture-pane", "-p", *options)

    def see(self, pattern: str) -> str:
        """Wait until the screen has something on it, and return the screen."""
        return self.until(lambda shown: bool(re.search(pattern, shown)), pattern)

    def until(self, holds: Callable[[str], bool], what: str, *options: str) -> str:
        """Wait until all of something holds for one screen, which may be drawn in pieces."""
        end = time.monotonic() + PATIENCE
        while not holds(shown := self.screen(*options)):
            assert time.monotonic() < end, f"never seen: {what}\n{shown}"
            time.sleep(0.2)
        return shown
