"""Invites: a user with a random password that is good once, for five minutes.

One file an invite under ``invites/``, written before the user exists, so that nothing a crash
leaves behind escapes the sweep. Enrolment claims an invite by renaming its file.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lumenmon import journal, paths
from lumenmon.errors import LumenmonError
from lumenmon.invite import HINT, LIFETIME, USER
from lumenmond.host import accounts, passwd, sessions, uids

SECRET_BYTES = 24
"""Random bytes in a password: 192 bits."""
CLAIM_LIFETIME = 30.0
"""Seconds that an enrolment may take; older claims are left-overs of a crash."""
GRACE = 3.0
"""Seconds that a session has to end by itself after the answer."""
PATIENCE = 40.0
"""Seconds that the sweep waits for other changes."""
MAX_OPEN = 100
"""Invites open at a time."""
HOUR, DAY = 3600, 86400
MAX_RECENT = {HOUR: 30, DAY: 200}
"""Invites of an hour and of a day after which the dashboard gets no more: each costs a user id."""
_CLAIMED = ".claimed"


@dataclass(frozen=True)
class Moment:
    """A point in time by two clocks: one may be set, the other starts anew at each boot."""

    wall: float
    boottime: float
    boot: str

    @classmethod
    def now(cls) -> Moment:
        """Return the present."""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return cls(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), boot)

    def expired(self, now: Moment, lifetime: float = LIFETIME) -> bool:
        """Tell whether ``lifetime`` has passed by either clock; when in doubt, it has."""
        if now.wall >= self.wall + lifetime:
            return True
        if now.boot == self.boot:
            return now.boottime >= self.boottime + lifetime
        return now.wall < self.wall


@dataclass(frozen=True)
class Invite:
    """An open invite, and the file that stands for it."""

    user: str
    made: Moment
    file: Path

    @property
    def claimed(self) -> bool:
        """Tell whether an enrolment is using it or has used it."""
        return self.file.name.endswith(_CLAIMED)


def create() -> tuple[str, str, float]:
    """Make an invite; returns its user, password and the time when it expires."""
    with accounts.lock():
        if sum(1 for _ in read_all()) >= MAX_OPEN:
            raise LumenmonError(f"{MAX_OPEN} invites are open", "wait five minutes")
        made = Moment.now()
        user = _free_name(made)
        file = paths.INVITES / user
        accounts.replace(file, json.dumps(asdict(made)), 0o600)
        password = secrets.token_urlsafe(SECRET_BYTES)
        try:
            accounts.create(user, passwd.ENROLL)
            passwd.set_password(user, password)
        except (LumenmonError, OSError):
            _delete(user, file)
            raise
    journal.event(journal.NOTICE, "invite-created", "invite %s made", user)
    return user, password, made.wall + LIFETIME


def check_rate(now: float) -> None:
    """Raise LumenmonError when so many invites are recent that the dashboard may make no more.

    The numbers' file names each invite that ever was, and a name has its time.
    """
    known = uids.parse(paths.UIDS.read_text()) if paths.UIDS.exists() else {}
    ages = [abs(now - int(name[4:]) / 1000) for name in known if USER.fullmatch(name)]
    for period, most in MAX_RECENT.items():
        if sum(age < period for age in ages) >= most:
            raise LumenmonError(
                f"the dashboard can make no more invites: {most} were made within"
                f" {'a day' if period == DAY else 'an hour'}",
                "on the console, without such a limit: sudo lumenmonctl invite",
            )


def _free_name(made: Moment) -> str:
    """Return a name that no invite ever had: the numbers' file remembers them all."""
    known = uids.parse(paths.UIDS.read_text()) if paths.UIDS.exists() else {}
    stamp = max(int(made.wall * 1000), 0)
    while (user := f"reg_{stamp:013d}") in known:
        stamp += 1
    return user


def claim(user: str) -> Path:
    """Take an invite for one enrolment and return its file; raises when it is not good."""
    if not USER.fullmatch(user):
        raise LumenmonError("only an invite can enrol", HINT)
    file = paths.INVITES / user
    taken = file.with_name(user + _CLAIMED)
    invite = _read(file)
    if invite is None:
        raise LumenmonError("the invite was used already or has expired", HINT)
    if invite.made.expired(Moment.now()):
        raise LumenmonError("the invite has expired", HINT)
    try:
        file.rename(taken)
    except FileNotFoundError:
        raise LumenmonError("the invite was used already", HINT) from None
    os.utime(taken)
    uids.sync_directory(taken.parent)
    return taken


def release(user: str, file: Path) -> None:
    """Undo a claim: nothing was enrolled, and the invite may be tried again."""
    with suppress(FileNotFoundError):
        file.rename(paths.INVITES / user)


def finish(user: str, file: Path) -> None:
    """End a claimed invite: its session, its user, its file.

    A session that is about to end gets to tell its exit status first.
    """
    account = accounts.find(user)
    if account is not None:
        sessions.wait({user: account.pw_uid}, GRACE)
    with accounts.lock():
        _delete(user, file)
    journal.event(journal.NOTICE, "invite-used", "invite %s used", user)


def revoke(user: str) -> None:
    """End an invite before its time."""
    with accounts.lock():
        found = [each for each in read_all() if each.user == user]
        if not found:
            raise LumenmonError(f"no invite {user} is open")
        for each in found:
            _delete(user, each.file)
    journal.event(journal.NOTICE, "invite-revoked", "invite %s revoked", user)


def sweep() -> list[str]:
    """End the invites that have expired, and what a crash left of others.

    One that cannot be ended now does not keep the others. It waits for longer than a request
    does: nobody is there to try again, and a sweep that fails is a failed unit.
    """
    now = Moment.now()
    ended: list[str] = []
    if not paths.INVITES.is_dir():
        return ended
    with accounts.lock(PATIENCE):
        for invite in list(read_all()):
            over = invite.made.expired(now) or (invite.claimed and _stale(invite.file, now))
            if over and accounts.delete_or_log(invite.user):
                invite.file.unlink(missing_ok=True)
                ended.append(invite.user)
                journal.event(journal.NOTICE, "invite-expired", "invite %s expired", invite.user)
        open_users = {invite.user for invite in read_all()}
        for name in accounts.listed():
            left = USER.fullmatch(name) and name not in open_users
            if left and accounts.delete_or_log(name):
                ended.append(name)
    return ended


def _stale(file: Path, now: Moment) -> bool:
    with suppress(FileNotFoundError):
        return abs(now.wall - file.stat().st_mtime) > CLAIM_LIFETIME
    return False


def _delete(user: str, file: Path) -> None:
    accounts.delete(user)
    file.unlink(missing_ok=True)


def read_all() -> Iterator[Invite]:
    """Yield all invites; files that are no invite's are removed."""
    for file in sorted(paths.INVITES.iterdir()):
        invite = _read(file)
        if invite is not None:
            yield invite
        elif re.fullmatch(rf"\.{USER.pattern}\.new", file.name):
            file.unlink(missing_ok=True)


def _read(file: Path) -> Invite | None:
    """Read one invite; a damaged one is as old as can be."""
    user = file.name.removesuffix(_CLAIMED)
    if not USER.fullmatch(user):
        return None
    try:
        made = Moment(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        made = Moment(0, 0, "")
    return Invite(user, made, file)
