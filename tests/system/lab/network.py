"""A network of the lab's own: a switch in a network namespace that reaches nothing else."""

from __future__ import annotations

import atexit
import itertools
import os
import re
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from . import record
from .errors import LabError
from .paths import RUN, locked
from .process import Process, Result, execute, me, namespaced, spawn
from .record import Forward, NetworkRecord, disk_directory, run_directory

if TYPE_CHECKING:
    from .host import Host

PREFIX = "10.23.45."
PREFIX6 = "fd23:45::"
MAX_HOSTS = 250
TABLE = "lumenmon_lab"

INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_INSTANCES = 4096

FORWARDER = str(Path(__file__).with_name("forward.py"))

_counter = itertools.count(1)
_open: list[Network] = []


class Network:
    """A switch that hosts are plugged into; a context manager that ends them all.

    A network is ended with the process that made it unless `keep` is set: then its name is its own
    and a later process finds it again by that name.
    """

    def __init__(self, name: str, *, keep: bool = False) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", name):
            raise LabError(f"a network's name is up to 16 small letters and digits, not {name!r}")
        self.name = name if keep else f"{name}-{os.getpid()}-{next(_counter)}"
        self.keep = keep
        self.namespace = f"lumenmon-{self.name}"
        close_abandoned()
        _open.append(self)
        _end_cleanly()
        with self.lock():
            if record.load_network(self.name) is None:
                try:
                    self._create()
                except LabError:
                    close(self.name)
                    raise

    def __enter__(self) -> Network:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self.keep:
            self.close()

    def lock(self) -> AbstractContextManager[None]:
        """Hold the network against other processes and threads."""
        return locked(RUN / f".{self.name}.lock")

    def _create(self) -> None:
        _make_room()
        run_directory(self.name).mkdir(parents=True, exist_ok=True)
        owner = me()
        record.save_network(NetworkRecord(self.name, self.keep, owner.pid, owner.start))
        ip("netns", "add", self.namespace)
        switch = self.namespace
        ip("link", "set", "lo", "up", namespace=switch)
        ip("link", "add", "br0", "type", "bridge", namespace=switch)
        ip("address", "add", f"{PREFIX}1/24", "dev", "br0", namespace=switch)
        ip("address", "add", f"{PREFIX6}1/64", "dev", "br0", "nodad", namespace=switch)
        ip("link", "set", "br0", "up", namespace=switch)

    # Hosts

    @property
    def hosts(self) -> list[Host]:
        """The hosts that were booted in this network, powered off ones included."""
        from .host import Host

        return [Host(self, found) for found in record.running_hosts(self.name)]

    def host(self, name: str) -> Host:
        """The host of this name; LabError if there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        known = ", ".join(host.name for host in self.hosts) or "none"
        raise LabError(f"no host {name!r} in network {self.name}; there are: {known}")

    def free_number(self) -> int:
        """A number for the next host's address."""
        taken = {found.number for found in record.running_hosts(self.name)}
        taken |= {found.number for found in record.disks(self.name)}
        for number in range(2, MAX_HOSTS + 2):
            if number not in taken:
                return number
        raise LabError(f"network {self.name} is full")

    def plug_in(self, host: str, number: int) -> str:
        """Make a host's network namespace, connected to the switch, and return its path."""
        namespace = f"{self.namespace}-{host}"
        path = f"/run/netns/{namespace}"
        if Path(path).exists():
            return path
        ip("netns", "add", namespace)
        port = f"v{number}"
        ip("link", "add", port, "netns", self.namespace, "type", "veth",
           "peer", "name", "host0", "netns", namespace)  # fmt: skip
        ip("link", "set", port, "master", "br0", "up", namespace=self.namespace)
        ip("link", "set", "lo", "up", namespace=namespace)
        ip("address", "add", f"{PREFIX}{number}/24", "dev", "host0", namespace=namespace)
        ip("address", "add", f"{PREFIX6}{number}/64", "dev", "host0", "nodad", namespace=namespace)
        ip("link", "set", "host0", "up", namespace=namespace)
        ip("route", "add", "default", "via", f"{PREFIX}1", namespace=namespace)
        return path

    def unplug(self, host: str, number: int) -> None:
        """Delete a host's network namespace, and free its port for the next host at once."""
        # The kernel clears a namespace up some time later, and the port would stay until then.
        execute([*self.inside(), "ip", "link", "delete", f"v{number}"], check=False)
        execute(["ip", "netns", "delete", f"{self.namespace}-{host}"], check=False)

    # Faults

    def cut(self, host: Host) -> None:
        """Pull a host's network cable."""
        ip("link", "set", f"v{host.number}", "down", namespace=self.namespace)

    def restore(self, host: Host) -> None:
        """Plug a host's network cable in again."""
        ip("link", "set", f"v{host.number}", "up", namespace=self.namespace)

    def drop(self, source: Host, target: Host, port: int | None = None) -> None:
        """Lose every packet from `source` to `target`, in this direction alone."""
        self._block(source, target, port, "drop")

    def reject(self, source: Host, target: Host, port: int) -> None:
        """Answer each of `source`'s TCP packets to this port of `target` with a reset."""
        self._block(source, target, port, "reject with tcp reset")

    def unblock(self) -> None:
        """Undo every `drop` and `reject`."""
        for host in self.hosts:
            self._filter(host, f"table inet {TABLE} {{}}\ndelete table inet {TABLE}\n")

    def _block(self, source: Host, target: Host, port: int | None, verdict: str) -> None:
        tcp = "" if port is None else f"tcp dport {port}"
        senders = f"ip saddr {source.address}", f"ip6 saddr {source.address6}"
        rules = "\n".join(f"{sender} {tcp} {verdict}" for sender in senders)
        hook = "type filter hook input priority -300;"
        self._filter(target, f"table inet {TABLE} {{\nchain faults {{\n{hook}\n{rules}\n}}\n}}\n")

    def _filter(self, host: Host, rules: str) -> None:
        # In the host's namespace: this machine's bridge may not know how to reject.
        namespace = f"/run/netns/{self.namespace}-{host.name}"
        execute(["nsenter", f"--net={namespace}", "--", "nft", "-f", "-"], input=rules)

    # Ways in

    def run(
        self,
        command: Sequence[str],
        *,
        check: bool = True,
        input: str | None = None,
        timeout: float = 180,
    ) -> Result:
        """Run a program of this machine as if it stood in the lab's network."""
        return execute([*self.inside(), *command], check=check, input=input, timeout=timeout)

    def inside(self) -> list[str]:
        """What to put before a command so that it runs in the lab's network."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", "--"]

    def forward(self, local_port: int, host: Host, port: int) -> int:
        """Lead a port of this machine's loopback (0 = any free one) to a host; return the port."""
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", local_port))
            except OSError as error:
                raise LabError(f"port {local_port} of this machine: {error.strerror}") from None
            listener.listen(128)
            local = int(listener.getsockname()[1])
            process = spawn(
                [*self.inside(), sys.executable, FORWARDER,
                 str(listener.fileno()), host.address, str(port)],
                run_directory(self.name) / "forward.log",
                pass_fds=[listener.fileno()],
            )  # fmt: skip
        with self.lock():
            state = self._state()
            state.forwards.append(Forward(local, host.name, port, process.pid, process.start))
            record.save_network(state)
        return local

    @property
    def forwards(self) -> list[Forward]:
        """The ports of this machine that lead to hosts."""
        return self._state().forwards

    def _state(self) -> NetworkRecord:
        state = record.load_network(self.name)
        if state is None:
            raise LabError(f"network {self.name} is down")
        return state

    # The end

    def close(self, *, keep_disks: bool = False) -> None:
        """End all hosts at once, as if the power went, and remove everything but kept disks."""
        with suppress(ValueError):
            _open.remove(self)
        with self.lock():
            close(self.name, keep_disks=keep_disks)


