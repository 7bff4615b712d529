"""The dashboard on booted hosts: login, live events, what it cannot reach, restarts, TLS."""

from __future__ import annotations

import itertools
import json
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Scene
from conftest import ImageOf
from helpers import complaints, enrol_plain, make_key, our_units, ssh_options
from lab import RELEASES, Host, Image, Network
from lab.fleet import REPOSITORY

from lumenmond.live import PUBLISH

TLS = "/etc/lumenmon/tls"
_AS_WEB = ["setpriv", "--reuid=lumenmon-web", "--regid=lumenmon-web", "--init-groups"]
_PROBES = {
    "write the database": "open('/var/lib/lumenmon/metrics.db', 'r+b')",
    "write beside it": "open('/var/lib/lumenmon/x', 'w')",
    "read a private host key": "open('/etc/ssh/ssh_host_ed25519_key')",
    "look at the agents' keys": "__import__('os').listdir('/var/lib/lumenmon-host/keys')",
    "read open invites": "__import__('os').listdir('/var/lib/lumenmon-host/invites')",
    "read shadow": "open('/etc/shadow')",
}
READ = "open('/var/lib/lumenmon/metrics.db', 'rb').read(16)"
LATE = 2.0
"""Seconds that a sample may be older than its time stamp says: one because that is whole, one for
the agent's pulse. To it comes what this machine takes for anything just now."""
_LOOK = """
import http.cookiejar, sys, urllib.parse, urllib.request as web
base, _, token = sys.stdin.read().strip().partition("/login?token=")
browser = web.build_opener(web.HTTPCookieProcessor(http.cookiejar.CookieJar()))
browser.open(base + "/login", urllib.parse.urlencode({"token": token}).encode())
print(browser.open(base + "/api/v1/agents").read().decode())
events = browser.open(base + "/api/v1/events", timeout=60)
print(*(events.readline().decode() for _ in range(6)))
"""
_GREEDY = """
import socket, sys
page = b"GET /static/vendor/chart.js HTTP/1.1\\r\\nHost: %b\\r\\n\\r\\n" % sys.argv[1].encode()
clients = []
for _ in range(int(sys.argv[2])):
    clients.append(socket.create_connection((sys.argv[1], 8080)))
    clients[-1].setblocking(False)
    clients[-1].send(page * 100)
print("all ask", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module", params=RELEASES)
def scene(
    request: pytest.FixtureRequest,
    image_console: ImageOf,
    image_agent: ImageOf,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """One console and one agent for all tests of a release."""
    with Network("dashboard") as network:
        console = Host.boot(image_console(request.param), "console", network)
        agent = Host.boot(image_agent(request.param), "agent", network)
        yield Scene(network, console, agent, tmp_path_factory.mktemp("jar") / request.param)


def test_it_runs_once_installed_and_shows_nothing_without_a_login(scene: Scene) -> None:
    units = our_units(scene.console)
    assert units["lumenmond-web.socket"] == units["lumenmond-web.service"] == "active"
    stranger = Browser(scene.network, scene.console, Path("/dev/null"))
    assert stranger.curl("/")[0] == 303
    assert stranger.curl("/api/v1/agents")[0] == 401
    assert stranger.curl("/healthz") == (200, "ok\n")
    assert stranger.curl("/login", "-H", "Host: evil.example")[0] == 400
    assert stranger.curl("/login", "-H", "Host: console")[0] == 200


def test_it_shows_a_real_agent(scene: Scene) -> None:
    (agent,) = scene.browser.get("/api/v1/agents")["agents"]
    assert (agent["id"], agent["state"]) == (scene.id, "online")

    def latest() -> dict[str, Any]:
        found: dict[str, Any] = scene.browser.get(f"/api/v1/agents/{scene.id}")["agent"]["latest"]
        return found

    scene.agent.wait(lambda: "generic_hostname" in latest(), timeout=60)  # of a slower rhythm
    assert latest()["generic_hostname"]["value"] == "agent"
    full = scene.browser.get(f"/api/v1/agents/{scene.id}")
    metrics = {each["metric"]: each for each in full["metrics"]}
    assert metrics["generic_cpu"]["samples"] > 0
    series = scene.browser.get(f"/api/v1/agents/{scene.id}/series/generic_cpu?points=300")
    assert series["points"]
    status, text = scene.browser.curl("/metrics?agents=1")
    assert status == 200
    assert f'agent="{scene.id}"' in text


def test_samples_come_live(scene: Scene) -> None:
    answered = scene.browser.answered()
    with scene.browser.events() as events:
        late = []
        for came, kind, data in events:
            if kind == "samples":
                late += [came - row[1] for row in data["samples"] if row[0] == "generic_cpu"]
            if len(late) == 10:
                break
    assert statistics.median(late) < LATE + 10 * max(answered, scene.browser.answered()), late


def test_the_page_follows_a_restart_of_the_daemon(scene: Scene) -> None:
    seen: list[str] = []
    with scene.browser.events() as events:
        for _, kind, data in events:
            if kind == "snapshot" and "snapshot" not in seen:
                scene.console.run(["systemctl", "restart", "lumenmond.service"])
            seen.append(data["state"] if kind == "daemon" else kind)
            if seen.count("snapshot") == 2 and seen[-1] == "samples":
                break
    assert seen[:2] == ["up", "snapshot"]
    down = seen.index("down")
    assert seen[down + 1 : down + 3] == ["up", "snapshot"]


def test_an_admin_changes_and_a_viewer_does_not(scene: Scene, tmp_path: Path) -> None:
    path = f"/api/v1/agents/{scene.id}"
    wanted = {"name": "<script>ünï\u202e</script>"[:8] + "ü", "tags": ["blue", '"><b>']}
    status, _ = scene.browser.change("PATCH", path, wanted)
    assert status == 200
    shown = json.loads(scene.console.run(["lumenmonctl", "agents", "--json"]).stdout)[0]
    assert (shown["name"], shown["tags"]) == (wanted["name"], sorted(wanted["tags"]))
    status, body = scene.browser.change("POST", "/api/v1/invites")
    assert status == 201
    invite = json.loads(body)
    pending = scene.browser.get("/api/v1/invites")["invites"]
    assert [each["user"] for each in pending] == [invite["user"]]
    assert scene.console.run(["getent", "passwd", invite["user"]]).ok
    assert scene.browser.change("DELETE", f"/api/v1/invites/{invite['user']}")[0] == 204
    assert not scene.console.run(["getent", "passwd", invite["user"]], check=False).ok
    viewer = Browser(scene.network, scene.console, tmp_path / "viewer")
    viewer.login("--viewer")
    assert viewer.change("PATCH", path, {"name": "x"})[0] == 403
    assert viewer.change("POST", "/api/v1/invites")[0] == 403


def main_process(console: Host) -> str:
    """The number of the dashboard's process."""
    show = ["systemctl", "show", "--property=MainPID", "--value", "lumenmond-web.service"]
    return console.run(show).stdout.strip()


