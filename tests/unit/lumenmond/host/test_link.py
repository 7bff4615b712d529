import pytest

from lumenmon.ctl import Check, Mark
from lumenmon.errors import LumenmonError
from lumenmond.host import doctor, inforce, link, sshd
from lumenmond.host.effective import Effective
from lumenmond.host.obstacles import AGENTS, INVITES

GOOD = Check(Mark.GOOD, "port 22: the rules hold")
BAD = Check(Mark.BAD, "port 22: the drop-in is missing", "sudo mend it")


class System:
    """Stands for the system's sshd: what doctor finds, and whether it has read our rules."""

    def __init__(self) -> None:
        self.in_force: bool | None = True
        self.found = [GOOD]
        self.settings: dict[str, str] = {}

    def effective(self, user: str) -> Effective:
        """What sshd says of a user, by the first letters of the name."""
        return Effective.of(self.settings.get(user.split("_")[0], ""))


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    it = System()
    monkeypatch.setattr(inforce, "holds_on", lambda port: it.in_force)
    monkeypatch.setattr(doctor, "system", lambda: iter(it.found))
    monkeypatch.setattr(inforce, "of_the_system", lambda: [inforce.Place("127.0.0.1", 22)])
    monkeypatch.setattr(sshd, "effective", it.effective)
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


def test_no_link_is_made_for_those_that_sshd_keeps_out(system: System) -> None:
    system.settings = {"id": "allowusers root id_*\n", "reg": "allowusers root id_*\n"}
    assert link.check(22, AGENTS), "of an enrolled key"
    with pytest.raises(LumenmonError, match="port 22: AllowUsers keeps invites out") as caught:
        link.check(22, AGENTS, INVITES)
    assert "add reg_* to it: sudo grep -rni AllowUsers /etc/ssh/sshd_config" in caught.value.hint
    assert caught.value.hint.endswith("; then: sudo systemctl reload ssh")
    assert link.check(2345, AGENTS, INVITES), "it has a configuration of its own"
    assert link.check(2346, AGENTS, INVITES), "another port of ours"
