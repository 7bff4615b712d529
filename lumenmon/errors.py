"""The errors that people see: what is wrong, and what to do about it."""

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


class LumenmonError(Exception):
    """Something that a person has to know of.

    ``message`` says what is wrong and where; ``hint`` says what to do (empty when there is
    nothing to add). Library code raises it; only a daemon's or a command's main reports it.
    """

    exit_status = EXIT_FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LumenmonError):
    """The command was called in a way that it does not understand."""

    exit_status = EXIT_USAGE


class ConfigError(LumenmonError):
    """A configuration file has a key or a value that is not understood."""

    exit_status = EXIT_USAGE


class AccessError(LumenmonError):
    """The caller lacks the right to do this.

    Without a hint of its own, lumenmonctl tells the line to type with sudo.
    """


def joining(group: str) -> str:
    """Return what gives a person the rights of a group."""
    return f"use sudo, or join the group and log in again: sudo usermod -aG {group} $USER"