def test_sessions_outlive_a_restart_and_can_be_ended(scene: Scene, tmp_path: Path) -> None:
    browser = Browser(scene.network, scene.console, tmp_path / "jar")
    browser.login()
    before = main_process(scene.console)
    scene.console.run(["systemctl", "kill", "--signal=KILL", "lumenmond-web.service"])
    scene.console.wait(lambda: main_process(scene.console) not in ("0", before), timeout=60)
    assert browser.get("/api/v1/session")["role"] == "admin"
    token = scene.console.run(["lumenmonctl", "token", "create", "ci"]).stdout.strip()
    bearer = ("-H", f"Authorization: Bearer {token}")
    scene.console.run(["lumenmonctl", "logout", "--all"])
    assert browser.curl("/api/v1/session")[0] == 401
    assert browser.curl("/api/v1/agents", *bearer)[0] == 200
    scene.console.run(["lumenmonctl", "token", "revoke", "ci"])
    assert browser.curl("/api/v1/agents", *bearer)[0] == 401
    scene.console.run(["lumenmonctl", "passwd"], input="correct horse\n")
    assert browser.curl("/login", "-d", "user=admin&password=wrong")[0] == 403
    assert browser.curl("/login", "-d", "user=admin&password=correct+horse")[0] == 303
    scene.console.run(["lumenmonctl", "passwd", "--remove"])
    assert browser.curl("/api/v1/session")[0] == 401
    scene.browser.login()


