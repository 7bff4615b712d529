"""An agent's rate: slowed in the end, never at a back-fill, never dropped."""

from __future__ import annotations

import time

import pytest
from console import Client, Console

from lumenmond.config import Config
from lumenmond.rate import LEAST, Rates

SPOOL = 256 * 2**20
LEGAL = 512 * 50
"""Bytes a second of 512 metrics, each with its header."""


def test_a_burst_is_free_and_then_the_rate_holds() -> None:
    rates = Rates(rate=1000, burst=10_000)
    assert rates.take("a", 10_000, 100.0) == 0
    assert rates.take("a", 500, 100.0) == 0.5
    assert rates.take("b", 500, 100.0) == 0  # each has its own
    assert rates.take("a", 500, 101.0) == 0
    assert rates.take("a", 20_000, 200.0) == 10


def test_many_small_reads_count_too() -> None:
    rates = Rates(rate=1000, burst=65536)
    assert sum(rates.take("a", 1, 0.0) > 0 for _ in range(65536 // LEAST)) == 0
    assert rates.take("a", 1, 0.0) > 0


def test_no_rate_is_no_bound() -> None:
    rates = Rates(rate=0, burst=65536)
    assert rates.take("a", 2**40, 0.0) == 0


def test_the_mean_follows_what_is_sent() -> None:
    rates = Rates(rate=0, burst=65536)
    assert rates.mean("a", 0.0) == 0
    for second in range(600):
        rates.take("a", 700, float(second))
    assert rates.mean("a", 600.0) == pytest.approx(700, rel=0.02)
    assert rates.mean("a", 900.0) < 10
    rates.forget("a")
    assert rates.mean("a", 900.0) == 0


def test_by_default_a_full_spool_and_a_host_with_all_it_may_have_are_never_slowed() -> None:
    config = Config()
    rates = Rates(config.agent_rate, config.agent_burst)
    assert rates.take("a", SPOOL, 0.0) == 0
    assert all(rates.take("a", LEGAL, float(second)) == 0 for second in range(600))


def test_an_agent_over_its_rate_is_read_later_and_loses_nothing(
    tmp_path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    console = Console(tmp_path, commit_interval=1)
    waits = iter([0.3, 0.2])
    rates = console.daemon.receiver._brake._rates
    monkeypatch.setattr(rates, "take", lambda *_: next(waits, 0.0))
    client = Client(console)
    first = int(time.time()) - 9000
    rows = "".join(f"{n} 1 1\n" for n in range(first, first + 9000))
    begun = time.monotonic()
    client.send("flood.tsv REAL\n" + rows + "@sync a\n")
    client.wait_for("@ok a\n")
    assert time.monotonic() - begun >= 0.5
    [agent] = console.daemon.store.agents
    assert len(console.rows(f"{agent}_flood")) == 9000
    assert caplog.text.count("is slowed to 256 KiB/s") == 1
    assert console.daemon.fleet.agents[agent].slowed


def test_other_connections_of_a_slowed_agent_wait_too_and_other_agents_do_not(tmp_path) -> None:
    console = Console(tmp_path, commit_interval=1)
    receiver = console.daemon.receiver
    slow = Client(console)
    console.turn(lambda: len(receiver._connections) == 1)
    receiver.gate.identify = lambda _: "id_" + "f" * 16
    other = Client(console)
    console.turn(lambda: len(receiver._connections) == 2)
    [agent] = [id for id in console.daemon.store.agents if id != "id_" + "f" * 16]
    receiver._brake._held.add(agent)
    for connection in receiver._connections:
        receiver._listen(connection)
    slow.send("@sync a\n")
    other.send("@sync b\n")
    other.wait_for("@ok b\n")
    assert slow.look() == b""
    receiver._brake._release(agent)
    slow.wait_for("@ok a\n")
