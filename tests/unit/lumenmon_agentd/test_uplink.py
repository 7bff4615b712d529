"""The uplink against a fake ssh: a script that speaks as the console does."""

import selectors
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lumenmon import wire
from lumenmon.greeting import AgentGreeting
from lumenmon_agentd.spool import Position, Spool
from lumenmon_agentd.uplink import Uplink, child, connection, probe, protocol, ssh
from lumenmon_agentd.uplink.backoff import Backoff

START = 1_700_000_000
CONSOLE = """
import os, sys
sys.path.insert(0, {source!r})
from lumenmon import wire
stored = open({stored!r}, "a")
def say(text):
    os.write(1, text.encode() + b"\\n")
def serve(decoder, until=None):
    count = 0
    while data := os.read(0, 65536):
        for event in decoder.feed(data):
            if isinstance(event, wire.Sample):
                if event.value == {bad}:
                    say(f"@reject {{decoder.line}} not this one")
                else:
                    stored.write(f"{{event.metric}} {{event.value}}\\n")
                    stored.flush()
                    count += 1
            elif isinstance(event, wire.Sync):
                say("@ok " + event.token)
            elif isinstance(event, wire.AgentGreeting):
                stored.write(f"HELLO {{decoder.line}} {{event.version}} {{event.boot}}\\n")
                stored.flush()
            elif isinstance(event, wire.Reject):
                stored.write(f"REJECT {{event.line}} {{event.reason}}\\n")
                stored.flush()
            if until and count >= until:
                return
now = lambda: 2_000_000_000
"""


