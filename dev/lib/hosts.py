"""The development hosts: one console and some agents in the lab, which stay up between commands.

hosts.py COMMAND [ARGUMENT…]; the scripts in dev/ call it once what it needs is installed.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from lab import RELEASES, Host, Image, LabError, Network
from lab.fleet import (
    AGENT,
    CONSOLE,
    REPOSITORY,
    bare_image,
    enrol,
    install,
    installed_image,
)
from lab.network import close
from lab.record import disk_directory, disks, load_network
from say import SSH_PORT, WEB_PORT, paint, step, summary

NAME = "dev"
PARALLEL = 4
"""How many hosts boot at a time; two cores gain nothing from more."""

LOADS = "/run/load"
MADE_UP = ("stat", "loadavg", "meminfo")
LOAD = f"""\
[Unit]
Description=a load of this host's own
[Service]
Type=exec
ExecStart=/usr/bin/python3 /usr/local/lib/load.py {LOADS} {{seed}}
ExecStartPost=/bin/sh -c 'until [ -s {LOADS}/meminfo ]; do sleep 0.1; done'
"""


def debs() -> list[Path]:
    """The packages that dev/build made."""
    found = sorted((REPOSITORY / "dist").glob("*.deb"))
    if not found:
        raise LabError("no packages in dist/; dev/build makes them")
    return found


def up() -> Network:
    """The development network; LabError unless it is up."""
    if load_network(NAME) is None:
        stopped = any(disks(NAME))
        raise LabError(
            "the development hosts are not up; "
            + ("dev/start starts them" if stopped else "dev/auto makes them")
        )
    return Network(NAME, keep=True)


def forward(network: Network, ports: dict[str, int]) -> None:
    """Lead this machine's ports to the console's."""
    console = network.host("console")
    network.forward(ports["ssh"], console, SSH_PORT)
    network.forward(ports["web"], console, WEB_PORT)


def check_free(port: int, option: str) -> None:
    """Refuse a port of this machine that something else listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LabError(f"port {port} of this machine: {error.strerror}; see {option}") from None


def ports_file() -> Path:
    """Where the chosen ports are kept while the hosts are down."""
    return disk_directory(NAME) / "ports.json"


def auto(options: argparse.Namespace) -> None:
    """Make a console and an agent from the packages of this tree, and leave them running."""
    ports = {"ssh": options.ssh_port, "web": options.web_port}
    if options.ssh_port == options.web_port:
        raise LabError("--ssh-port and --web-port are the same")
    remove()
    for name, port in ports.items():
        check_free(port, f"--{name}-port")
    with step(f"Preparing images: {options.console} and {options.agent}"):
        images = {
            release: bare_image(release, debs()) for release in {options.console, options.agent}
        }
    network = Network(NAME, keep=True)
    wanted = [
        ("console", images[options.console], CONSOLE),
        ("agent", images[options.agent], AGENT),
    ]
    with step("Booting both and installing the packages with apt"), ThreadPoolExecutor() as pool:
        console, agent = pool.map(lambda one: make(network, *one), wanted)
    with step("Inviting and registering the agent"):
        print(f"    {enrol(console, agent)}")
    ports_file().write_text(json.dumps(ports))
    forward(network, ports)
    summary(network)


def make(network: Network, name: str, image: Image, packages: Sequence[str]) -> Host:
    """Boot a host that stays and install packages of ours on it."""
    host = Host.boot(image, name, network, persistent=True)
    install(host, packages)
    return host


def check(_: argparse.Namespace) -> None:
    """Say what to do unless the console is up."""
    if not up().host("console").running:
        raise LabError("the development console is off; dev/start starts it")


def start(_: argparse.Namespace) -> None:
    """Boot the stopped hosts again, as they were."""
    names = [record.name for record in disks(NAME)]
    if not names:
        raise LabError("no development hosts yet; dev/auto makes them")
    network = Network(NAME, keep=True)
    known = {host.name: host for host in network.hosts}
    with step(f"Starting {', '.join(names)}"), ThreadPoolExecutor(PARALLEL) as pool:
        for started in [
            pool.submit(known[name].start)
            if name in known
            else pool.submit(Host.resume, network, name)
            for name in names
        ]:
            started.result()
    if not network.forwards:
        forward(network, json.loads(ports_file().read_text()))
    summary(network)


def stop(_: argparse.Namespace) -> None:
    """Shut all hosts down; dev/start brings them back."""
    if load_network(NAME) is None:
        again = "; dev/start boots them again" if any(disks(NAME)) else ""
        print(f"The development hosts are not up{again}.")
        return
    network = Network(NAME, keep=True)
    running = [host for host in network.hosts if host.running]
    names = ", ".join(host.name for host in running)
    with step(f"Shutting down {names}"), ThreadPoolExecutor(PARALLEL) as pool:
        for stopped in [pool.submit(host.poweroff) for host in running]:
            stopped.result()
        network.close(keep_disks=True)
    print("    dev/start boots them again; dev/reset removes them")


