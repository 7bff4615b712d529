"""The lab's one kind of error."""


class LabError(Exception):
    """Something in the lab did not work; the text says what and shows the output."""