def test_a_restart_does_not_wait_for_streams(scene: Scene) -> None:
    def restarted() -> float:
        begin = time.monotonic()
        scene.console.run(["systemctl", "restart", "lumenmond-web.service"])
        return time.monotonic() - begin

    alone = restarted()
    with scene.browser.events() as events:
        next(events)
        followed = restarted()
    alone = max(alone, restarted())
    assert followed < 3 * alone, "what waits for its threads in vain takes five seconds more"
    assert scene.browser.get("/api/v1/session")["role"] == "admin"


def test_it_listens_on_as_many_addresses_as_the_socket_says(scene: Scene) -> None:
    drop_in = "/etc/systemd/system/lumenmond-web.socket.d/more.conf"
    scene.console.run(["mkdir", "-p", drop_in.rpartition("/")[0]])
    scene.console.write(drop_in, "[Socket]\nListenStream=127.0.0.1:8081\n")
    restart = "systemctl daemon-reload; systemctl stop lumenmond-web.socket lumenmond-web.service; "
    restart += "systemctl start lumenmond-web.socket lumenmond-web.service"
    try:
        scene.console.run(restart)
        for port in (8080, 8081):
            code = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/healthz')"
            scene.console.wait(f'/usr/bin/python3 -c "{code}"')
    finally:
        scene.console.run(f"rm {drop_in}; {restart}")