class Rig:
    """An uplink with its spool, and the loop that drives it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.selector = selectors.DefaultSelector()
        self.stored_file = directory / "stored"
        self.stored_file.touch()
        self.script = directory / "ssh.py"
        self.count = 0
        self.said: list[float | None] = []
        self.use(Spool(directory / "spool", segment_bytes=400))

    def use(self, spool: Spool, control: Path | None = None) -> None:
        """Send this spool."""
        self.spool = spool
        self.uplink = Uplink(
            spool,
            [sys.executable, "-S", str(self.script)],
            self.selector,
            control,
            self.directory / "ssh.log",
            changed=lambda: self.said.append(self.uplink.last_ack),
            backoff=Backoff(lambda _ceiling: 0.1),
            hello=AgentGreeting("1.0.0", "0123abcd"),
        )

    def console(self, does: str) -> None:
        source = str(Path(wire.__file__).parent.parent)
        head = CONSOLE.format(source=source, stored=str(self.stored_file), bad=13)
        self.script.write_text(head + does)

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            self.count += 1
            number = self.count
            kind = wire.Type.INTEGER
            self.spool.append([wire.Sample(f"m{number % 3}", kind, START + number, 1, number)])

    def run(self, done: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not done():
            now = time.monotonic()
            assert now < end, (self.uplink.error, self.stored_file.read_text())
            self.uplink.tick(now)
            wait = max(min(self.uplink.next() - now, 0.05), 0)
            for key, _ in self.selector.select(wait):
                if self.selector.get_map().get(key.fd) is key:
                    key.data()

    def stored(self) -> list[str]:
        return self.stored_file.read_text().splitlines()

    def all_stored_once(self) -> None:
        expected = [f"m{n % 3} {n}" for n in range(1, self.count + 1) if n != 13]
        assert sorted(set(self.stored())) == sorted(expected)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(protocol, "SYNC_EVERY", 0.05)
    made = Rig(tmp_path)
    yield made
    made.uplink.stop()


def test_sends_and_forgets_what_is_acknowledged(rig: Rig) -> None:
    rig.console("serve(wire.Decoder(now))")
    rig.append(40)
    rig.run(lambda: rig.spool.waiting == 0)
    rig.append(5)
    rig.run(lambda: rig.spool.waiting == 0)
    rig.all_stored_once()
    assert len(rig.stored()) == len(set(rig.stored()))
    assert rig.uplink.connected_since
    assert rig.uplink.rejected == 1
    assert rig.uplink.error is None


def test_greets_a_console_that_greets_before_all_samples(rig: Rig) -> None:
    rig.console("say('@console 1.0.0 agent future'); serve(wire.Decoder(now))")
    rig.append(3)
    rig.run(lambda: rig.spool.waiting == 0)
    assert rig.stored()[0] == "HELLO 2 1.0.0 0123abcd"
    assert len(rig.stored()) == 4
    assert rig.uplink.strange == 0


@pytest.mark.parametrize(
    ("greeting", "strange"),
    [("@console 1.0.0", 0), ("@console", 1), ("@console 1.0.0  agent", 1), ("@Console 1 agent", 1)],
)
def test_says_nothing_new_to_another_console(rig: Rig, greeting: str, strange: int) -> None:
    rig.console(f"say({greeting!r}); serve(wire.Decoder(now))")
    rig.append(3)
    rig.run(lambda: rig.spool.waiting == 0)
    assert [line for line in rig.stored() if line.startswith("HELLO")] == []
    assert rig.uplink.strange == strange


def test_greets_again_after_a_restart_of_the_console(rig: Rig) -> None:
    rig.console(
        "say('@console 1.0.0 agent'); serve(wire.Decoder(now), until=5)\n"
        "say('@resume n0nce'); say('@console 1.0.1 agent')\n"
        "serve(wire.Decoder(now, 'n0nce'))\n"
    )
    rig.append(60)
    rig.run(lambda: rig.spool.waiting == 0)
    assert [line for line in rig.stored() if line.startswith("HELLO")] == [
        "HELLO 2 1.0.0 0123abcd", "HELLO 2 1.0.0 0123abcd",
    ]  # fmt: skip


def test_a_console_that_holds_us_is_named_and_waited_for(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rig.console(
        "say('@console 1.0.0 agent'); say('@ok 0-0'); os.read(0, 99999)\n"
        "for _ in range(5): say('@wait another machine sends as this agent, from \x1b[2J')\n"
        "import time; time.sleep(1); say('@resume n0nce'); serve(wire.Decoder(now, 'n0nce'))"
    )
    rig.append(3)
    rig.run(lambda: rig.uplink.held)
    assert rig.uplink.held.startswith("'another machine sends")
    assert "\x1b" not in rig.uplink.held
    rig.run(lambda: rig.spool.waiting == 0)
    assert rig.uplink.held == ""
    assert len([r for r in caplog.records if "takes nothing" in r.message]) == 1


def test_says_that_it_is_connected_before_there_is_a_sample(rig: Rig) -> None:
    rig.console("serve(wire.Decoder(now))")
    rig.run(lambda: rig.uplink.connected_since)
    assert rig.uplink.last_ack is None


def test_sends_again_from_the_acknowledged_point_after_a_break(rig: Rig) -> None:
    rig.console("serve(wire.Decoder(now), until=7); sys.exit(75)")
    rig.append(30)
    rig.run(lambda: rig.uplink.error is not None)
    rig.console("serve(wire.Decoder(now))")
    rig.run(lambda: rig.spool.waiting == 0)
    rig.all_stored_once()
    assert not [line for line in rig.stored() if line.startswith("REJECT")]


def test_a_restarted_console_gets_its_echo_and_all_that_it_lost(rig: Rig) -> None:
    rig.console(
        "serve(wire.Decoder(now), until=5)\n"
        "say('@resume n0nce')\n"
        "serve(wire.Decoder(now, 'n0nce'))\n"
    )
    rig.append(60)
    rig.run(lambda: rig.spool.waiting == 0)
    rig.append(3)
    rig.run(lambda: rig.spool.waiting == 0)
    rig.all_stored_once()
    assert not [line for line in rig.stored() if line.startswith("REJECT")]


def test_a_slow_console_gets_whole_lines(rig: Rig) -> None:
    rig.use(Spool(rig.directory / "large"))
    rig.append(20_000)
    rig.console("import time; time.sleep(0.5); serve(wire.Decoder(now))")
    rig.run(lambda: rig.spool.waiting == 0)
    rig.all_stored_once()


def test_an_answer_for_what_was_not_sent_changes_nothing(rig: Rig) -> None:
    rig.console("say('@ok 9-99'); say('@ok nonsense'); say('hello'); serve(wire.Decoder(now))")
    rig.append(3)
    rig.run(lambda: rig.spool.waiting == 0)
    rig.all_stored_once()


def test_a_console_that_ends_while_much_is_on_the_way_is_left_in_order(rig: Rig) -> None:
    rig.use(Spool(rig.directory / "large"))
    rig.append(20_000)
    rig.console("import time; say('@ok 0-0'); os.close(1); time.sleep(0.5); sys.exit(75)")
    rig.run(lambda: rig.uplink.error is not None)
    rig.console("serve(wire.Decoder(now))")
    rig.run(lambda: rig.spool.waiting == 0)
    rig.all_stored_once()


def test_sleeps_while_nothing_more_fits(rig: Rig) -> None:
    rig.use(Spool(rig.directory / "large"))
    rig.append(20_000)
    rig.console("import time; say('@ok 0-0'); sys.stdin.buffer.read(150_000); time.sleep(60)")
    until = time.monotonic() + 0.5  # longer than a sync is due
    rig.run(lambda: time.monotonic() > until)
    assert rig.uplink.next() > time.monotonic()


def test_the_first_acknowledged_sample_is_said_at_once(rig: Rig) -> None:
    rig.console("serve(wire.Decoder(now))")
    rig.run(lambda: rig.uplink.connected_since)
    assert rig.said == [None]
    rig.append(2)
    rig.run(lambda: rig.spool.waiting == 0)
    assert rig.said[1:] == [rig.uplink.last_ack]


def test_waits_longer_when_the_key_is_refused(rig: Rig) -> None:
    log = str(rig.directory / "ssh.log")
    rig.console(
        f"open({log!r}, 'w').write('id_0@c: Permission denied (publickey).'); sys.exit(255)"
    )
    rig.append()
    rig.run(lambda: rig.uplink.error)
    assert isinstance(rig.uplink.error, ssh.Refused)
    assert rig.uplink.next() - time.monotonic() > 55


def test_gives_up_on_a_console_that_never_answers(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.3)
    monkeypatch.setattr(child, "LINGER", 0.2)
    rig.console("import time; time.sleep(60)")
    rig.append()
    rig.run(lambda: rig.uplink.error)
    assert "no acknowledgement" in str(rig.uplink.error)


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
         ssh.HostKeyRefused),
        ("No ED25519 host key is known for [c]:2345 and you have requested strict checking.\n"
         "Host key verification failed.", ssh.HostKeyRefused),
        ("id_0@c: Permission denied (publickey,password).", ssh.Refused),
        ("ssh: connect to host c port 2345: Connection refused", ssh.Unreachable),
        ("ssh: Could not resolve hostname c: Name or service not known", ssh.Unreachable),
        ("Timeout, server c not responding.", ssh.Unreachable),
        ("Received disconnect from c port 2345:2: Host key verification failed.",
         ssh.UplinkError),
        ("something else", ssh.UplinkError),
        ("", ssh.UplinkError),
    ],
)  # fmt: skip
def test_what_ssh_logs_becomes_our_errors(log: str, kind: type) -> None:
    assert type(ssh.explain(log, "", 255)) is kind
    assert type(ssh.explain(log, "", 1)) is ssh.UplinkError


def test_what_the_console_says_decides_nothing() -> None:
    error = ssh.explain("", "Host key verification failed.\nPermission denied (x).\n\x1b[2J", 255)
    assert type(error) is ssh.UplinkError
    assert "\x1b" not in error.message


ANSWERS = {
    "rejects without end": ("while True: say('@reject 1 no')", "more than it was asked"),
    "acknowledgements without end": ("while True: say('@ok 0-0')", "the console"),
    "nonsense": ("while True: say('hello')", "no answer"),
    "wrong acknowledgements": ("while True: say('@ok 3--5')", "no answer"),
    "restarts without end": ("while True: say('@resume n0nce')", "again and again"),
    "a nonce that is none": ("while True: say('@resume ' + 'x' * 99)", "no answer"),
    "an endless line": ("while True: os.write(1, b'x' * 9999)", "endless line"),
    "noise": ("while True: os.write(2, b'x' * 9999)", "noise"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_console_that_floods_is_left_alone_for_a_while(
    rig: Rig, kind: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "LINGER", 0.2)
    does, reason = ANSWERS[kind]
    rig.append(40)
    rig.console(does)
    rig.run(lambda: rig.uplink.error)
    assert isinstance(rig.uplink.error, ssh.Misbehaving)
    assert reason in rig.uplink.error.message
    assert rig.uplink.next() - time.monotonic() > 55
    assert len(caplog.records) <= connection.LOGGED + 5
    assert rig.spool.waiting > 0


def test_each_reject_is_counted_and_few_are_logged(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.append(100)
    rig.console(
        "decoder = wire.Decoder(now)\n"
        "while data := os.read(0, 65536):\n"
        "    for event in decoder.feed(data):\n"
        "        if isinstance(event, wire.Sample): say(f'@reject {decoder.line} no')\n"
        "        elif isinstance(event, wire.Sync): say('@ok ' + event.token)\n"
    )
    rig.run(lambda: rig.spool.waiting == 0)
    assert rig.uplink.rejected == 100
    assert len([r for r in caplog.records if "rejected line" in r.message]) == connection.LOGGED
    assert rig.uplink.error is None


def test_a_place_between_no_lines_is_not_acknowledged(rig: Rig) -> None:
    rig.append(10)
    rig.console(
        "import itertools\n"
        "data = os.read(0, 65536)\n"
        "say('@ok 1-3'); say('@ok 1-20'); say('@ok 0-1')\n"
        "serve(wire.Decoder(now))"
    )
    rig.run(lambda: rig.uplink.strange == 3)
    assert rig.spool.acked == Position(0, 0)


LISTEN = """
import socket, threading, time
s = socket.socket(socket.AF_UNIX); s.bind({control!r}); s.listen(8)
def greet():
    while True: c, _ = s.accept(); c.send(b'hello'); c.close()
