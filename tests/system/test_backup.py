"""A console goes into one file while it runs, and comes out of it on another host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import count, wait_for_growth, wait_for_rows
from lab import RELEASES, Host, Network
from lab.fleet import enrol
from named import wait_named

if TYPE_CHECKING:
    from conftest import Boot, ImageOf

FILE = "/root/lumenmon.tar.gz"
NEWER = f"""\
mkdir /root/n && cd /root/n && tar xzf {FILE} && /usr/bin/python3 -c '
import hashlib, json, sqlite3
db = sqlite3.connect("web/auth.db")
db.execute("PRAGMA user_version = 99")
db.close()
manifest = json.load(open("manifest.json"))
manifest["sums"]["web/auth.db"] = hashlib.sha256(open("web/auth.db", "rb").read()).hexdigest()
json.dump(manifest, open("manifest.json", "w"))
' && tar czf /root/newer $(tar tzf {FILE})
"""
"""Makes a backup whose logins a later version wrote, its sums right."""


def test_a_restored_console_on_a_new_host_gets_its_agents_back(
    network: Network, boot_console: Boot, boot_agent: Boot, image_console: ImageOf, release: str
) -> None:
    console, agent = boot_console(release), boot_agent(release)
    identity = enrol_by_name(console, agent)
    wait_for_rows(console, identity)
    console.run(["lumenmonctl", "rename", identity, "kept"])
    console.run(["lumenmonctl", "tag", "kept", "web", "prod"])
    made = console.run(["lumenmonctl", "token", "create", "graphs"]).stdout
    token = max(made.split(), key=len)
    console.run("echo 'retention_raw = \"30d\"' >>/etc/lumenmon/lumenmond.toml")

    printed = console.run(["lumenmonctl", "backup", "--host-key", FILE]).stdout
    assert "1 agent" in printed
    assert "the host key" in printed
    assert console.run(["stat", "-c", "%a %U", FILE]).stdout.split() == ["600", "root"]
    again = console.run(["lumenmonctl", "backup", FILE], check=False)
    assert again.returncode == 1
    assert f"sudo lumenmonctl backup {FILE} --force" in again.stderr
    assert console.run("ls -A /var/lib/lumenmon /var/lib/lumenmon-host").stdout.count("backup") == 0
    rows = count(console, f"{identity}_generic_cpu")
    uid = console.run(["id", "-u", identity]).stdout

    other = Host.boot(image_console(release), "other", network)
    packed = console.run(["base64", "-w0", FILE]).stdout
    other.run("base64 -d >/root/b.tar.gz", input=packed)
    console.poweroff()
    own = other.run(["ssh-keyscan", "-t", "ed25519", "localhost"]).stdout.split()[2]
    printed = other.run(["lumenmonctl", "restore", "--yes", "/root/b.tar.gz"], timeout=120).stdout
    assert "restored" in printed
    assert "/etc/lumenmon/lumenmond.toml.before-restore" in printed
    assert other.read("/etc/lumenmon/lumenmond.toml").endswith('retention_raw = "30d"\n')
    assert other.units_failed() == []
    assert other.run(["id", "-u", identity]).stdout == uid
    assert count(other, f"{identity}_generic_cpu") >= rows - 30

    if release == RELEASES[0]:  # it waits for the agents for half a minute
        wait_named(other, "the only agent has not connected since", "on one of them: sudo lumenmon")
    point_to(agent, other)
    wait_for_growth(other, f"{identity}_generic_cpu")
    assert "kept" in other.run(["lumenmonctl", "agents"]).stdout
    assert "prod, web" in other.run(["lumenmonctl", "show", "kept"]).stdout
    assert api_status(other, token) == "200"
    assert api_status(other, token[:-1]) == "401"
    assert other.run(["ssh-keyscan", "-t", "ed25519", "localhost"]).stdout.split()[2] == own
    assert "before-restore" in other.run("ls /var/lib/lumenmon").stdout


def api_status(console: Host, token: str) -> str:
    """What the dashboard's API answers to the holder of a token."""
    program = (
        "import sys, http.client as h; c = h.HTTPConnection('localhost', 8080);"
        " c.request('GET', '/api/v1/agents', headers={'Authorization': 'Bearer ' + sys.argv[1]});"
        " print(c.getresponse().status)"
    )
    return console.run(["/usr/bin/python3", "-c", program, token]).stdout.strip()


