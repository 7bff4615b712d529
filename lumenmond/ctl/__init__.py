"""What the console brings to lumenmonctl."""

from lumenmon.ctl import Command, Side
from lumenmond.ctl import (
    agents,
    backup,
    checks,
    dashboard,
    fleet,
    invite,
    manage,
    query,
    watch,
    web,
    webchecks,
)

SIDE = Side(
    name="console",
    package="lumenmond",
    units=(
        "lumenmond.socket",
        "lumenmond.service",
        "lumenmon-ssh-log.socket",
        "lumenmon-ssh-log.service",
        "lumenmon-ssh.socket",
        "lumenmon-ssh.service",
        "lumenmond-host.socket",
        "lumenmond-accounts.socket",
        "lumenmond-enroll.socket",
        "lumenmond-sweep.timer",
        "lumenmond-web.socket",
        "lumenmond-web.service",
    ),
    commands=(
        Command(
            "dashboard", "", dashboard.dashboard, "the fleet in the terminal, live",
            details=dashboard.DETAILS,
        ),
        Command(
            "invite", "i", invite.invite, "let a new host in: print a link for it",
            invite.arguments, invite.DETAILS,
        ),
        Command(
            "agents", "a", agents.agents, "list the agents with their key values",
            agents.agents_arguments,
        ),
        Command("show", "", agents.show, "show all of one agent", agents.show_arguments),
        Command(
            "query", "q", query.query, "print a metric's past", query.arguments, query.DETAILS
        ),
        Command(
            "watch", "w", watch.watch, "print a metric's values as they arrive", watch.arguments,
            watch.DETAILS,
        ),
        Command("rename", "", manage.rename, "give an agent another name", manage.rename_arguments),
        Command("tag", "", manage.tag, "set an agent's tags", manage.tag_arguments),
        Command(
            "remove", "", manage.remove, "remove an agent with its key and data",
            manage.remove_arguments,
        ),
        Command(
            "backup", "", backup.backup, "write all of the console to a file",
            backup.backup_arguments, backup.BACKUP_DETAILS,
        ),
        Command(
            "restore", "", backup.restore, "put a backup in place of what is there",
            backup.restore_arguments, backup.RESTORE_DETAILS,
        ),
        Command(
            "login", "", web.login, "print a link that logs into the dashboard once",
            web.login_arguments, "It is good for 5 minutes.",
        ),
        Command(
            "passwd", "", web.passwd, "set a password of the dashboard", web.passwd_arguments,
            "Reads it from the terminal, or one line from standard input.",
        ),
        Command(
            "token", "", web.token, "make, list and revoke tokens for programs",
            web.token_arguments, web.TOKENS,
        ),
        Command(
            "logout", "", web.logout, "end all sessions of the dashboard", web.logout_arguments
        ),
    ),
    parts=checks.parts,
    probes=checks.PROBES,
    optional=webchecks.UNITS,
    agent_id=lambda word: fleet.resolve(word)[0],
)  # fmt: skip
"""The console's commands, units, checks and status lines."""
