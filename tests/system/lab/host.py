"""A real Debian host, booted with systemd-nspawn in about two seconds."""

from __future__ import annotations

import secrets
import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from . import record
from .errors import LabError
from .image import Image
from .inside import Inside
from .network import PREFIX, PREFIX6, Network
from .process import TAIL, Process, execute, in_namespace, spawn
from .record import HostRecord, disk_directory, run_directory

BOOT_TIMEOUT = 240.0
SIGPOWEROFF = signal.SIGRTMIN + 4
"""What makes systemd power off, see systemd(1)."""


class Host(Inside):
    """One host of a network. Make one with `Host.boot`."""

    def __init__(self, network: Network, state: HostRecord) -> None:
        self.network = network
        self._state = state
        self._leader: Process | None = None

    def __repr__(self) -> str:
        return f"<Host {self.name} {self.release} {self.address}>"

    @classmethod
    def boot(
        cls,
        image: Image,
        name: str,
        network: Network,
        *,
        binds: Mapping[Path, str] | None = None,
        address: int | None = None,
        persistent: bool = False,
    ) -> Host:
        """Boot a host and return once systemd says that it is up.

        It has an address, a machine id and ssh host keys of its own. Its writes are in memory: they
        survive a reboot, not `kill` or `poweroff`. With `persistent` they are on disk and survive
        those too, until the network is closed. `binds` shows directories of this machine inside;
        `address` asks for a number within the network. Raises LabError if it doesn't come up.
        """
        with network.lock():
            if any(known.name == name for known in record.running_hosts(network.name)):
                raise LabError(f"network {network.name} has a host {name} already")
            number = address or network.free_number()
            layers = [str(layer) for layer in image.layers]
            pairs = [f"{outside}:{inside}" for outside, inside in (binds or {}).items()]
            state = HostRecord(name, number, image.release, layers, persistent, pairs)
            run_directory(network.name, name).mkdir(parents=True)
            record.save_host(network.name, state)
        host = cls(network, state)
        host._make_identity()
        host.start()
        return host

    @classmethod
    def resume(cls, network: Network, name: str) -> Host:
        """Boot a persistent host again whose network was closed with its disks kept."""
        for state in record.disks(network.name):
            if state.name == name:
                run_directory(network.name, name).mkdir(parents=True, exist_ok=True)
                record.save_host(network.name, state)
                host = cls(network, state)
                host.start()
                return host
        raise LabError(f"no disk of a host {name} in network {network.name}")

    @property
    def name(self) -> str:
        """Its host name."""
        return self._state.name

    @property
    def release(self) -> str:
        """Its Debian release's codename."""
        return self._state.release

    @property
    def number(self) -> int:
        """The last part of its addresses."""
        return self._state.number

    @property
    def address(self) -> str:
        """Its IPv4 address."""
        return f"{PREFIX}{self.number}"

    @property
    def address6(self) -> str:
        """Its IPv6 address."""
        return f"{PREFIX6}{self.number}"

    @property
    def running(self) -> bool:
        """Whether it is powered on."""
        return self._state.supervisor.alive

    @property
    def payload(self) -> str:
        """The root of its cgroup tree, as a path of this machine."""
        return f"/proc/{self._state.pid}/root/sys/fs/cgroup/{self._cgroup}/payload"

    @property
    def leader(self) -> Process:
        """Its PID 1, as a process of this machine; LabError when it is powered off."""
        if self._leader is None or not self._leader.alive:
            self._leader = self._find_leader()
        if self._leader is None:
            raise LabError(f"{self.name} is not running\n{self._console()}")
        return self._leader

    # Power

    def start(self) -> None:
        """Power it on and wait until it is up; nothing to do if it runs."""
        if self.running:
            return
        directory = run_directory(self.network.name, self.name)
        namespace = self.network.plug_in(self.name, self.number)
        upper = disk_directory(self.network.name, self.name) if self._state.persistent else "memory"
        command = in_namespace(
            "boot",
            self._cgroup,
            str(directory),
            ":".join(self._state.layers),
            str(upper),
            str(directory / "seed"),
            "--",
            "--quiet",
            f"--machine={self.network.name}-{self.name}",
            f"--hostname={self.name}",
            "--boot",
            "--register=no",
            "--keep-unit",
            "--console=pipe",
            "--link-journal=no",
            "--resolv-conf=off",
            "--timezone=off",
            f"--network-namespace-path={namespace}",
            # A host that is no container has them; nspawn leaves them out.
            "--system-call-filter=landlock_create_ruleset landlock_restrict_self",
            *(f"--bind={bind}" for bind in self._state.binds),
        )
        process = spawn(command, directory / "console.log")
        self._state.pid, self._state.start = process.pid, process.start
        with self.network.lock():
            record.save_host(self.network.name, self._state)
        self._wait_until_up(None)
        self._introduce()

    def reboot(self) -> None:
        """Reboot it the orderly way and wait until it is up again."""
        before = self.leader
        self.run("systemctl --no-block reboot")
        self._wait_until_up(before)
        self._introduce()

    def poweroff(self, timeout: float = 180) -> None:
        """Shut it down the orderly way and wait for the end."""
        self.leader.signal(SIGPOWEROFF)
        if not self._state.supervisor.gone(timeout):
            raise LabError(f"{self.name} does not power off\n{self._console()}")

    def kill(self) -> None:
        """Pull the plug: every process ends at once, unwritten data of the kernel stays."""
        self.leader.signal(signal.SIGKILL)
        if not self._state.supervisor.gone(60):
            raise LabError(f"{self.name} does not die\n{self._console()}")

    def remove(self) -> None:
        """Pull the plug and take the host, its disk included, out of the network."""
        if self.running:
            self.kill()
        with self.network.lock():
            self.network.unplug(self.name, self.number)
            shutil.rmtree(run_directory(self.network.name, self.name), ignore_errors=True)
            shutil.rmtree(disk_directory(self.network.name, self.name), ignore_errors=True)

    # How it is done

    @property
    def _cgroup(self) -> str:
        return f"lumenmon-lab/{self.network.name}/{self.name}"

    def _find_leader(self) -> Process | None:
        if not self.running:
            return None
        for nspawn in self._state.supervisor.children():
            for child in nspawn.children():
                with suppress(FileNotFoundError, ProcessLookupError):
                    status = Path(f"/proc/{child.pid}/status").read_text()
                    numbers = status.partition("NSpid:")[2].splitlines()[0].split()
                    if len(numbers) > 1 and numbers[-1] == "1":
                        return child
        return None

    def _wait_until_up(self, before: Process | None) -> None:
        """Wait until systemd has started everything, as a PID 1 other than `before`."""
        end = time.monotonic() + BOOT_TIMEOUT
        while self.running:
            leader = self._find_leader()
            socket = Path(f"/proc/{leader.pid}/root/run/systemd/private") if leader else None
            if leader and leader != before and socket and socket.exists():
                self._leader = leader
                asked = self.run(
                    "systemctl is-system-running --wait", check=False, timeout=BOOT_TIMEOUT
                )
                if asked.stdout.strip() in ("running", "degraded"):
                    return
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        raise LabError(f"{self.name} does not come up\n{self._console()}")

    def _console(self) -> str:
        log = run_directory(self.network.name, self.name) / "console.log"
        return log.read_text(errors="replace")[-TAIL:] if log.exists() else ""

    def _make_identity(self) -> None:
        """Lay out the files that tell this host from others of the same image."""
        etc = run_directory(self.network.name, self.name) / "seed" / "etc"
        (etc / "ssh").mkdir(parents=True)
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "machine-id").write_text(f"{secrets.token_hex(16)}\n")
        (etc / "hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost\n")
        execute(["ssh-keygen", "-q", "-A", "-f", str(etc.parent)])
        for path in (etc.parent, *etc.parent.rglob("*")):  # whatever the caller's umask is
            private = path.name.endswith("_key")
            path.chmod(0o755 if path.is_dir() else 0o600 if private else 0o644)

    def _introduce(self) -> None:
        """Tell every running host the names of all."""
        with self.network.lock():
            hosts = [host for host in self.network.hosts if host.running]
            names = "".join(
                f"{host.address} {host.name} # lab\n{host.address6} {host.name} # lab\n"
                for host in hosts
            )
            for host in hosts:
                # One that is still booting will introduce itself.
                with suppress(LabError):
                    host.run("sed -i '/# lab$/d' /etc/hosts; cat >>/etc/hosts", input=names)
