"""Takes what relays deliver: several envelopes in one commit, then the acknowledgement."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from whispr.client.tasks import Tasks
from whispr.errors import StorageError, WhisprError

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.link import Link
    from whispr.client.receiver import Receiver, Then
    from whispr.client.session import Session
    from whispr.protocol.frames import Deliver

BATCH = 16
"""Envelopes in one commit: one flush of the disk for all of them."""
MAX_WAITING_FOR_EPHEMERAL = 256


class Mailroom:
    """Delivered envelopes in order; acknowledges what is committed, and nothing else."""

    def __init__(self, core: Core, receiver: Receiver) -> None:
        self._core = core
        self._receiver = receiver
        self._waiting: deque[tuple[Link, Session, Deliver, bool]] = deque()
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks = Tasks(core)

    def start(self) -> None:
        """Begin to take."""
        self._tasks.keep(self._run, "mailroom")

    async def stop(self) -> None:
        """Stop; what was not committed was not acknowledged and comes again."""
        await self._tasks.stop()

    async def idle(self) -> None:
        """Wait until everything that was delivered is committed."""
        await self._idle.wait()

    def add(self, link: Link, frame: Deliver, *, previous: bool) -> None:
        """An envelope came over a link.

        The credit of the subscription bounds how many wait; EPHEMERAL ones, which have none, are
        dropped when too many do.
        """
        if not frame.sequence and len(self._waiting) >= MAX_WAITING_FOR_EPHEMERAL:
            self._core.counters.count("EPHEMERAL while too many wait")
            return
        if link.session is not None:
            self._waiting.append((link, link.session, frame, previous))
            self._idle.clear()
            self._arrived.set()

    async def _run(self) -> None:
        while True:
            while self._waiting:
                self._take([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
                await asyncio.sleep(0)
            self._idle.set()
            self._arrived.clear()
            await self._arrived.wait()

    def _take(self, batch: list[tuple[Link, Session, Deliver, bool]]) -> None:
        then: list[Then] = []
        try:
            with self._core.store.transaction():
                for _, session, frame, previous in batch:
                    then += self._open(session, frame, previous=previous)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing was stored
            self._tasks.report("storing what was delivered", error)
            self._abandon({session for _, session, _, _ in batch})
            return
        for link, session, frame, _ in batch:
            if frame.sequence and link.session is session:
                link.acknowledge(session, frame.sequence)
        for action in then:
            self._act(action)

    def _act(self, action: Then) -> None:
        """What follows from one envelope; its defect does not take the others along."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - it is stored and acknowledged: go on
            self._tasks.report("what follows from a message", error)

    def _abandon(self, sessions: set[Session]) -> None:
        """Nothing of it was acknowledged: it comes again when the connection is made anew.

        Acknowledgements are cumulative, so what waits behind it must not be taken either.
        """
        for session in sessions:
            session.abort("what was delivered could not be stored")
        self._waiting = deque(waiting for waiting in self._waiting if waiting[1] not in sessions)

    def _open(self, session: Session, frame: Deliver, *, previous: bool) -> list[Then]:
        try:
            if previous:
                return self._receiver.receive_for_previous(frame.envelope)
            return self._receiver.receive(frame.envelope, session.relay_ids)
        except StorageError:
            raise
        except WhisprError as error:
            self._core.counters.count(f"refused: {type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - never again for this envelope, or for ever
            # Not acknowledged it would come again and keep back all that is behind it. The sender
            # gets no receipt: with him it stays undelivered, and he is told so.
            self._tasks.report("opening an envelope", error)
        return []
