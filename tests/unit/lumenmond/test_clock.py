"""What deletes goes by the time that has certainly come, whatever the clock shows."""

from __future__ import annotations

import pytest

from lumenmond.clock import REST, Clock, Kept, Verdict

START = 1_800_000_000.0
HOUR = 3600.0
DAY = 86400.0
YEARS = 3650 * DAY


class Host:
    """A console's host: its clock may be set, the time since its boot goes on."""

    def __init__(self) -> None:
        self.wall = START
        self.uptime = 5000.0
        self.boot = 1
        self.agents: dict[str, float] = {}
        """Of each agent, how far its clock is from the true time."""
        self.true = START
        self.clock = self.start()

    def start(self, kept: Kept | None = None) -> Clock:
        self.clock = Clock(lambda: self.wall, lambda: self.uptime, None, kept, self.boot)
        return self.clock

    def restart(self, down: float = 5.0, *, step: float = 0.0, reboot: bool = False) -> None:
        kept = self.clock.keep()
        self.wall += step
        self.true, self.wall, self.uptime = self.true + down, self.wall + down, self.uptime + down
        if reboot:
            self.boot, self.uptime = self.boot + 1, 20.0
        self.start(kept)

    def run(self, seconds: float, step: float = 60.0) -> None:
        for _ in range(int(seconds / step)):
            self.true, self.wall, self.uptime = (
                self.true + step, self.wall + step, self.uptime + step,
            )  # fmt: skip
            for id, away in self.agents.items():
                self.clock.hear(id, self.true + away)
            self.clock.tick()


@pytest.fixture
def host() -> Host:
    return Host()


def test_a_right_clock_is_followed(host: Host) -> None:
    host.run(10 * DAY, 600)
    assert host.clock.certain == host.wall
    assert host.clock.trusted
    assert host.clock.step is None


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize("agents", [{"a": 0.0}, {"a": 0.0, "b": 1.0, "c": YEARS}])
def test_years_ahead_over_a_restart_are_not_believed_against_the_agents(
    host: Host, agents: dict[str, float], *, reboot: bool
) -> None:
    host.run(HOUR)
    host.agents = agents
    host.restart(step=YEARS, reboot=reboot)
    host.run(30 * DAY, 300)
    assert host.clock.certain <= host.true
    assert (host.clock.verdict, host.clock.trusted) == (Verdict.DENIED, False)
    host.wall -= YEARS
    host.run(2 * HOUR)
    assert host.clock.certain == host.wall
    assert host.clock.trusted


def test_years_ahead_that_nobody_confirms_delete_slowly(host: Host) -> None:
    host.restart(step=YEARS, reboot=True)
    host.run(DAY)
    assert host.clock.certain <= host.true + 3 * DAY
    assert not host.clock.trusted


def test_years_ahead_with_the_agents_wrong_too_delete_no_faster_than_a_day_an_hour(
    host: Host,
) -> None:
    host.agents = {"a": YEARS, "b": YEARS}
    host.restart(step=YEARS, reboot=True)
    host.run(HOUR)
    assert host.clock.certain <= host.true + DAY


@pytest.mark.parametrize(("agents", "days"), [({"a": 0.0}, 4), ({}, 31)])
def test_a_console_that_was_off_for_months_comes_to_an_end(
    host: Host, agents: dict[str, float], days: float
) -> None:
    host.restart(90 * DAY, reboot=True)
    assert host.clock.certain == START
    host.agents = agents
    host.run(days * DAY, 300)
    assert host.clock.certain == host.wall


def test_a_console_that_is_off_each_night_does_not_fall_behind(host: Host) -> None:
    for _ in range(40):
        host.restart(8 * HOUR, reboot=True)
        host.run(16 * HOUR, 600)
    assert host.clock.certain == host.wall


@pytest.mark.parametrize("back", [DAY * 365, START - 10])
def test_a_clock_set_back_forgets_nothing(host: Host, back: float) -> None:
    host.run(HOUR)
    true = host.wall
    host.restart(step=-back, reboot=True)
    host.agents = {"a": 0.0}
    host.run(3 * DAY, 300)
    assert host.clock.certain == host.wall
    assert not host.clock.sure()
    host.wall += back
    host.run(HOUR)
    assert host.clock.certain == host.wall
    assert host.wall > true + 3 * DAY


def test_a_new_console_whose_clock_was_ahead_believes_its_agents(host: Host) -> None:
    host.wall += YEARS
    host.start()
    host.wall -= YEARS
    assert host.clock.certain == host.wall
    host.agents = {"a": 2.0}
    host.run(120)
    assert host.clock.proven == host.wall


def test_a_new_console_whose_clock_was_ahead_is_sure_again_by_itself(host: Host) -> None:
    host.wall += YEARS
    host.start()
    host.wall -= YEARS
    assert not host.clock.sure()
    host.run(REST + 60)
    assert host.clock.sure()


def test_a_clock_from_before_this_was_released_is_never_sure(host: Host) -> None:
    host.wall = 50.0
    host.start()
    host.run(HOUR)
    assert not host.clock.sure()
    host.wall = host.true
    host.run(REST + 60)
    assert host.clock.sure()


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize("agents", [{"a": 0.0}, {"a": 0.0, "b": 1.0, "c": YEARS}])
def test_a_new_console_whose_clock_is_ahead_deletes_nothing_of_its_agents(
    host: Host, agents: dict[str, float], *, reboot: bool
) -> None:
    host.wall += YEARS
    host.start()
    host.run(60)
    host.agents = agents
    host.run(HOUR)
    assert host.clock.certain <= host.true + 1
    assert not host.clock.trusted
    host.restart(reboot=reboot)
    assert host.clock.certain <= host.true + 1
    host.run(10 * DAY, 300)
    assert host.clock.certain <= host.true + 1


@pytest.mark.parametrize("agents", [{}, {"a": 0.0}])
def test_a_new_console_whose_clock_was_years_behind_is_up_to_date_at_once(
    host: Host, agents: dict[str, float]
) -> None:
    host.wall = 50.0
    host.start()
    host.agents = agents
    host.run(HOUR)
    host.wall = host.true
    host.run(60)
    assert (host.clock.certain, host.clock.trusted) == (host.wall, True)
    host.run(2 * DAY, 600)
    host.wall += YEARS
    host.run(HOUR)
    assert host.clock.certain < host.true + DAY, "by then there is a history to lose"


@pytest.mark.parametrize("reboot", [False, True])
def test_a_step_is_told_once(host: Host, *, reboot: bool) -> None:
    host.run(HOUR)
    host.wall += 300
    host.run(60)
    assert host.clock.step == 300
    host.clock.step = None
    host.restart(step=-7200, reboot=reboot)
    host.run(HOUR)
    # Over a reboot nothing tells a step from the time that the host was off.
    assert host.clock.step == (None if reboot else -7200)


def test_after_a_step_nobody_is_sure_for_a_while(host: Host) -> None:
    host.run(HOUR)
    assert host.clock.sure()
    host.wall += 300
    assert not host.clock.sure()
    host.run(REST + 60)
    assert host.clock.sure()


def test_an_agent_that_has_fallen_silent_is_no_witness(host: Host) -> None:
    host.agents = {"a": 0.0}
    host.run(HOUR)
    assert host.clock.verdict is Verdict.BORNE_OUT
    host.agents = {}
    host.run(HOUR)
    assert host.clock.verdict is Verdict.UNKNOWN