"""


def test_a_console_that_takes_the_login_and_acknowledges_nothing_is_named(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in (
        (connection, "QUIET", 0.1), (connection, "LATE", 0.3), (connection, "PATIENCE", 3.0),
        (probe, "EVERY", 10.0), (child, "LINGER", 0.2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    rig.use(rig.spool, control=rig.directory / "control")
    start = "threading.Thread(target=greet, daemon=True).start()\n"
    ssh_logs_in = LISTEN.format(control=str(rig.directory / "control")) + start
    rig.append(3)
    before = time.time()
    rig.console(ssh_logs_in + "time.sleep(60)")
    rig.run(lambda: rig.uplink.unanswered_since)
    since = rig.uplink.unanswered_since
    assert since
    assert before <= since <= time.time() - 0.3
    assert rig.uplink.connected_since is None
    rig.run(lambda: rig.uplink.error)
    assert isinstance(rig.uplink.error, ssh.Unanswered)
    assert rig.uplink.unanswered_since == since  # also while the connection is made again
    rig.console(ssh_logs_in + "serve(wire.Decoder(now)); time.sleep(60)")
    rig.run(lambda: rig.spool.waiting == 0)
    assert rig.uplink.unanswered_since is None


def test_a_console_that_is_gone_owes_no_answer(rig: Rig) -> None:
    rig.uplink.unanswered_since = 1.0
    rig.console("sys.exit(255)")
    rig.run(lambda: rig.uplink.error)
    assert rig.uplink.unanswered_since is None


@pytest.mark.parametrize("control", ["silent", "greets", "none"])
def test_an_ssh_that_hangs_is_ended_and_one_that_waits_is_not(
    rig: Rig, control: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in (
        (connection, "QUIET", 0.2), (connection, "LOGIN", 1.0), (probe, "TIMEOUT", 0.3),
        (probe, "EVERY", 0.1), (child, "LINGER", 0.2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    rig.use(rig.spool, control=rig.directory / "control")
    listen = LISTEN.format(control=str(rig.directory / "control"))
    rig.console(
        {
            "silent": listen + "time.sleep(60)",
            "greets": listen + "greet()",
            "none": "import time; time.sleep(60)",
        }[control]
    )
    rig.append()
    if control == "greets":
        until = time.monotonic() + 3
        rig.run(lambda: time.monotonic() > until)
        assert rig.uplink.error is None
        assert rig.uplink.unanswered_since is None
        return
    rig.run(lambda: rig.uplink.error)
    kind = ssh.Hung if control == "silent" else ssh.Unreachable
    assert isinstance(rig.uplink.error, kind), rig.uplink.error
