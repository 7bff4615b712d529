"""``lumenmonctl backup`` and ``restore``: a console into one file, and back."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from lumenmon import asuser, paths, request, term
from lumenmon.ctl import common, service
from lumenmon.errors import EXIT_OK, ConfigError, LumenmonError
from lumenmond.host import archive, recover, sshd
from lumenmond.store import auth
from lumenmond.store.backup import examine, examine_version, image

DAEMON, WEB = "lumenmon", "lumenmon-web"
COPY = ".backup-"
"""Begins the name of the database's copy, with the number of its process."""
"""The users that own the databases."""
LONGEST = 24 * 3600.0
"""Seconds that copying a database may take."""
BACKUP_DETAILS = """\
Everything goes on meanwhile. FILE holds the database with the agents' names
and tags, their accounts and keys, lumenmond.toml, and the dashboard's
passwords, sessions and tokens; with --host-key, the SSH host key of port 2345
too, so that a restored console on another host is the same one to its agents.
Not in it: a TLS certificate, and what was changed of systemd's units. Keep it
where only root can read it."""
RESTORE_DETAILS = """\
Reads and checks all of FILE before anything is changed. The database and the
lumenmond.toml that were there are kept beside the restored ones. Agents that
were let in since the backup stay, and those that were removed since come back.
With a backup made with --host-key, agents come to a new host by themselves as
soon as the console's name or address leads to it."""


def backup_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``backup``."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what to write, as lumenmon.tar.gz")
    parser.add_argument("--host-key", action="store_true", help="with the host key of port 2345")
    parser.add_argument("-f", "--force", action="store_true", help="replace a file that is there")


def restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``restore``."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what backup wrote")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


ENDS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""What a terminal, a person or systemd ends a command with."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Let what would end the command at once clean up first, as Ctrl-C does."""
    ending = [each for each in ENDS if signal.getsignal(each) is not signal.SIG_IGN]
    with _handled(ending, _interrupt):
        yield


@contextmanager
def to_the_end() -> Iterator[None]:
    """Bring what has begun to its end, whatever becomes of the terminal meanwhile."""
    with _handled(ENDS, signal.SIG_IGN):
        yield


@contextmanager
def _handled(which: Sequence[signal.Signals], how: Any) -> Iterator[None]:
    before = {each: signal.signal(each, how) for each in which}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


