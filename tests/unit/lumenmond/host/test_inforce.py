import pytest

from lumenmon import run
from lumenmon.errors import LumenmonError
from lumenmon.keys import PublicKey
from lumenmond.host import inforce, sshd
from lumenmond.host.effective import Effective
from lumenmond.host.inforce import Place

DENIED = "{user}@127.0.0.1: Permission denied ({ways}).\n"
WITH_RULES = {sshd.AGENT: "publickey", sshd.INVITE: "password"}
WITHOUT = dict.fromkeys(WITH_RULES, "publickey,password")


class Sshds:
    """Stands for the running sshds: what each port offers each user, or ssh's last words."""

    def __init__(self) -> None:
        self.ports: dict[int, dict[str, str] | str] = {}
        self.socket = "Listen=[::]:22 (Stream)\nActiveState=inactive\n"

    def run(self, argv: list[str], **_: object) -> run.Result:
        if argv[0] == "systemctl":
            return run.Result(0, self.socket, "")
        self.asked = argv
        port, user = int(argv[argv.index("-p") + 1]), argv[argv.index("-l") + 1]
        found = self.ports.get(port, "ssh: connect to host: Connection refused")
        words = found if isinstance(found, str) else DENIED.format(user=user, ways=found[user])
        return run.Result(255, "", f"a banner\n{words}")


@pytest.fixture
def sshds(monkeypatch: pytest.MonkeyPatch) -> Sshds:
    found = Sshds()
    monkeypatch.setattr(run, "run", found.run)
    answer = Effective.of("ListenAddress [::]:22\nListenAddress 0.0.0.0:22\n")
    monkeypatch.setattr(sshd, "effective", lambda _: answer)
    return found


def test_every_port_is_reached_once() -> None:
    listening = ["[::]:22", "0.0.0.0:22", "10.0.0.1:2222", "[fd00::1%eth0]:2022", "Listen=", "x"]
    assert inforce.places(listening) == [
        Place("127.0.0.1", 22), Place("10.0.0.1", 2222), Place("fd00::1%eth0", 2022),
    ]  # fmt: skip
    assert inforce.places(["Listen=[::]:2022 (Stream)"]) == [Place("::1", 2022)]


def test_the_running_sshd_is_believed(sshds: Sshds) -> None:
    place = Place("127.0.0.1", 22)
    assert inforce.holds(place) is None
    sshds.ports[22] = WITHOUT
    assert inforce.holds(place) is False
    assert inforce.unread() == [place]
    sshds.ports[22] = WITH_RULES
    assert inforce.holds(place) is True
    assert inforce.unread() == []


def test_the_key_that_sshd_shows_is_compared_by_ssh(sshds: Sshds) -> None:
    key, place = PublicKey(b"blob"), Place("127.0.0.1", 2345)
    sshds.ports[2345] = WITH_RULES
    assert inforce.shows(key, place)
    options = sshds.asked[: sshds.asked.index("-p")]
    assert options.index("StrictHostKeyChecking=yes") < options.index("StrictHostKeyChecking=no")
    assert f"KnownHostsCommand=/bin/echo [127.0.0.1]:2345 {key.line}" in options
    sshds.ports[2345] = "Host key verification failed.\r"
    assert not inforce.shows(key, place)


def test_an_sshd_that_does_not_say_is_not_judged(sshds: Sshds) -> None:
    sshds.ports[22] = "kex_exchange_identification: Connection closed \x1b[31m"
    with pytest.raises(LumenmonError, match="cannot learn") as caught:
        inforce.holds(Place("127.0.0.1", 22))
    assert "\x1b" not in caught.value.message


def test_the_sockets_port_counts_where_systemd_listens(sshds: Sshds) -> None:
    sshds.socket = "Listen=[::]:2222 (Stream)\nListen=127.0.0.1:22 (Stream)\nActiveState=active\n"
    assert inforce.of_the_system() == [Place("::1", 2222), Place("127.0.0.1", 22)]


def test_a_port_where_nothing_listens_has_no_rules(sshds: Sshds) -> None:
    assert inforce.holds_on(443) is None
    sshds.ports[22] = WITHOUT
    assert inforce.holds_on(22) is False
