"""``lumenmonctl uninstall``: take lumenmon off this host, and leave it as it was before."""

from __future__ import annotations

import argparse
import grp
import pwd
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from lumenmon import paths, run, term
from lumenmon.ctl import common, history, packages
from lumenmon.errors import EXIT_OK, LumenmonError

DETAILS = """\
Removes the packages, and those that came with them and that nothing else
needs. With the console go its port, its part of sshd's configuration and the
accounts of its agents. Data and configuration stay for the day that the
packages are installed again, unless --purge."""
STAY = ("openssh-server", "openssh-client", "openssh-sftp-server", "sudo", "systemd", "dbus")
"""What is never removed along: a person may have come in through it."""
DATA = {
    "lumenmond": (paths.STATE, paths.HOST_STATE, paths.WEB_STATE),
    "lumenmon-agentd": (paths.AGENT_STATE,),
}
DU_TIMEOUT = 60.0
"""Seconds for adding up the sizes of the files that would go."""
USERS = ("lumenmon-web", "lumenmon", "lumenmon-agentd")
"""The packages' own locked accounts, which Debian keeps when a package goes."""
GROUPS = ("lumenmon-agents", "lumenmon-enroll", *USERS)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``uninstall``."""
    parser.add_argument(
        "--purge", action="store_true", help="delete data, keys, configuration and system users too"
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def uninstall(args: argparse.Namespace) -> int:
    """Remove the packages."""
    common.need_root()
    here = packages.need_installed()
    names = list(here)
    others = [name for name in packages.removal(names) if name not in names]
    along = _along(names)
    print("\n".join(_plan(here, along, purge=args.purge)))
    if others:
        print(f"  {term.colour('!', 'yellow')} packages that need it: {' '.join(others)}")
    common.confirm("\nRemove lumenmon from this host?", yes=args.yes)
    word = "purge" if args.purge else "remove"
    print(term.colour(f"[#] apt-get {word} {' '.join([*names, *along])}", "dim"), flush=True)
    if status := packages.show([*packages.APT, "-y", word, *names, *along]):
        raise LumenmonError(
            f"apt-get ended with status {status}",
            "to mend what it says above: sudo apt-get --fix-broken install",
        )
    if args.purge:
        _forget_users()
        if paths.APT_SOURCE.exists():
            common.change(["rm", str(paths.APT_SOURCE)])
        print(f"{term.colour('removed', 'green')}; nothing of lumenmon is left")
    else:
        print(f"{term.colour('removed', 'green')}; data and configuration are kept")
        print(common.remedy(f"to delete them: sudo apt-get purge {' '.join(names)}", 0))
    return EXIT_OK


def _along(names: Sequence[str]) -> list[str]:
    """Return the packages that came with ours of themselves, and that nothing needs without them.

    Where nothing else was installed since, that is exactly what was not there before; else what
    something else recommends stays.
    """
    came = history.read(history.logs(), names)
    free = packages.removal(names, along=True, strict=not came.others_since)
    return [name for name in free if name in came.along and name not in STAY]


def _plan(here: dict[str, str], along: Sequence[str], *, purge: bool) -> Iterator[str]:
    """Yield what would go, and what would stay."""
    yield term.colour("This removes:", "bold")
    yield _row("packages", ", ".join(f"{name} {version}" for name, version in here.items()))
    if along:
        yield _row("with them", " ".join(along))
    if "lumenmond" in here:
        agents = sum(user.pw_name.startswith("id_") for user in pwd.getpwall())
        invites = sum(user.pw_name.startswith("reg_") for user in pwd.getpwall())
        yield _row("accounts", f"{agents} of agents, {invites} of invites")
        yield _row("ssh", "port 2345, /etc/ssh/sshd_config.d/00-lumenmon.conf")
    data = [path for name in here for path in DATA.get(name, ()) if path.exists()]
    kept = [f"{path} ({_size(path)})" for path in data]
    kept += [str(path) for path in (paths.CONFIG, paths.APT_SOURCE) if path.exists()]
    if purge:
        yield _row("for good", ", ".join(kept))
        yield _row("users", ", ".join(name for name in USERS if _user(name)))
        if paths.APT_SOURCE.exists():
            yield _row("apt source", str(paths.APT_SOURCE))
    elif kept:
        yield term.colour("This stays:", "bold")
        yield _row("data", ", ".join(kept))


def _row(label: str, text: str) -> str:
    """Return a line of the plan, going on below its text where the terminal ends."""
    columns = max(shutil.get_terminal_size().columns, 40)
    words = textwrap.wrap(text, columns - 15, break_long_words=False, break_on_hyphens=False)
    return f"  {label:<13}" + f"\n{' ' * 15}".join(words)


def _size(path: Path) -> str:
    """Return how much a directory holds; du stays in the directory whatever links are in it."""
    try:
        said = run.run(["du", "-sk", "--", str(path)], timeout=DU_TIMEOUT, check=False).stdout
        return term.amount(int(said.partition("\t")[0]) * 1024, "B")
    except (LumenmonError, ValueError):
        return "of unknown size"


def _user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _forget_users() -> None:
    """Delete the system users and groups, whose files are gone by now."""
    for name in filter(_user, USERS):
        common.change(["userdel", name])
    for name in filter(_group, GROUPS):
        common.change(["groupdel", name])
