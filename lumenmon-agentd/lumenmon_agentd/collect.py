"""/usr/lib/lumenmon/collect RHYTHM: one round of the slow collectors, started by a timer."""

from __future__ import annotations

import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lumenmon import journal, paths
from lumenmon.errors import EXIT_USAGE, LumenmonError
from lumenmon.wire import Sample
from lumenmon_agentd import config, sampling, selection
from lumenmon_agentd.identity import Files
from lumenmon_agentd.rhythm import Rhythm
from lumenmon_agentd.submit import report, submit

RHYTHMS = {rhythm.value: rhythm for rhythm in (Rhythm.CYCLE, Rhythm.REPORT)}

log = logging.getLogger(__name__)


def collect(rhythm: Rhythm, settings: config.Config, root: Path, directory: Path) -> list[Sample]:
    """Return the samples of one round; collectors run one by one, executables side by side."""
    interval = settings.interval(rhythm)
    samples: list[Sample] = []
    for collector in selection.chosen(settings):
        if collector.rhythm is rhythm and collector.name not in settings.alone:
            samples += sampling.read(collector, root, int(time.time()), interval)
    programs = list(sampling.executables(directory / rhythm.value))
    with ThreadPoolExecutor(max_workers=4) as pool:
        for printed in pool.map(sampling.execute, programs):
            samples += printed
    return samples


def main() -> int:
    """Collect once and hand the samples to the daemon; nothing to do while not registered."""
    journal.setup("lumenmon-collect")
    rhythm = RHYTHMS.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if rhythm is None:
        log.error("usage: collect %s", "|".join(RHYTHMS))
        return EXIT_USAGE
    files = Files()
    if not files.submit.exists():
        return 0  # not registered, or stopped: there is no one to hand samples to
    try:
        settings = config.load()
        if console := files.load_console():
            journal.speak_of(console.user)
        samples = collect(rhythm, settings, Path("/"), paths.COLLECTORS)
        _, rejects = submit(files.submit, sampling.encode(samples))
        report(files.submit, rhythm.value, sampling.troubles)
    except LumenmonError as error:
        log.error("%s", error.message)
        return error.exit_status
    for reject in rejects:
        log.warning("the agent rejected line %s, ignoring", reject)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