def reset(_: argparse.Namespace) -> None:
    """Remove all hosts with their disks."""
    if remove():
        print("    dev/auto makes new ones")
    else:
        print("There are no development hosts; dev/auto makes them.")


def remove() -> bool:
    """Remove what there is; false when there was nothing."""
    found = load_network(NAME) is not None or any(disks(NAME))
    if found:
        with step("Removing the development hosts"):
            close(NAME)
    return found


def give_load(host: Host) -> None:
    """Let a host's agent measure a load that is not the machine's; also after the next boot."""
    host.write("/usr/local/lib/load.py", (Path(__file__).with_name("load.py")).read_text())
    host.write("/etc/systemd/system/load.service", LOAD.format(seed=host.name))
    bound = "".join(f"BindReadOnlyPaths={LOADS}/{name}:/proc/{name}\n" for name in MADE_UP)
    host.run("mkdir -p /etc/systemd/system/lumenmon-agentd.service.d")
    host.write(
        "/etc/systemd/system/lumenmon-agentd.service.d/load.conf",
        f"[Unit]\nAfter=load.service\nWants=load.service\n[Service]\n{bound}",
    )
    host.run("systemctl daemon-reload && systemctl start load && systemctl restart lumenmon-agentd")


def register(options: argparse.Namespace) -> None:
    """Boot more agents and register them."""
    network = up()
    console = network.host("console")
    taken = {host.name for host in network.hosts}
    names = [name for n in range(1, 300) if (name := f"agent{n}") not in taken][: options.count]
    with step(f"Preparing the image: {options.agent}"):
        image = installed_image(bare_image(options.agent, debs()), AGENT)

    def add(name: str) -> None:
        agent = Host.boot(image, name, network, persistent=True)
        give_load(agent)
        identity = enrol(console, agent)
        print(f"    {name:10} {agent.address:14} {identity}", flush=True)

    text = f"Adding {names[0]}" + (f" to {names[-1]}" if len(names) > 1 else "")
    with step(text), ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(add, names))
    summary(network)


def logs(options: argparse.Namespace) -> None:
    """Follow lumenmon's journal on all hosts until interrupted."""
    hosts = [host for host in up().hosts if host.running]
    width = max(len(host.name) for host in hosts)
    wanted = options.arguments or ["--follow", "--lines=20"]
    command = ["journalctl", "--unit=lumenmon*", "--no-hostname", *wanted]
    if not options.arguments:
        print("    Ctrl-C ends it", file=sys.stderr)
    readers = []
    for number, host in enumerate(hosts):
        child = subprocess.Popen(host.inside(command), stdout=subprocess.PIPE, text=True)
        label = paint(f"{host.name:{width}}", str(31 + number % 6))
        assert child.stdout is not None
        reader = threading.Thread(target=copy_lines, args=(child.stdout, label), daemon=True)
        reader.start()
        readers.append(reader)
    for reader in readers:
        reader.join()


def copy_lines(stream: IO[str], label: str) -> None:
    """Print a stream's lines, each with whose it is."""
    for line in stream:
        print(f"{label} {line}", end="", flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="dev/…", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for function in (check, start, stop, reset):
        plain = commands.add_parser(function.__name__, description=function.__doc__)
        plain.set_defaults(run=function)
    parts = commands.add_parser("auto", description=auto.__doc__)
    parts.set_defaults(run=auto)
    parts.add_argument("--console", choices=RELEASES, default="bookworm", help="its Debian")
    parts.add_argument("--agent", choices=RELEASES, default="trixie", help="its Debian")
    parts.add_argument("--ssh-port", type=int, default=SSH_PORT, help="on this machine")
    parts.add_argument("--web-port", type=int, default=WEB_PORT, help="on this machine")
    more = commands.add_parser("register", description=register.__doc__)
    more.set_defaults(run=register)
    more.add_argument("--agent", choices=RELEASES, default="trixie", help="its Debian")
    more.add_argument("--count", type=int, default=1, help="how many")
    commands.add_parser("logs", description=logs.__doc__).set_defaults(run=logs)
    options, unknown = parser.parse_known_args(arguments)
    if unknown and options.run is not logs:
        parser.error(f"unknown: {' '.join(unknown)}")
    options.arguments = unknown
    return options


def main() -> int:
    """Run one command; 0 when it worked."""
    options = parse(sys.argv[1:])
    try:
        options.run(options)
    except LabError as error:
        print(f"{paint('✗', '31')} {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
