"""Where things are on a host: each path is written here once, and documented in the man pages."""

from pathlib import Path

CONFIG = Path("/etc/lumenmon")
COLLECTORS = CONFIG / "collectors.d"

# The console's sockets that systemd makes, in a directory of root's
RUN = Path("/run/lumenmon")
INGEST_SOCKET = RUN / "ingest.sock"
HOST_SOCKET = RUN / "host.sock"
ENROLL_SOCKET = RUN / "enroll.sock"
ACCOUNTS_SOCKET = RUN / "accounts.sock"

# The console's daemon
DAEMON_RUN = Path("/run/lumenmond")
LIVE_SOCKET = DAEMON_RUN / "live.sock"
CONTROL_SOCKET = DAEMON_RUN / "control.sock"
STATE = Path("/var/lib/lumenmon")
DATABASE = STATE / "metrics.db"

# The console's root helper
HOST_STATE = Path("/var/lib/lumenmon-host")
KEYS = HOST_STATE / "keys"
INVITES = HOST_STATE / "invites"
UIDS = HOST_STATE / "uids"

# The agent's packages, for the console to hand out
AGENT_PACKAGES = Path("/usr/share/lumenmon/agent")

# What install.sh adds to apt's sources for a repository of lumenmon
APT_SOURCE = Path("/etc/apt/sources.list.d/lumenmon.sources")

# The dashboard
WEB_STATE = Path("/var/lib/lumenmon-web")
WEB_CONTROL_SOCKET = Path("/run/lumenmon-web/control.sock")

# The agent
AGENT_RUN = Path("/run/lumenmon-agentd")
SUBMIT_SOCKET = AGENT_RUN / "submit.sock"
AGENT_STATE = Path("/var/lib/lumenmon-agentd")
SPOOL = AGENT_STATE / "spool"

SERVERS = {
    INGEST_SOCKET: "root",
    HOST_SOCKET: "root",
    ENROLL_SOCKET: "root",
    ACCOUNTS_SOCKET: "root",
    LIVE_SOCKET: "lumenmon",
    CONTROL_SOCKET: "lumenmon",
    WEB_CONTROL_SOCKET: "lumenmon-web",
    SUBMIT_SOCKET: "lumenmon-agentd",
}
"""The user that answers at each socket; what systemd listens on is root's."""
