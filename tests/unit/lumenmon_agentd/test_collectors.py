"""Every collector over two hosts' trees: it yields what it declares, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lumenmon import wire
from lumenmon_agentd import collectors
from lumenmon_agentd.collector import Collector
from lumenmon_agentd.collectors import COLLECTORS, cpu, diskio, network, pressure

FIXTURES = Path(__file__).parents[2] / "fixtures"
HOSTS = ("host-bare", "host-big")
FRESH = {
    "cpu": cpu.Cpu,
    "network": network.Network,
    "diskio": diskio.DiskIo,
    "pressure": pressure.Pressure,
}


def twice(collector: Collector, root: Path) -> list[tuple[str, object]]:
    """Return what a collector yields at its second call, when rates are known."""
    collect = FRESH[collector.name]() if collector.name in FRESH else collector.collect
    list(collect(root))
    return [(metric.name, value) for metric, value in collect(root)]


def matches(pattern: str, name: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace("<slug>", "[A-Za-z0-9_]+"), name))


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda c: c.name)
def test_it_yields_only_what_it_declares(collector: Collector, host: str) -> None:
    declared = {m.name: m for m in collector.metrics}
    list(collector.collect(FIXTURES / host))
    for metric, value in collector.collect(FIXTURES / host):
        found = [m for name, m in declared.items() if matches(name, metric.name)]
        assert found, metric.name
        assert metric.type in {m.type for m in found}
        assert metric.text in {m.text for m in found}
        sample = wire.Sample(metric.name, metric.type, 1_700_000_000, 1, value)
        assert wire.data(sample)
        assert wire.check_name(metric.name)
        kinds = {wire.Type.REAL: (float, int), wire.Type.INTEGER: int, wire.Type.TEXT: str}
        assert isinstance(value, kinds[metric.type])


def test_together_the_hosts_show_every_declared_metric() -> None:
    ours = {"units", "updates", "cpu"}  # their own tests below: programs, and time that passes
    missing = []
    for collector in COLLECTORS:
        if collector.name not in ours:
            seen = [name for host in HOSTS for name, _ in twice(collector, FIXTURES / host)]
            missing += [
                m.name for m in collector.metrics if not any(matches(m.name, n) for n in seen)
            ]
    assert missing == []


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda c: c.name)
def test_no_name_is_given_twice(collector: Collector) -> None:
    names = [name.lower() for name, _ in twice(collector, FIXTURES / "host-big")]
    assert len(names) == len(set(names))


def test_metrics_are_described_once_and_in_words() -> None:
    metrics = [m for c in COLLECTORS for m in c.metrics]
    assert len({m.name for m in metrics}) == len(metrics)
    assert all(m.text and not m.text.endswith(".") for m in metrics)
    assert all(len(m.name.replace("<slug>", "x")) <= 64 for m in metrics)


def test_collector_names_are_modules() -> None:
    assert len({c.name for c in COLLECTORS}) == len(COLLECTORS)
    assert all(hasattr(collectors, c.name) for c in COLLECTORS)
