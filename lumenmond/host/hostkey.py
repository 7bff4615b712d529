"""The host key that a link promises: the ed25519 key that port 2345 shows."""

from __future__ import annotations

from pathlib import Path

from lumenmon import paths, run
from lumenmon.errors import LumenmonError
from lumenmon.keys import PublicKey, parse_public_key

SYSTEM = Path("/etc/ssh")
DEFAULTS = tuple(SYSTEM / f"ssh_host_{kind}_key" for kind in ("rsa", "ecdsa", "ed25519"))
OWN = paths.CONFIG / "ssh_host_ed25519_key"
"""Made where the system's sshd has no ed25519 key, or put there from another host's backup."""


def make_missing() -> None:
    """Make the system's host keys where it has none at all."""
    if not any(path.exists() for path in SYSTEM.glob("ssh_host_*_key")):
        run.run(["ssh-keygen", "-A"], timeout=60)


def choose(configured: list[Path], before: str = "") -> list[Path]:
    """Return the keys for port 2345: the system's, and an ed25519 key in any case.

    Agents have pinned the one of the configuration ``before``. One of our own stays in use once
    it is there, and where the system has none any more, so does the one that the port had.
    """
    present = [path for path in configured or DEFAULTS if path.exists() and path != OWN]
    if not OWN.exists():
        if any(_is_ed25519(path) for path in present):
            return present
        if (pinned := _ed25519(before)) and pinned.exists():
            return [*present, pinned]
        run.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lumenmon", "-f", str(OWN)])
    return [*(path for path in present if not _is_ed25519(path)), OWN]


def named(config: str) -> list[Path]:
    """Return the keys that a configuration made by us names; none where they are the default."""
    return [
        Path(line.split(None, 1)[1])
        for line in config.splitlines()
        if line.startswith("HostKey ") and line.split(None, 1)[1:]
    ]


def current(config: str) -> PublicKey:
    """Return the ed25519 key of a configuration made by us."""
    return _current(config)[1]


def current_file(config: str) -> Path:
    """Return the file of the ed25519 key of a configuration made by us."""
    return _current(config)[0]


def _ed25519(config: str) -> Path | None:
    return next(filter(_is_ed25519, named(config) or DEFAULTS), None) if config else None


def _current(config: str) -> tuple[Path, PublicKey]:
    for path in named(config) or DEFAULTS:
        key = public(path)
        if key is not None:
            return path, key
    raise LumenmonError(
        "sshd has no ed25519 host key",
        "sudo ssh-keygen -A; sudo /usr/lib/lumenmon/host apply-sshd;"
        " sudo systemctl restart lumenmon-ssh",
    )


def _is_ed25519(path: Path) -> bool:
    return public(path) is not None


def public(path: Path) -> PublicKey | None:
    """Return a private key file's public half if it is an ed25519 key."""
    try:
        line = path.with_name(path.name + ".pub").read_text()
    except OSError:
        done = run.run(["ssh-keygen", "-y", "-P", "", "-f", str(path)], check=False)
        line = done.stdout
    try:
        return PublicKey(parse_public_key(line).blob)
    except LumenmonError:
        return None
