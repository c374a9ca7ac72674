"""One subscription: pushes a mailbox oldest first, within credit, and takes acknowledgements.

Backlog and live messages are one ordered stream. Sequences count from 1 within this subscription;
only here is it known which position of the store each of them stands for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from whispr.errors import BadAcknowledgementError, RelayError
from whispr.protocol.frames import Deliver, Subscribed, Synced
from whispr.protocol.limits import MAX_ENVELOPE_BYTES
from whispr.relay.output import Output
from whispr.relay.services import Services
from whispr.relay.stores.base import Stored

BYTES_PER_TURN = 128 * 1024
"""A transport tells how much is unread only from the second write on: so there is a second one."""
RETRY_SECONDS = 1.0
"""When to look again after the store did not answer."""


@dataclass(frozen=True, slots=True)
class Credit:
    """How much may be unacknowledged at a time."""

    messages: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Pushed:
    sequence: int
    position: int
    size_bytes: int
    accepted_ms: int


class Subscription:
    """Delivers one mailbox to one connection; a `Watcher` of the store.

    Args:
        on_displaced: called when another connection took the mailbox over.
        on_failure: called with what a store should never have raised.
    """

    __slots__ = (
        "_again",
        "_backlog_end",
        "_credit",
        "_ended",
        "_mailbox",
        "_on_displaced",
        "_on_failure",
        "_output",
        "_position",
        "_pumping",
        "_request_id",
        "_scheduled",
        "_sequence",
        "_services",
        "_synced",
        "_unacknowledged",
        "_unacknowledged_bytes",
    )

    def __init__(
        self,
        services: Services,
        output: Output,
        *,
        mailbox: bytes,
        request_id: int,
        credit: Credit,
        on_displaced: Callable[[], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._services = services
        self._output = output
        self._mailbox = mailbox
        self._request_id = request_id
        self._credit = credit
        self._on_displaced = on_displaced
        self._on_failure = on_failure
        self._sequence = 0
        self._position = 0
        self._backlog_end = 0
        self._unacknowledged: deque[_Pushed] = deque()
        self._unacknowledged_bytes = 0
        self._synced = False
        self._ended = False
        self._pumping = False
        self._again = False
        self._scheduled = False

    async def begin(self) -> None:
        """Take the mailbox over, answer SUBSCRIBED and start to push.

        Raises:
            RelayUnavailableError: the store does not answer.
        """
        self._pumping = True  # nothing is pushed before SUBSCRIBED
        store = self._services.store
        await store.watch(self._mailbox, self)
        try:
            self._backlog_end = await store.last_position(self._mailbox)
        except RelayError:
            await store.unwatch(self._mailbox, self)
            raise
        self._pumping = False
        if self._ended:
            await self._services.store.unwatch(self._mailbox, self)
            return
        self._output.send(
            Subscribed(
                self._request_id,
                mailbox=self._mailbox,
                credit_messages=self._credit.messages,
                credit_bytes=self._credit.size_bytes,
            )
        )
        self.wake()

    async def end(self) -> None:
        """Push nothing more; what is not acknowledged stays in the mailbox."""
        self._ended = True
        await self._services.store.unwatch(self._mailbox, self)

    def stop(self) -> None:
        """Push nothing more, while the store still names this one as watcher."""
        self._ended = True

    async def acknowledge(self, sequence: int) -> None:
        """Delete everything up to and with `sequence` from the mailbox.

        Raises:
            BadAcknowledgementError: nothing was pushed under that sequence yet.
            RelayUnavailableError: the store does not answer; ask again.
        """
        if sequence > self._sequence:
            raise BadAcknowledgementError("nothing was delivered under that sequence")
        waiting = self._unacknowledged
        position = 0
        for pushed in waiting:
            if pushed.sequence > sequence:
                break
            position = pushed.position
        if not position:
            return
        await self._services.store.acknowledge(self._mailbox, position)
        count = 0
        while waiting and waiting[0].sequence <= sequence:
            pushed = waiting.popleft()
            self._unacknowledged_bytes -= pushed.size_bytes
            count += 1
        age_ms = self._services.clock.monotonic_ms() - pushed.accepted_ms
        self._services.metrics.acknowledged(count, age_ms)
        self.wake()

    def wake(self) -> None:
        """There may be something to push: look in this turn, once for all who call."""
        if self._ended or self._scheduled:
            return
        self._scheduled = True
        self._services.loop.call_soon(self._start)

    def displaced(self) -> None:
        """A newer subscriber took the mailbox over."""
        if not self._ended:
            self._ended = True
            self._on_displaced()

    def push_ephemeral(self, data: bytes) -> None:
        """Deliver at once or drop it: it means nothing later."""
        if not self._ended and not self._output.congested:
            self._output.send(Deliver(self._request_id, sequence=0, age_ms=0, envelope=data))

    def _is_over(self) -> bool:
        """Asked again after each wait: much may have happened."""
        return self._ended

    def _start(self) -> None:
        self._scheduled = False
        if self._ended:
            return
        if self._pumping:
            self._again = True
        else:
            self._services.run_inline(self._pump(), self._on_failure)

    async def _pump(self) -> None:
        """Push what one turn allows; the next turn sees how much of it was read."""
        self._pumping = True
        try:
            more = await self._push_batch()
        except RelayError as error:
            self._services.log.warning("fetch_failed", error=type(error).__name__)
            self._services.loop.call_later(RETRY_SECONDS, self.wake)
            more = False
        finally:
            self._pumping = False
        if more or self._again:
            self._again = False
            self.wake()

    async def _push_batch(self) -> bool:
        """Push what fits; returns whether there may be more that fits."""
        messages = self._credit.messages - len(self._unacknowledged)
        size_bytes = self._credit.size_bytes - self._unacknowledged_bytes
        if self._ended or messages <= 0 or size_bytes <= 0 or self._output.congested:
            return False
        max_bytes = min(size_bytes, BYTES_PER_TURN)
        batch = await self._services.store.fetch(
            self._mailbox, after=self._position, max_messages=messages, max_bytes=max_bytes
        )
        if self._is_over():
            return False
        for stored in batch:
            if not self._push(stored):
                return False
        if not batch or self._position >= self._backlog_end:
            self._sync()
        fetched_bytes = sum(len(stored.data) for stored in batch)
        return len(batch) == messages or fetched_bytes + MAX_ENVELOPE_BYTES > max_bytes

    def _push(self, stored: Stored) -> bool:
        """Push one message if it fits; the first one always does, however small the credit."""
        size_bytes = len(stored.data)
        if self._unacknowledged and (
            self._unacknowledged_bytes + size_bytes > self._credit.size_bytes
        ):
            return False
        self._sequence += 1
        self._position = stored.position
        accepted_ms = self._services.clock.monotonic_ms() - stored.age_ms
        self._unacknowledged.append(
            _Pushed(self._sequence, stored.position, size_bytes, accepted_ms)
        )
        self._unacknowledged_bytes += size_bytes
        self._output.send(
            Deliver(
                self._request_id,
                sequence=self._sequence,
                age_ms=stored.age_ms,
                envelope=stored.data,
            )
        )
        self._services.metrics.delivered(
            size_bytes, stored.age_ms, live=stored.position > self._backlog_end
        )
        return True

    def _sync(self) -> None:
        if not self._synced:
            self._synced = True
            self._output.send(Synced(self._request_id))
