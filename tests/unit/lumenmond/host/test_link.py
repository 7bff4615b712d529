import pytest

from lumenmon.ctl import Check, Mark
from lumenmon.errors import LumenmonError
from lumenmond.host import doctor, inforce, link, sshd

GOOD = Check(Mark.GOOD, "port 22: the rules hold")
BAD = Check(Mark.BAD, "port 22: the drop-in is missing", "sudo mend it")


class System:
    """Stands for the system's sshd: what doctor finds, and whether it has read our rules."""

    def __init__(self) -> None:
        self.in_force: bool | None = True
        self.found = [GOOD]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    it = System()
    monkeypatch.setattr(inforce, "holds_on", lambda port: it.in_force)
    monkeypatch.setattr(doctor, "system", lambda: iter(it.found))
    monkeypatch.setattr(sshd, "prepare", lambda: None)
    return it


def test_a_link_is_made_where_the_rules_hold(system: System) -> None:
    assert link.check(22)
    system.found, system.in_force = [BAD], None
    assert not link.check(443), "nothing listens: a router forwards it"
    assert link.check(2345)


def test_a_fault_of_the_rules_is_named_with_its_remedy(system: System) -> None:
    system.found = [GOOD, BAD]
    for system.in_force in (True, False):
        with pytest.raises(
            LumenmonError, match="cannot make a link: port 22: the drop-in"
        ) as caught:
            link.check(22)
        assert caught.value.hint == "sudo mend it"


def test_a_link_waits_for_the_reload(system: System) -> None:
    system.in_force = False
    with pytest.raises(LumenmonError, match="port 22 has not read") as caught:
        link.check(22)
    assert caught.value.hint == "sudo systemctl reload ssh"