def _make_room() -> None:
    """Raise the kernel's limit of inotify instances of a user: all hosts' systemd share root's.

    Its 128 are used up by about ten hosts; then units of the next ones fail for no fault of ours.
    """
    with suppress(OSError):  # a container may not; a few hosts do without
        if int(INOTIFY.read_text()) < INOTIFY_INSTANCES:
            INOTIFY.write_text(str(INOTIFY_INSTANCES))


def ip(*arguments: str, namespace: str = "") -> None:
    """Run iproute2's `ip`, in a network namespace if one is named."""
    # Not `ip -n`: it remounts /, which fails in a chroot.
    enter = ["nsenter", f"--net=/run/netns/{namespace}", "--"] if namespace else []
    execute([*enter, "ip", *arguments])


def close(name: str, *, keep_disks: bool = False) -> None:
    """Remove everything that a network of this name left on this machine."""
    state = record.load_network(name)
    processes = [
        Process(forward.pid, forward.start) for forward in (state.forwards if state else ())
    ]
    for process in processes:
        process.signal(signal.SIGKILL)
    hosts = [*record.running_hosts(name)]
    # From the inside out, so that each is reaped by its own parent; the sweep gets the rest.
    for nspawn in [child for host in hosts for child in host.supervisor.children()]:
        for leader in nspawn.children():
            leader.signal(signal.SIGKILL)
    for host in hosts:
        host.supervisor.gone(5)
    namespaced("sweep", f"lumenmon-lab/{name}")
    for process in [*processes, *(host.supervisor for host in hosts)]:
        if not process.gone(10):
            raise LabError(f"process {process.pid} of network {name} does not end")
    for host in hosts:
        execute(["ip", "netns", "delete", f"lumenmon-{name}-{host.name}"], check=False)
    execute(["ip", "netns", "delete", f"lumenmon-{name}"], check=False)
    if not keep_disks:
        shutil.rmtree(disk_directory(name), ignore_errors=True)
    shutil.rmtree(run_directory(name), ignore_errors=True)
    (RUN / f".{name}.lock").unlink(missing_ok=True)


def close_abandoned() -> None:
    """Close the networks whose process died without doing so."""
    for name in record.networks():
        state = record.load_network(name)
        if state is not None and state.abandoned:
            close(name)


def _close_all(pid: int) -> None:
    """Close what this process (not a fork of it) has open."""
    if os.getpid() == pid:
        for network in [*_open]:
            if not network.keep:
                network.close()


_handled = False


def _end_cleanly() -> None:
    """Close all networks at exit, and make SIGTERM and SIGHUP an exit like any other."""
    global _handled
    if _handled or threading.current_thread() is not threading.main_thread():
        return
    _handled = True
    atexit.register(_close_all, os.getpid())
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
