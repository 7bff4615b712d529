"""The collectors that a configuration asks for, each told what to leave out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from lumenmon.errors import ConfigError
from lumenmon_agentd.collector import Collector
from lumenmon_agentd.collectors import COLLECTORS, filesystems, network
from lumenmon_agentd.config import PATH, Config


def chosen(config: Config) -> list[Collector]:
    """Return the collectors to run; raises ConfigError when it names one that there is not."""
    known = {collector.name for collector in COLLECTORS}
    for name in (*config.disabled, *config.alone):
        if name not in known:
            hint = f"known collectors: {', '.join(sorted(known))}"
            raise ConfigError(f"{PATH}: unknown collector: {name}", hint)
    return [_told(c, config) for c in COLLECTORS if c.name not in config.disabled]


def _told(collector: Collector, config: Config) -> Collector:
    if collector.name == "filesystems":
        exclude = config.exclude_filesystems
        return replace(collector, collect=partial(filesystems.collect, exclude=exclude))
    if collector.name == "network":
        return replace(collector, collect=network.Network(exclude=config.exclude_interfaces))
    return collector
