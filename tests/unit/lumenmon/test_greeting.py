"""The greeting both ways: what it says, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumenmon.greeting import AgentGreeting, ConsoleGreeting, GreetingError, boot_id

BOOT = "0f7b6a1c-95a4-4e1f-a9cb-0123456789ab"


def test_greetings_are_read_as_written() -> None:
    console = ConsoleGreeting("1.0.0", ("agent", "wait-2"))
    assert console.line == "@console 1.0.0 agent wait-2"
    assert ConsoleGreeting.parse(console.line.removeprefix("@console ")) == console
    assert ConsoleGreeting.parse("2~rc1") == ConsoleGreeting("2~rc1")
    agent = AgentGreeting("1.0.0", BOOT)
    assert agent.line == f"@agent 1.0.0 {BOOT}"
    assert AgentGreeting.parse(agent.line.removeprefix("@agent ")) == agent


@pytest.mark.parametrize(
    "text",
    ["", " ", "1.0.0  agent", "1.0.0 agent ", "\x1b[2J", "1.0 Agent", "x" * 65, "1 " + "a " * 40,
     "1.0.0 a\tb", "1.0.0 ä"],
)  # fmt: skip
def test_what_is_no_greeting_of_a_console(text: str) -> None:
    with pytest.raises(GreetingError):
        ConsoleGreeting.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "1.0.0", "1.0.0 ", f"1.0.0 {BOOT} more", "1.0.0 BOOT", f" {BOOT}", "1.0.0 " + "a" * 65],
)  # fmt: skip
def test_what_is_no_greeting_of_an_agent(text: str) -> None:
    with pytest.raises(GreetingError):
        AgentGreeting.parse(text)


def test_containers_of_one_kernel_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text(BOOT + "\n")
    (tmp_path / "self/ns").mkdir(parents=True)
    namespace = tmp_path / "self/ns/pid"
    ids = []
    for number in (4026531836, 4026532001, 4026532002):
        namespace.unlink(missing_ok=True)
        namespace.symlink_to(f"pid:[{number}]")
        ids.append(boot_id(tmp_path))
        AgentGreeting.parse(f"1.0.0 {ids[-1]}")
    assert ids[0] == BOOT
    assert len(set(ids)) == 3