@pytest.mark.parametrize("count", [200, 1000])
def test_strangers_who_ask_and_read_nothing_stop_nobody(scene: Scene, count: int) -> None:
    command = ["/usr/bin/python3", "-c", _GREEDY, scene.console.address, str(count)]
    greedy = subprocess.Popen(
        [*scene.network.inside(), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert greedy.stdin is not None
    assert greedy.stdout is not None
    try:
        with scene.browser.events() as events:
            assert greedy.stdout.readline() == "all ask\n"
            found = [scene.browser.curl(path)[0] for path in ("/login", "/api/v1/agents") * 10]
            assert found == [303, 200] * 10
            assert any(kind == "samples" for _, kind, _ in events), "a stream goes on"
    finally:
        greedy.stdin.close()
        greedy.wait()


def test_its_process_writes_no_data_and_reads_no_keys(scene: Scene) -> None:
    """In its own namespaces and as its own user: what an intruder there could do."""
    enter = ["nsenter", f"--target={main_process(scene.console)}", "--mount", "--net", *_AS_WEB]
    for what, code in _PROBES.items():
        done = scene.console.run([*enter, "/usr/bin/python3", "-c", code], check=False)
        assert not done.ok, what
        assert "Error" in done.stderr, what
    assert scene.console.run([*enter, "/usr/bin/python3", "-c", READ]).ok
    if "proceeding without" not in scene.console.journal("lumenmond-web.service"):
        # A host in a container may not have network namespaces to give.
        code = "import socket; print(*(name for _, name in socket.if_nameindex()))"
        assert scene.console.run([*enter, "/usr/bin/python3", "-c", code]).stdout == "lo\n"


def test_control_is_for_root(scene: Scene) -> None:
    code = "import socket; socket.socket(1).connect('/run/lumenmon-web/control.sock')"
    for user in ("nobody", "lumenmon"):
        done = scene.console.run(["/usr/bin/python3", "-c", code], user=user, check=False)
        assert "PermissionError" in done.stderr


def test_doctor_says_that_tls_is_off(scene: Scene) -> None:
    found = json.loads(scene.console.run(["lumenmonctl", "doctor", "--json"], check=False).stdout)
    texts = [check for check in found["checks"] if "TLS" in check["text"]]
    assert [check["mark"] for check in texts] == ["warn"]
    assert "TLS is off" in texts[0]["text"]
    assert any("8080 answers" in check["text"] for check in found["checks"])


def test_it_can_be_left_to_this_host_by_one_line(scene: Scene) -> None:
    config = "/etc/lumenmon/lumenmond.toml"
    before = scene.console.read(config)
    scene.console.write(config, before + '\nweb_from = ["127.0.0.1", "::1"]\n')
    try:
        scene.console.run(["systemctl", "restart", "lumenmond-web"])
        assert scene.browser.curl("/login")[0] == 403
        printed = scene.console.run(["lumenmonctl", "doctor"], check=False).stdout
        assert "answers this host alone" in printed
        assert "8080 answers" in printed
    finally:
        scene.console.write(config, before)
        scene.console.run(["systemctl", "restart", "lumenmond-web"])


def test_a_certificate_turns_tls_on(scene: Scene) -> None:
    made = scene.network.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=console", "-keyout", "-", "-out", "-"],
    ).stdout  # fmt: skip
    key, _, certificate = made.partition("-----BEGIN CERTIFICATE")
    scene.console.write(f"{TLS}/key.pem", key, mode=0o600)
    scene.console.write(f"{TLS}/certificate.pem", "-----BEGIN CERTIFICATE" + certificate)
    try:
        scene.console.run(["systemctl", "restart", "lumenmond-web"])
        scene.browser.login()
        assert scene.browser.base.startswith("https://")
        assert "#HttpOnly_" in scene.browser.jar.read_text()
        assert "__Host-lumenmon" in scene.browser.jar.read_text()
        assert scene.browser.get("/api/v1/agents")["daemon"] == "up"
        with scene.browser.events() as events:
            kinds = [next(events)[1] for _ in range(4)]
        assert kinds[:2] == ["daemon", "snapshot"]
        plain = Browser(scene.network, scene.console, Path("/dev/null"))
        status, body = plain.curl("/login")
        assert (status, "https://" in body) == (400, True)
        assert "speaks TLS" in scene.console.run(["lumenmonctl", "doctor"], check=False).stdout
    finally:
        scene.console.run(f"rm -f {TLS}/*; systemctl restart lumenmond-web")
        scene.browser.login()


def recipe(section: str) -> list[str]:
    """The examples of a section of lumenmond-web(8)."""
    page = (REPOSITORY / "packaging" / "man" / "lumenmond-web.8").read_text()
    text = page.partition(f".SH {section}\n")[2].partition("\n.SH ")[0].replace("\\-", "-")
    return re.findall(r"\.EX\n(.*?)\n\.EE", text, re.DOTALL)


def test_it_works_behind_nginx_as_the_manual_says(scene: Scene, tmp_path: Path) -> None:
    """On a host of its own and a port of its own: addresses are those of the manual, replaced."""
    image = Image.get(scene.console.release).derive("nginx", packages=["nginx-light"])
    proxy = Host.boot(image, "proxy", scene.network)
    url, config = "https://proxy:8443", "/etc/lumenmon/lumenmond.toml"
    settings, location = recipe("BEHIND NGINX")
    settings = settings.replace("127.0.0.1", proxy.address).replace("::1", proxy.address6)
    settings = settings.replace("https://monitor.example.org", url)
    location = location.replace("127.0.0.1", scene.console.address)
    made = scene.network.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                              "/CN=proxy", "-keyout", "-", "-out", "-"]).stdout  # fmt: skip
    proxy.write("/etc/nginx/pair.pem", made)
    server = "listen 8443 ssl; ssl_certificate pair.pem; ssl_certificate_key pair.pem;"
    proxy.write("/etc/nginx/sites-enabled/default", f"server {{\n{server}\n{location}\n}}\n")
    proxy.run("nginx -t && systemctl restart nginx")
    before = scene.console.read(config)
    scene.console.write(config, f"{before}\n{settings}\n")
    try:
        scene.console.run(["systemctl", "restart", "lumenmond-web"])
        browser = Browser(scene.network, scene.console, tmp_path / "jar")
        browser.resolve = f"proxy:8443:{proxy.address}"
        browser.login()
        assert browser.base == url
        assert "__Host-lumenmon" in browser.jar.read_text(), "a Secure cookie: it says TLS"
        assert browser.change("POST", "/api/v1/invites")[0] == 201
        with browser.events() as events:
            late = [came - row[1] for came, kind, data in itertools.islice(events, 40)
                    if kind == "samples" for row in data["samples"]
                    if row[0] == "generic_cpu"]  # fmt: skip
        limit = LATE + 10 * browser.answered()
        assert statistics.median(late) < limit, "nothing is held back on the way"
        said = ["-H", "X-Forwarded-Proto: https", "-H", "X-Forwarded-For: 192.0.2.1"]
        direct = Browser(scene.network, scene.console, Path("/dev/null"))
        assert direct.curl("/login", *said)[0] == 403, "web_from holds for who is no proxy"
        log = scene.console.journal("lumenmond-web.service")
        assert f"admin logged in from {proxy.address}" not in log
    finally:
        proxy.poweroff()
        scene.console.write(config, before)
        scene.console.run(["systemctl", "restart", "lumenmond-web"])
        scene.browser.login()


