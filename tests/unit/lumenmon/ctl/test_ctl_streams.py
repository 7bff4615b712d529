"""lumenmonctl where its streams are closed, full, gone, or of another alphabet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("{ctl} help >&-", 0, ""),
        ("{ctl} help <&-", 0, ""),
        ("{ctl} nonsense 2>&-", 2, ""),
        ("{ctl} version <&- >&- 2>&-", 0, ""),
        ("{ctl} help >/dev/full", 1, "lumenmonctl: No space left on device"),
        ("{ctl} help --help >/dev/full", 1, "No space left on device"),
        ("{{ {ctl} help; echo $? >&2; }} | true", 0, "0"),
        ("PYTHONIOENCODING=ascii {ctl} help n\u00f6thing", 2, "unknown command: n?thing"),
        ("{ctl} \"$(printf 'a\\033[31m\\377')\"", 2, "unknown command: a\ufffd[31m\ufffd"),
    ],
)
def test_streams_that_are_closed_full_or_of_another_alphabet(line, status, said):
    ctl = f"{sys.executable} -m lumenmon.ctl.main"
    done = subprocess.run(
        ["sh", "-c", line.format(ctl=ctl)], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert (done.returncode, said in done.stderr) == (status, True), done
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


HUNG_UP = """
import sys
from contextlib import suppress
from lumenmon.ctl import Command, common, main
from lumenmon.errors import LumenmonError

def run(args):
    print("running")
    sys.stdin.readline()
    {body}

main.COMMANDS = (Command("x", "", run, "do something"),)
common.sides = lambda: ()
sys.exit(main.main(["x"]))
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("with suppress(OSError): print('done')\n    return 0", 0),
        ("with suppress(OSError): print('done')\n    return 3", 3),
        ("print('said')\n    return 0", 1),
        ("raise LumenmonError('failed', 'try again')", 1),
        ("print('said', file=sys.stderr)\n    return 0", 1),
        ("raise KeyboardInterrupt", 130),
    ],
)
def test_the_status_is_true_though_the_terminal_has_hung_up(body, status):
    master, slave = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", HUNG_UP.format(body=body)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=slave, stderr=slave,
    ) as process:  # fmt: skip
        os.close(slave)
        shown = b""
        while not shown.endswith(b"\n"):  # a terminal may pass a line on in pieces
            shown += os.read(master, 100)
        os.close(master)
        process.communicate("\n", timeout=60)
    assert process.returncode == status
