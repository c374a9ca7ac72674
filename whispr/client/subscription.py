"""`Subscription`: the mailbox as one session delivers it: order, bounds, acknowledgement."""

from __future__ import annotations

import asyncio
from collections import deque

from whispr.client.requests import Asked
from whispr.client.session import Session
from whispr.errors import (
    BadAcknowledgementError,
    LocalProtocolError,
    RemoteProtocolError,
    WhisprError,
)
from whispr.protocol.frames import Ack, Deliver, Subscribe, Synced
from whispr.protocol.limits import DEFAULT_CREDIT_BYTES, DEFAULT_CREDIT_MESSAGES
from whispr.protocol.schema import Frame

TOLERANCE = 4
"""Times the credit: what expires at the relay frees its credit there while we still hold it."""


class Subscription:
    """What one session delivers, from SUBSCRIBE to its end.

    Sequences mean nothing beyond it: a later session has a subscription of its own.
    """

    def __init__(
        self,
        session: Session,
        *,
        credit_messages: int = DEFAULT_CREDIT_MESSAGES,
        credit_bytes: int = DEFAULT_CREDIT_BYTES,
    ) -> None:
        self.session = session
        self._credit_messages = credit_messages
        self._credit_bytes = credit_bytes
        self._subscribe: Asked | None = None
        self._delivered = 0
        self._unacknowledged: deque[tuple[int, int]] = deque()
        self._unacknowledged_bytes = 0
        self._acknowledged = 0
        self._sent = 0
        self._last_ack: asyncio.Future[Frame] | None = None

    async def start(self) -> None:
        """Ask for the mailbox of the proven read key; frames may come before this returns.

        Raises as `Session.request` does.
        """
        self._subscribe = self.session.ask(
            Subscribe, credit_messages=self._credit_messages, credit_bytes=self._credit_bytes
        )
        await self._subscribe.answer

    @property
    def settled(self) -> bool:
        """Whether everything delivered was acknowledged and the relay knows."""
        acknowledged = not self._unacknowledged and self._sent == self._acknowledged
        return acknowledged and (self._last_ack is None or self._last_ack.done())

    def receive(self, frame: Deliver | Synced) -> None:
        """Judge what the relay pushed.

        Raises:
            RemoteProtocolError: not of this subscription, out of order, or beyond the credit.
        """
        if not self._granted() or frame.request_id != self._request_id():
            raise RemoteProtocolError(f"{type(frame).__name__} without a subscription")
        if isinstance(frame, Deliver) and frame.sequence:
            self._note(frame)

    def _granted(self) -> bool:
        if self._subscribe is None or not self._subscribe.answer.done():
            return False
        answer = self._subscribe.answer
        return not answer.cancelled() and answer.exception() is None

    def _request_id(self) -> int:
        return self._subscribe.request_id if self._subscribe is not None else 0

    def _note(self, frame: Deliver) -> None:
        if frame.sequence <= self._delivered:
            raise RemoteProtocolError("the relay delivers out of order")
        self._delivered = frame.sequence
        self._unacknowledged.append((frame.sequence, len(frame.envelope)))
        self._unacknowledged_bytes += len(frame.envelope)
        if (
            len(self._unacknowledged) > TOLERANCE * self._credit_messages
            or self._unacknowledged_bytes > TOLERANCE * self._credit_bytes
        ):
            raise RemoteProtocolError("the relay delivers more than it was asked for")

    def acknowledge(self, sequence: int) -> None:
        """Everything up to and with `sequence` is stored: the relay may delete it.

        One ACK leaves for all calls of one turn of the loop.

        Raises:
            LocalProtocolError: nothing was delivered under that sequence.
        """
        if not 0 < sequence <= self._delivered:
            raise LocalProtocolError(f"sequence {sequence} was not delivered")
        if sequence <= self._acknowledged:
            return
        if self._acknowledged == self._sent:
            asyncio.get_running_loop().call_soon(self._send)
        self._acknowledged = sequence
        while self._unacknowledged and self._unacknowledged[0][0] <= sequence:
            self._unacknowledged_bytes -= self._unacknowledged.popleft()[1]

    def _send(self) -> None:
        if self.session.closed or self._acknowledged == self._sent:
            return
        self._sent = self._acknowledged
        self._last_ack = self.session.ask(Ack, sequence=self._sent).answer
        self._last_ack.add_done_callback(self._answered)

    def _answered(self, answer: asyncio.Future[Frame]) -> None:
        if not answer.cancelled() and isinstance(answer.exception(), BadAcknowledgementError):
            self.session.abort("the relay does not know what it delivered")

    async def flush(self) -> bool:
        """Wait until the relay has answered the last acknowledgement; False if it never will."""
        self._send()
        if self._sent != self._acknowledged:
            return False
        if self._last_ack is None:
            return True
        try:
            # Others may wait for the same answer: who gives up does not take it from them.
            await asyncio.shield(self._last_ack)
        except WhisprError:
            return False
        return True
