"""The agent: collects a host's metrics and pushes them to its console."""