def test_it_works_over_an_ssh_tunnel_as_the_manual_says(scene: Scene) -> None:
    key = make_key(scene.agent, "/root/admin")
    scene.console.run("mkdir -p -m 700 /root/.ssh")
    scene.console.write("/root/.ssh/authorized_keys", f"{key.line}\n", mode=0o600)
    tunnel, login = recipe("OVER AN SSH TUNNEL")[0].splitlines()
    options, _ = ssh_options(scene.agent, key=key.path)
    ssh = [*tunnel.replace("CONSOLE", "root@console").split(), *options, "-N"]
    process = subprocess.Popen(scene.agent.inside(ssh))
    try:
        code = "import socket; socket.create_connection(('127.0.0.1', 8080))"
        scene.agent.wait(f'/usr/bin/python3 -c "{code}"')
        printed = scene.console.run([*login.removeprefix("sudo ").split(), "--json"]).stdout
        link = json.loads(printed)["link"]
        assert link.startswith("http://localhost:8080/login?token=")
        seen = scene.agent.run(["/usr/bin/python3", "-c", _LOOK], input=link).stdout
        assert scene.id in seen
        assert "event: snapshot" in seen
    finally:
        process.terminate()
        process.wait()
        scene.console.run("rm /root/.ssh/authorized_keys")


def test_who_enrolled_while_lumenmond_was_down_has_a_name_and_a_fingerprint(scene: Scene) -> None:
    key = make_key(scene.agent, "/root/later")
    scene.console.run("systemctl stop lumenmond.service lumenmond.socket")
    scene.console.write("/root/later.pub", key.line.replace(" plain", " root@later"))
    printed = scene.console.run(["lumenmonctl", "invite", "--pubkey", "/root/later.pub"]).stdout
    scene.console.run("systemctl start lumenmond.socket lumenmond.service")
    found = json.loads(scene.console.run(["lumenmonctl", "agents", "--json"]).stdout)
    (later,) = [each for each in found if each["name"] == "later"]
    assert later["id"] in printed
    assert later["fingerprint"].startswith("SHA256:")
    scene.console.run(["lumenmonctl", "remove", "--yes", later["id"]])


def test_a_sample_is_on_its_way_for_little_longer_than_it_is_gathered(scene: Scene) -> None:
    """From being written to an open connection to being read from the stream."""
    client = scene.agent
    key = make_key(client)
    identity = enrol_plain(scene.console, client, key)
    options, _ = ssh_options(client, key=key.path)
    ssh = subprocess.Popen(
        client.inside(["ssh", *options, "-p", "2345", f"{identity}@console"]),
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert ssh.stdin is not None
    late = []
    answered = scene.browser.answered()
    try:
        with scene.browser.events() as events:
            ssh.stdin.write("generic_cpu.tsv REAL\n")
            begin = int(time.time())
            for number in range(12):
                ssh.stdin.write(f"{begin + number} 1 {number}\n")
                ssh.stdin.flush()
                sent = time.time()
                for came, kind, data in events:
                    stamps = [row[1] for row in data["samples"]] if kind == "samples" else []
                    if kind == "samples" and data["id"] == identity and begin + number in stamps:
                        late.append(came - sent)
                        break
                time.sleep(0.37)  # no multiple of the rhythm at which the daemon publishes
    finally:
        ssh.terminate()
        ssh.wait()
    assert len(late) == 12
    answered = max(answered, scene.browser.answered())
    assert statistics.median(late) < PUBLISH + 10 * answered, late
    assert scene.browser.change("DELETE", f"/api/v1/agents/{identity}")[0] == 204
    assert [each["id"] for each in scene.browser.get("/api/v1/agents")["agents"]] == [scene.id]
    assert not scene.console.run(["getent", "passwd", identity], check=False).ok


def test_nothing_failed_meanwhile(scene: Scene) -> None:
    assert scene.console.units_failed() == []
    assert "Traceback" not in scene.console.journal("lumenmond-web.service")
    assert "lumenmond-web" not in complaints(scene.console)