def enrol_by_name(console: Host, agent: Host) -> str:
    """Enrol with a link that names the console, so that it can move."""
    point_to(agent, console)
    link = console.run(
        "lumenmonctl invite --host watch.test --json | python3 -c "
        "'import json, sys; print(json.load(sys.stdin)[\"link\"])'"
    ).stdout
    printed = agent.run(["lumenmonctl", "register"], input=link).stdout
    return next(word for word in printed.split() if word.startswith("id_")).strip(".,:")


def point_to(agent: Host, console: Host) -> None:
    """Let the console's name lead to a host."""
    agent.run(
        f"sed '/watch.test/d' /etc/hosts >/tmp/hosts; echo '{console.address} watch.test'"
        " >>/tmp/hosts; cat /tmp/hosts >/etc/hosts"
    )


def test_what_is_no_backup_changes_nothing(boot_console: Boot, boot_agent: Boot) -> None:
    console, agent = boot_console("bookworm"), boot_agent("bookworm")
    identity = enrol(console, agent)
    wait_for_rows(console, identity)
    console.run(["lumenmonctl", "backup", FILE])
    console.run(f"head -c 2000 {FILE} >/root/cut; echo nothing >/root/text")
    console.run(NEWER)
    started = console.run("systemctl show -P ActiveEnterTimestamp lumenmond").stdout
    for file, said in (("/root/cut", "no whole backup"), ("/root/text", "no whole backup"),
                       ("/root/none", "cannot be read"), ("/root", "cannot be read"),
                       ("/root/newer", "update this console first")):  # fmt: skip
        refused = console.run(["lumenmonctl", "restore", "--yes", file], check=False)
        assert refused.returncode == 1
        assert said in refused.stderr
    asked = console.run(["lumenmonctl", "restore", FILE], check=False, input="")
    assert asked.returncode == 1
    assert "--yes" in asked.stderr
    for command in ("backup", "restore"):
        denied = console.run(["lumenmonctl", command, "/tmp/x"], user="nobody", check=False)
        assert denied.returncode == 1
        assert "sudo lumenmonctl" in denied.stderr
        assert console.run(["lumenmonctl", command], check=False).returncode == 2
    assert console.run("systemctl show -P ActiveEnterTimestamp lumenmond").stdout == started

    console.run(["lumenmonctl", "restore", "--yes", FILE], timeout=120)
    wait_for_growth(console, f"{identity}_generic_cpu")
    assert console.run("ls -A /var/lib/lumenmon-host").stdout.count("staging") == 0


def test_watch_query_and_logs_name_an_agent(boot_console: Boot, boot_agent: Boot) -> None:
    console, agent = boot_console("trixie"), boot_agent("trixie")
    identity = enrol(console, agent)
    wait_for_rows(console, identity)
    lines = console.run(["lumenmonctl", "watch", "-n", "2", "agent", "cpu"]).stdout.splitlines()
    assert len(lines) == 2
    assert all(float(value) >= 0 and int(stamp) for stamp, value in map(str.split, lines))
    wrong = console.run(["lumenmonctl", "watch", "agent", "generic_cpuu"], check=False)
    assert (wrong.returncode, "did you mean: generic_cpu" in wrong.stderr) == (1, True)
    assert (
        "must be a whole number"
        in console.run(["lumenmonctl", "watch", "-n", "0", "agent", "cpu"], check=False).stderr
    )
    plot = console.run("script -qc 'lumenmonctl query agent generic_cpu --from 5m' /dev/null",
                       env={"TERM": "xterm", "LC_ALL": "C.UTF-8"}).stdout  # fmt: skip
    assert " sample" in plot
    assert any("\u2801" <= c <= "\u28ff" for c in plot)
    assert "MEAN" in console.run(["lumenmonctl", "query", "agent", "generic_cpu"]).stdout
    story = console.run(["lumenmonctl", "logs", "--no-follow", "--agent", "agent"]).stdout
    assert identity in story
    unknown = console.run(["lumenmonctl", "logs", "--no-follow", "--agent", "nobody"], check=False)
    assert (unknown.returncode, "no agent is called nobody" in unknown.stderr) == (1, True)
