"""What goes wrong with the spool, as one error."""

from lumenmon.errors import LumenmonError


class SpoolError(LumenmonError):
    """Samples could not be written."""
