"""What an sshd would do, by its own words (``sshd -T``): read once, used only when understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lumenmon.errors import LumenmonError

ALWAYS = (
    "port", "addressfamily", "usepam", "maxstartups", "permitrootlogin", "pubkeyauthentication",
    "passwordauthentication", "authorizedkeysfile", "forcecommand", "hostkey",
)  # fmt: skip
"""Settings that every answer has; without one of them the answer is in words we do not know."""
_REMEDY = "update lumenmon: sudo lumenmonctl update"


class NotUnderstood(LumenmonError):
    """sshd gave an answer that this version cannot read: nothing may be decided by it."""


@dataclass(frozen=True)
class Effective:
    """The settings that hold for one user, or sshd's reason why it cannot say.

    Names are in small letters: OpenSSH up to 10.0 prints them so, 10.6 as the manual writes them.
    """

    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    error: str = ""

    @classmethod
    def of(cls, text: str) -> Effective:
        """Return the settings of some lines, whatever may be missing."""
        found: dict[str, tuple[str, ...]] = {}
        for line in text.splitlines():
            name, _, value = line.strip().partition(" ")
            if name:
                found[name.lower()] = (*found.get(name.lower(), ()), value.strip())
        return cls(found)

    def get(self, name: str) -> str:
        """Return the value of a setting, or an empty text."""
        return next(iter(self.settings.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """Return all values of a setting that can be given more than once."""
        return list(self.settings.get(name, ()))


def parse(answer: str) -> Effective:
    """Return the settings of a whole answer.

    Raises NotUnderstood when some are missing, or when a host key is no path: agents would refuse
    the console whose port has another.
    """
    found = Effective.of(answer)
    missing = [name for name in ALWAYS if name not in found.settings]
    if missing:
        raise NotUnderstood(
            f"the answer of sshd -T was not understood: it has no {missing[0]}",
            _REMEDY,
        )
    if any(not path.startswith("/") for path in found.all("hostkey")):
        raise NotUnderstood("the answer of sshd -T was not understood: hostkey is no path", _REMEDY)
    return found
