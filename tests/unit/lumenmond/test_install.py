"""The lines to paste on a new host."""

import hashlib
import shlex
import subprocess

import pytest

from lumenmond import install

LINK = "ssh://reg_1800000000000:se-cret@10.0.0.1:2345/#ssh-ed25519_AAAA"
BASE = "http://10.0.0.1:8080"


def test_without_packages_there_is_no_such_line(tmp_path):
    assert install.line(LINK, BASE, tmp_path / "nowhere") is None
    assert install.line(LINK, BASE, tmp_path) is None


@pytest.mark.parametrize("missing", ["install.sh", "SHA256SUMS", "lumenmon-common_1.2_all.deb"])
def test_a_set_that_is_not_whole_is_not_handed_out(handout, missing):
    (handout / missing).unlink()
    assert install.files() == frozenset()
    assert install.line(LINK, BASE) is None


def test_only_what_the_agent_needs_is_handed_out(handout):
    (handout / "notes.txt").touch()
    assert install.files() == {
        "install.sh", "SHA256SUMS", "lumenmon-common_1.2_all.deb", "lumenmon-agentd_1.2_all.deb",
    }  # fmt: skip


@pytest.mark.parametrize("base", [BASE, "https://c.example", "http://[2001:db8::1]:80"])
def test_the_line_fetches_checks_and_runs(handout, tmp_path, base):
    """Run the line in a shell, with apt's helper and the shell for root in our hands."""
    line = install.line(LINK, base)
    assert line is not None
    digest = hashlib.sha256((handout / "install.sh").read_bytes()).hexdigest()
    assert f"SHA256:{digest}" in line
    line = line.replace("/usr/lib/apt/apt-helper", "fetch").replace(
        "/var/cache/apt/archives/partial", str(tmp_path)
    )
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sudo").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$SEEN"; exec "$@"\n')
    (tools / "fetch").write_text(
        "#!/bin/sh\nwhile [ $# -gt 3 ]; do shift; done; url=$1\n"
        'echo "read link; echo \\$link \\$LUMENMON_INVITE \\$LUMENMON_FROM $url" >"$2"\n'
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, text=True, check=False,
        env={"PATH": f"{tools}:/usr/bin:/bin", "SEEN": str(tmp_path / "seen")},
    )  # fmt: skip
    assert done.stdout.split() == [
        LINK, "-", f"{base}/install", f"{base}/install/install.sh",
    ], done.stderr  # fmt: skip
    # What sudo logs holds no secret.
    assert "se-cret" not in (tmp_path / "seen").read_text()


def test_what_could_end_the_quotes_gets_no_line(handout):
    assert install.line(LINK, "http://a'b") is None
    assert install.line(LINK, "http://a b") is None
    assert install.line(LINK, "ftp://a") is None


def test_the_line_for_a_host_with_the_package():
    assert shlex.split(install.command(LINK)) == ["sudo", "lumenmonctl", "register", LINK]
