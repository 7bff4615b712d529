"""The agent's packages are for everybody; nothing beside them is."""

import pytest


def test_a_host_without_a_login_gets_the_files(dashboard, handout):
    client = dashboard.client(None)
    for name in ("install.sh", "SHA256SUMS", "lumenmon-agentd_1.2_all.deb"):
        answer = client.get(f"/install/{name}")
        assert answer.status_code == 200
        assert answer.data == (handout / name).read_bytes()
        # apt would go on with an older file from where that ended.
        assert answer.headers.get("Last-Modified") is answer.headers.get("ETag") is None
        assert answer.headers["Content-Type"] == "application/octet-stream"
    part = client.get("/install/install.sh", headers={"Range": "bytes=2-"})
    assert (part.status_code, part.data) == (200, (handout / "install.sh").read_bytes())


@pytest.mark.parametrize(
    "name",
    ["", "other", "../secret", "..%2fsecret", "%2e%2e/secret", "install.sh/x", "/etc/passwd"],
)
def test_nothing_else(dashboard, handout, name):
    (handout / "other").write_text("other")
    (handout.parent / "secret").write_text("secret")
    assert dashboard.client(None).get(f"/install/{name}").status_code in (303, 404)


def test_without_the_packages_there_is_nothing(dashboard):
    assert dashboard.client(None).get("/install/install.sh").status_code == 404


def test_any_name_will_do_but_not_any_network(dashboard, handout):
    client = dashboard.client(None)
    assert client.get("/install/install.sh", headers={"Host": "nat.example"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "nat.example"}).status_code == 400
    assert client.post("/install/install.sh").status_code in (401, 405)


def test_the_invite_leads_to_them(dashboard, handout):
    def line(called, **body):
        base = f"http://{called}"
        client = dashboard.client(base=base)
        answer = client.post("/api/v1/invites", base_url=base, headers=client.csrf, json=body)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["install"]

    assert "u=http://console:8080/install;" in line("console:8080")
    assert "u=http://[2001:db8::1]:8080/install;" in line("console:8080", host="2001:db8::1")
    assert "localhost" not in line("localhost:9999")
