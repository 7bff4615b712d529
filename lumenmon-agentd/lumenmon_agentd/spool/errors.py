"""What goes wrong with the spool, as one error."""

import os

from lumenmon.errors import LumenmonError


class SpoolError(LumenmonError):
    """Samples could not be written."""


def reason(error: OSError) -> str:
    """Return why, in a few words."""
    return error.strerror or (os.strerror(error.errno) if error.errno else str(error))