class Progress:
    """A line that says how far it is, on a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show it, four times a second at most."""
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.25
        share = min(done * 100 // max(total, 1), 100)
        text = f"{what}  {share:3} %  {term.amount(done, 'B')}"
        self._print(text)

    def say(self, text: str) -> None:
        """Show what takes a while, and nobody knows how long."""
        if self._shown:
            self._print(text)

    def _print(self, text: str) -> None:
        shown = term.colour(text, "dim", sys.stderr)
        print(f"\r\x1b[K{shown}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def backup(args: argparse.Namespace) -> int:
    """Write a backup."""
    common.need_root()
    target = Path(os.path.abspath(args.file))  # noqa: PTH100  # a link at its end is replaced
    if target.is_dir():
        line = shlex.join(["sudo", "lumenmonctl", "backup", str(args.file / "lumenmon.tar.gz")])
        hint = f"name a file in it: {line}"
        raise LumenmonError(f"{term.printable(str(target))} is a directory", hint)
    if target.exists() and not args.force:
        hint = f"replace it: {common.typed('--force')}"
        raise LumenmonError(f"{term.printable(str(target))} is there already", hint)
    if not target.parent.is_dir():
        parent = str(target.parent)
        hint = f"make it: sudo mkdir -p {shlex.quote(parent)}"
        raise LumenmonError(f"there is no directory {term.printable(parent)}", hint)
    progress = Progress()
    asuser.call(DAEMON, _clear)
    copy = paths.STATE / f"{COPY}{os.getpid()}.db"
    with interruptible():
        try:
            _copy(copy, progress)
            with asuser.open_file(DAEMON, copy) as file, archive.staging() as place:
                size = os.fstat(file.fileno()).st_size
                members = [archive.Member(archive.DATABASE, size, lambda: file), *_web(place)]
                members += archive.contents(host_key=args.host_key)
                manifest = archive.pack(target, members, progress)
        finally:
            asuser.call(DAEMON, lambda: copy.unlink(missing_ok=True))
            progress.end()
    packed = term.amount(target.stat().st_size, "B")
    print(f"{term.colour(term.printable(str(target)), 'green')}: {packed}, {_words(manifest)}")
    if not args.host_key:
        line = common.typed("--host-key", "--force")
        print(common.remedy(f"for a move to another host: {line}", 0))
    return EXIT_OK


def _clear() -> None:
    """Remove the copies of backups that were killed."""
    for old in archive.abandoned(paths.STATE, COPY):
        old.unlink(missing_ok=True)


def _words(manifest: archive.Manifest) -> str:
    count = len(manifest.agents)
    parts = [term.counted(count, "agent")]
    parts += ["the dashboard's logins"] * (archive.WEB in manifest.sums)
    parts += ["the host key"] * (archive.HOST_KEY in manifest.sums)
    return ", ".join(parts)


def _copy(copy: Path, progress: Progress) -> None:
    """Have lumenmond copy the database, and look at how far it is."""
    status = request.call(paths.CONTROL_SOCKET, "status")
    total = request.read_result(status, database_bytes=int)["database_bytes"]
    failed: list[LumenmonError] = []

    def ask() -> None:
        try:
            request.call(paths.CONTROL_SOCKET, "backup", LONGEST, path=str(copy))
        except LumenmonError as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    part = copy.with_name(copy.name + ".part")
    while asking.is_alive():
        with suppress(OSError):
            progress("copying", part.lstat().st_size, total)
        asking.join(0.25)
    if failed:
        raise failed[0]


def _web(place: Path) -> list[archive.Member]:
    """Return the dashboard's logins, which its own user copies into a file of root's."""
    source, copy = paths.WEB_STATE / "auth.db", place / "auth.db"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(copy, flags, 0o600), "wb") as file:

        def write() -> bool:
            if not os.path.lexists(source):
                return False
            file.write(image(source))
            file.flush()
            return True

        there = asuser.call(WEB, write)
    return [archive.Member.of(archive.WEB, copy)] if there else []


def restore(args: argparse.Namespace) -> int:
    """Put a backup in place."""
    common.need_root()
    progress = Progress()
    with interruptible(), ExitStack() as rest, archive.staging() as place:
        try:
            manifest = archive.unpack(args.file, place, progress)
            progress.say("checking the databases")
            found = examine(place / archive.DATABASE)
            if archive.WEB in manifest.sums:
                examine_version(place / archive.WEB, len(auth.MIGRATIONS))
        finally:
            progress.end()
        wanted, keys = recover.check_uids(place), recover.keys(place, manifest)
        recover.check_host_key(place)
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(manifest.created))
        print(
            f"A backup of {term.printable(manifest.host)} from {made}: {_words(manifest)},"
            f" {found.metrics} metrics, {term.amount(found.bytes, 'B')}."
        )
        _leave_out_config(place)
        common.confirm("Put it in the place of what this console has?", yes=args.yes)
        names = [unit for side in common.sides() if side.name == "console" for unit in side.units]
        rest.enter_context(to_the_end())
        try:
            service.stop_units(names)
            before, notes = _put(place, manifest, wanted, keys)
        finally:
            common.change(["systemctl", "start", *names])
        with suppress(OSError):  # it is done, whoever listens
            _tell(manifest, before, notes)
    return EXIT_OK


def _tell(manifest: archive.Manifest, before: list[Path], notes: list[str]) -> None:
    for note in notes:
        print(note)
    print(f"{term.colour('restored', 'green')}; how it is: lumenmonctl status")
    if before:
        print(f"what was there before: {', '.join(map(str, before))}")
    if archive.HOST_KEY not in manifest.sums:
        print(
            common.remedy("the backup has no host key: agents of another host refuse this one", 0)
        )


def _leave_out_config(place: Path) -> None:
    """Take a configuration that would keep lumenmond from starting out of what is restored."""
    try:
        recover.check_config(place)
    except ConfigError as error:
        print(f"{term.colour('!', 'yellow')} in the backup, {term.printable(error.message)}")
        print(common.remedy(f"this console's own {recover.CONFIG} stays", 0))
        (place / archive.CONFIG).unlink()


def _put(
    place: Path, manifest: archive.Manifest, wanted: dict[str, int], keys: dict[str, Any]
) -> tuple[list[Path], list[str]]:
    """Put all parts in place, the database last; prints nothing, since nobody may listen.

    Returns where those that were there are, and lines for a person.
    """
    notes = []
    if made := recover.put_agents(wanted, keys):
        notes.append(term.colour(f"[#] {term.counted(len(made), 'account')} made", "dim"))
    if archive.HOST_KEY in manifest.sums:
        recover.put_host_key(place)
        notes += [common.remedy(note, 0) for note in sshd.apply()]
    before = [recover.put_config(place)]
    if archive.WEB in manifest.sums and paths.WEB_STATE.is_dir():
        recover.put_database(place / archive.WEB, paths.WEB_STATE / "auth.db", WEB, 0o600)
    before.append(recover.put_database(place / archive.DATABASE, paths.DATABASE, DAEMON, 0o640))
    return [path for path in before if path], notes
