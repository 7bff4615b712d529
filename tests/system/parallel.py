"""How the tests are shared out: a worker takes what shares hosts, and the longest begins first."""

from __future__ import annotations

import re

import pytest
from lab import RELEASES
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

LONGEST = (
    "test_admin_ssh.py",
    "test_install_paths.py",
    "test_all_is_well.py",
    "test_agent_faults.py",
    "test_uplink.py",
    "test_web_dashboard.py",
    "test_update.py",
    "test_ssh_port.py",
    "test_terminal_dashboard.py",
    "test_uninstall.py",
    "test_first_sample.py",
    "test_lifecycle.py",
)
"""The modules that take a minute or more: whatever begins last is short, so no worker is late."""

UNDIVIDED = ("test_update.py",)
"""The modules whose releases have something expensive in common, as a build of the packages."""

_PARAMETERS = re.compile(r"\[(.*)\]")


class ByRelease(LoadScopeScheduling):  # type: ignore[misc]
    """Give a worker the tests of a module on one release, for they share hosts.

    Those of the other release have hosts of their own, so another worker may take them.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of the group that a test belongs to."""
        module = nodeid.partition("::")[0]
        if module.endswith(UNDIVIDED):
            return module
        parameters = _PARAMETERS.search(nodeid)
        words = re.split(r"\W", parameters[1]) if parameters else []
        return "::".join([module, *[word for word in words if word in RELEASES][:1]])


def sort(items: list[pytest.Item]) -> None:
    """Put the tests of the longest modules first, each module's in the order that they have."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
