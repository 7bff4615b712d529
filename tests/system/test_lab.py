"""The lab keeps its promises: hosts are real and apart, faults do what they say, nothing stays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab import RELEASES, Host, Image, LabError, Network
from lab.mirror import translate
from lab.process import Process
from lab.record import networks

BANNER = "timeout 2 bash -c 'head -1 </dev/tcp/{}/22'"


def reaches(source: Host, target: str) -> bool:
    return source.run(BANNER.format(target), check=False).stdout.startswith("SSH-2.0-OpenSSH")


def left_behind(name: str) -> list[str]:
    """All that a network could leave on this machine."""
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    commands = [
        path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.exists()
    ]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    cgroups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/lumenmon-lab/{name}")]
    kept = [str(path) for path in Path("/var/lib/lumenmon-lab").glob(name)]
    lines = [*namespaces.splitlines(), *commands, *mounts, *networks(), *cgroups, *kept]
    return [line for line in lines if name in line]


def test_a_host_boots_whole(network: Network, release: str) -> None:
    host = Host.boot(Image.get(release), "whole", network)
    assert host.units_failed() == []
    assert f"VERSION_CODENAME={release}" in host.read("/etc/os-release")
    assert host.run("hostname").stdout == "whole\n"
    assert host.run("systemd-detect-virt").stdout == "systemd-nspawn\n"
    [sshd] = host.pids("ssh.service")
    assert 1_000_000 < host.pss(sshd) < 50_000_000
    assert host.cpu_seconds(1) > 0


def test_hosts_reach_each_other_and_differ(network: Network) -> None:
    with ThreadPoolExecutor() as pool:
        boots = [
            pool.submit(Host.boot, Image.get(RELEASES[number % 2]), f"host{number}", network)
            for number in range(4)
        ]
        hosts = [boot.result() for boot in boots]
    for host in hosts:
        for other in hosts:
            assert reaches(host, other.name)
    assert len({host.address for host in hosts}) == 4
    assert len({host.read("/etc/machine-id") for host in hosts}) == 4
    assert len({host.read("/etc/ssh/ssh_host_ed25519_key.pub") for host in hosts}) == 4
    assert reaches(hosts[0], hosts[1].address6)


def test_faults_and_their_end(network: Network) -> None:
    one, two = (Host.boot(Image.get("trixie"), name, network) for name in ("one", "two"))
    network.cut(one)
    assert not reaches(two, "one")
    network.restore(one)
    two.wait(lambda: reaches(two, "one"))
    network.reject(two, one, 22)
    assert "refused" in two.run(BANNER.format("one"), check=False).stderr
    assert reaches(one, "two")
    network.unblock()
    network.drop(two, one, 22)
    assert not reaches(two, "one")
    network.unblock()
    assert reaches(two, "one")


def test_what_survives(network: Network, release: str) -> None:
    disk = Host.boot(Image.get(release), "disk", network, persistent=True)
    memory = Host.boot(Image.get(release), "memory", network)
    identity = disk.read("/etc/machine-id"), disk.read("/etc/ssh/ssh_host_ed25519_key")
    for host in (disk, memory):
        host.write("/srv/state", "kept", mode=0o600, owner="nobody:nogroup")
        host.reboot()
        assert host.run("stat -c '%a %U' /srv/state; cat /srv/state").stdout == "600 nobody\nkept"
    for end in (disk.kill, disk.poweroff):
        end()
        assert not disk.running
        disk.start()
        assert disk.read("/srv/state") == "kept"
    assert identity == (
        disk.read("/etc/machine-id"),
        disk.read("/etc/ssh/ssh_host_ed25519_key"),
    )
    assert reaches(memory, "disk")
    memory.kill()
    with pytest.raises(LabError, match="not running"):
        memory.run("true")


def test_commands(network: Network) -> None:
    host = Host.boot(Image.get("bookworm"), "host", network)
    assert host.run("cat", input="é\n").stdout == "é\n"
    assert host.run(["printf", "%s", "$HOME"]).stdout == "$HOME"
    assert (
        host.run("id -un; echo $EXTRA", user="daemon", env={"EXTRA": "x"}).stdout == "daemon\nx\n"
    )
    assert host.run("exit 3", check=False).returncode == 3
    with pytest.raises(LabError, match=r"(?s)status 1: host: .*no such"):
        host.run("echo no such >&2; false")
    with pytest.raises(LabError, match=r"no end within 0\.5 s"):
        host.run("sleep 987654", timeout=0.5)
    assert host.run("pgrep -f 'sleep 98765[4]'", check=False).stdout == ""


def test_a_port_leads_to_a_host(network: Network) -> None:
    host = Host.boot(Image.get("bookworm"), "host", network)
    port = network.forward(0, host, 22)
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            assert connection.recv(100).startswith(b"SSH-2.0-OpenSSH")


def test_binds_and_derived_images(network: Network, tmp_path: Path) -> None:
    image = Image.get("bookworm").derive("labtest", commands=["echo derived >/etc/lab-test"])
    assert image == Image.get("bookworm").derive(
        "labtest", commands=["echo derived >/etc/lab-test"]
    )
    host = Host.boot(image, "host", network, binds={tmp_path: "/bound"})
    assert host.read("/etc/lab-test") == "derived\n"
    host.write("/bound/file", "from inside")
    assert (tmp_path / "file").read_text() == "from inside"


def test_nothing_is_left_behind() -> None:
    with Network("gone") as network:
        host = Host.boot(Image.get("trixie"), "host", network, persistent=True)
        network.forward(0, host, 22)
        assert left_behind(network.name)
    assert left_behind(network.name) == []


BOOT_AND_WAIT = """
import sys, time
from lab import *
network = Network("child")
Host.boot(Image.get("bookworm"), "host", network)
print(network.name, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_a_killed_owner_leaves_nothing(number: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", BOOT_AND_WAIT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    assert left_behind(name)
    child.send_signal(number)
    child.wait(30)
    with Network("next"):
        assert left_behind(name) == []


def test_another_process_of_the_same_pid_is_not_ours() -> None:
    child = subprocess.Popen(["sleep", "60"])
    process = Process.of(child.pid)
    assert process is not None
    Process(process.pid, process.start + 1).signal(signal.SIGKILL)
    assert process.alive
    process.signal(signal.SIGKILL)
    assert process.gone(5)
    child.wait()


def test_mirrors_come_from_this_machine() -> None:
    targets = (
        "http://a/debian/ bookworm main Debian\n"
        "http://a/debian/ bookworm-updates main $(ORIGIN)\n"
        "http://a/debian/ bookworm contrib Debian\n"
        "http://b/other/ bookworm main Other\n"
        "http://c/security/ bookworm-security main Debian\n"
        "http://d/ nodistro main Node\n"
    )
    lines = translate(targets, "trixie", frozenset({"bookworm"}))
    assert [line.split("] ")[1] for line in lines] == [
        "http://a/debian/ trixie main",
        "http://a/debian/ trixie-updates main",
        "http://c/security/ trixie-security main",
    ]
