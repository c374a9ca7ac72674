"""`Vigil`: the deadlines of one session: silence, late answers, slow frames, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from whispr.client.clock import ClientClock
from whispr.client.heartbeat import Heartbeat, Pulse
from whispr.client.requests import Requests
from whispr.client.timeouts import SessionTimeouts
from whispr.client.wire import Wire
from whispr.errors import ConnectionClosedError, RequestTimeoutError

NO_ANSWER = "no answer from the relay"


class Vigil:
    """Watches the time of a session from `start` to `stop`, in one task.

    It never sleeps longer than the shortest deadline, so one that begins meanwhile is met without
    waking anybody for it.

    Args:
        ping: sends a PING.
    """

    def __init__(
        self,
        clock: ClientClock,
        timeouts: SessionTimeouts,
        *,
        wire: Wire,
        requests: Requests,
        ping: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._timeouts = timeouts
        self._wire = wire
        self._requests = requests
        self._ping = ping
        self._end_at: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._heartbeat = Heartbeat(
            silence_seconds=timeouts.silence_seconds,
            answer_seconds=timeouts.answer_seconds,
            now=clock.monotonic(),
        )

    def start(self) -> None:
        """Begin to watch; a watch that runs already begins anew."""
        self.stop()
        self._tasks.add(asyncio.create_task(self._watch()))

    def heard(self, now: float) -> None:
        """Bytes came from the relay."""
        self._heartbeat.heard(now)

    def end_within(self, seconds: float) -> None:
        """Nothing new is asked on this connection: drop it after `seconds` if it still stands."""
        end_at = self._clock.monotonic() + seconds
        self._end_at = end_at if self._end_at is None else min(end_at, self._end_at)
        self.start()

    def stop(self) -> None:
        """Watch no longer."""
        for task in self._tasks:
            task.cancel()

    async def stopped(self) -> None:
        """Wait until no task is left, after `stop`."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _watch(self) -> None:
        while not self._wire.aborted:
            await self._clock.sleep(max(0.0, self._due() - self._clock.monotonic()))
            self._check(self._clock.monotonic())

    def _due(self) -> float:
        due = [self._clock.monotonic() + self._timeouts.shortest_seconds, self._wire.next_timer()]
        if (deadline := self._requests.next_deadline()) is not None:
            due.append(deadline)
        due.append(self._heartbeat.due() if self._end_at is None else self._end_at)
        return min(due)

    def _check(self, now: float) -> None:
        if self._wire.stuck(now):
            self._wire.abort(ConnectionClosedError("the relay stopped in the middle of a frame"))
            return
        try:
            self._requests.expire(now)
        except RequestTimeoutError as error:
            self._wire.abort(error)
            return
        if self._end_at is not None:
            if now >= self._end_at:
                self._wire.abort(ConnectionClosedError("the relay left the connection open"))
            return
        pulse = self._heartbeat.check(now)
        if pulse is Pulse.ASK:
            self._ping()
        elif pulse is Pulse.DEAD:
            self._wire.abort(ConnectionClosedError(NO_ANSWER))
