"""The gate of ingest.sock: who comes in, with what, and how many at a time."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from functools import partial

from lumenmon import journal
from lumenmon.request import peer
from lumenmond import accounts
from lumenmond.connection import NOT_STORED, REJECTED, Connection, dismiss
from lumenmond.fleet import Fleet
from lumenmond.handoff import HandoffError, Handoffs
from lumenmond.listener import Listener
from lumenmond.loop import READ, Loop
from lumenmond.relay import Relay
from lumenmond.store import DatabaseError
from lumenmond.store.writer import Store

MAX_CONNECTIONS = 16
"""Connections of one agent, and as many more that have not handed over yet."""
GREETING = 10.0
"""Seconds that a gateway has for handing over."""
LOGGED = 20
"""Events of one kind and agent that the journal gets in a minute; rejects are all counted."""


class Gate:
    """Gives each agent's connection to ``take_over``, and sends all others away.

    ``identify`` gives the agent's id for a uid, None for a stranger.
    """

    def __init__(
        self,
        loop: Loop,
        listener: socket.socket,
        store: Store,
        fleet: Fleet,
        identify: Callable[[int], str | None],
        take_over: Callable[[Connection], None],
    ) -> None:
        self._loop = loop
        self._store = store
        self._fleet = fleet
        self.identify = identify
        self._take_over = take_over
        self._logged = journal.Limit(LOGGED)
        self._relay = Relay()
        self.handoffs = Handoffs()
        self.listener = Listener(
            loop, listener, self._accepted, most=MAX_CONNECTIONS, patience=GREETING,
            refuse=self._too_many,
        )  # fmt: skip

    def _accepted(self, gateway: socket.socket) -> None:
        self._loop.watch(
            gateway.fileno(),
            READ,
            lambda _: self._greet(gateway),
            end=partial(self.listener.close, gateway),
        )

    def _too_many(self, gateway: socket.socket, uid: int) -> None:
        words = "too many gateways of uid %d hand nothing over"
        journal.event(logging.WARNING, "ingest-refused", words, uid, limit=self._logged)
        dismiss(gateway, NOT_STORED)

    def _greet(self, gateway: socket.socket) -> None:
        # Asked only now: between connecting and this its account may have been removed.
        id = self.identify(uid := peer(gateway).uid)
        if id is None:
            words = "uid %d is no agent, refused"
            journal.event(logging.WARNING, "ingest-refused", words, uid, limit=self._logged)
            self._refuse(gateway, REJECTED)
            return
        try:
            handoff = self.handoffs.take(gateway, uid)
        except (HandoffError, OSError) as error:
            self._refuse(gateway, NOT_STORED, id, str(error))
            return
        connection = Connection(
            id, handoff.address, gateway, handoff.fds, self._relay, self._store.now, handoff.resume
        )
        try:
            refusal = self._admit(id, uid)
        except BaseException:
            connection.close()
            raise
        if refusal:
            self._refuse(gateway, NOT_STORED, id, refusal)
            connection.close()
            return
        self.listener.release(gateway)
        self._take_over(connection)

    def _admit(self, id: str, uid: int) -> str:
        """Have the agent among ours. Return why it cannot connect now, nothing when it can."""
        try:
            row = accounts.take_in(self._store, id, uid)
        except DatabaseError as error:  # a new agent while the disk is full
            return f"not enrolled: {error}"
        full = self._fleet.add(row).connections >= MAX_CONNECTIONS
        return "too many connections" if full else ""

    def _refuse(self, gateway: socket.socket, status: int, id: str = "", why: str = "") -> None:
        if id:
            journal.event(
                logging.WARNING, "ingest-refused", "%s", why, agent=id, limit=self._logged
            )
        dismiss(gateway, status)
        self.listener.close(gateway)
