"""The words that lumenmon's console and agent share; imports neither of them."""

__version__ = "1.1.0"
