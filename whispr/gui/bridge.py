"""`Bridge`: the only crossing between the window's thread and the network's thread.

    window thread (Tk)                         network thread (asyncio)
    bridge.ask(work, then, failed)  ──────►    await work()
    pump() ◄── deque + one byte ────────────   bridge.emit(frozen value)

Nothing of Tk crosses, and nobody waits: an answer comes back as a value with a request id. The
network thread never calls Tk, which would stop it for as long as the window is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
import time
import tkinter
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from whispr.errors import WhisprError

PUMP_SECONDS = 0.008
"""How long values may be handled before the window gets its turn."""
POLL_MS = 25
"""Where Tk cannot watch a socket (Windows)."""
JOIN_SECONDS = 2.0
_DRAIN_BYTES = 4096

Work = Callable[[], Coroutine[Any, Any, Any]]
Then = Callable[[Any], object]
Failed = Callable[[WhisprError], object]


@dataclass(frozen=True, slots=True)
class _Answer:
    request_id: int
    value: object


@dataclass(frozen=True, slots=True)
class _Failure:
    request_id: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class _Asked:
    then: Then | None
    failed: Failed | None


class Bridge:
    """Runs the network's event loop in a thread of its own while the window lives.

    Args:
        root: of the window; every method but `emit` is for its thread.
        handle: takes what the network thread emits, in order.
        defect: takes an exception that nobody expected.
        now: seconds, for the turn of the window.
    """

    def __init__(
        self,
        root: tkinter.Misc,
        *,
        handle: Callable[[Any], object],
        defect: Callable[[BaseException], object],
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._root = root
        self._handle = handle
        self._defect = defect
        self._now = now
        self._values: deque[Any] = deque()
        self._asked: dict[int, _Asked] = {}
        self._last_id = 0
        self._closed = False
        self._scheduled = ""
        self._window_thread = threading.get_ident()
        self._waking, self._woken = socket.socketpair()
        self._waking.setblocking(False)
        self._woken.setblocking(False)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="whispr network", daemon=True)
        self._thread.start()
        self._watch()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _watch(self) -> None:
        if sys.platform == "win32":
            self._poll()
        else:
            self._root.tk.createfilehandler(self._woken, tkinter.READABLE, self._on_readable)

    def _poll(self) -> None:
        self.pump()
        if not self._closed:
            self._root.after(POLL_MS, self._poll)

    def _on_readable(self, _file: object, _mask: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(_DRAIN_BYTES)
        # An exception here would end the main loop; in a callback it is reported.
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled and not self._closed:
            self._scheduled = self._root.after(0, self.pump)

    def emit(self, value: object) -> None:
        """Hand a frozen value to the window; from any thread, never blocks."""
        self._values.append(value)
        # A full buffer means that the window is woken already; a closed one, that it has gone.
        with contextlib.suppress(OSError):
            self._waking.send(b"\0")

    def ask(self, work: Work, then: Then | None = None, failed: Failed | None = None) -> int:
        """Run `work()` in the network thread; returns the id of the request.

        In the window's thread afterwards: `then(value)`, or `failed(error)` for a WhisprError;
        without `failed`, and for anything else, the error goes to `defect`.
        """
        self.assert_window_thread()
        self._last_id += 1
        request_id = self._last_id
        if not self._closed:
            self._asked[request_id] = _Asked(then, failed)
            self._loop.call_soon_threadsafe(self._start, request_id, work)
        return request_id

    def forget(self, request_id: int) -> None:
        """The one who asked has gone: the work goes on, its answer is dropped."""
        self._asked.pop(request_id, None)

    def assert_window_thread(self) -> None:
        """Tk belongs to one thread."""
        assert threading.get_ident() == self._window_thread, "Tk is used from another thread"

    def _start(self, request_id: int, work: Work) -> None:
        task = self._loop.create_task(self._answer(request_id, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request_id: int, work: Work) -> None:
        try:
            value = await work()
        except Exception as error:  # noqa: BLE001 - told to the window, which judges it
            self.emit(_Failure(request_id, error))
        else:
            # Here and not when the task is seen to be done: whatever is emitted after the answer
            # was made must come after it, or a look at something is older than the news of it.
            self.emit(_Answer(request_id, value))

    def pump(self) -> None:
        """Handle what has come, for one turn; the rest when the window is idle again."""
        self._scheduled = ""
        until = self._now() + PUMP_SECONDS
        try:
            while self._values and not self._closed:
                self._dispatch(self._values.popleft())
                if self._now() >= until:
                    break
        finally:
            # After an exception too: one bad value must not hold up the others.
            if self._values and not self._scheduled and not self._closed:
                self._scheduled = self._root.after_idle(self.pump)

    def _dispatch(self, value: object) -> None:
        match value:
            case _Answer(request_id, answer):
                asked = self._asked.pop(request_id, None)
                if asked is not None and asked.then is not None:
                    asked.then(answer)
            case _Failure(request_id, error):
                asked = self._asked.pop(request_id, None)
                if isinstance(error, WhisprError) and asked is not None and asked.failed:
                    asked.failed(error)
                elif asked is not None or not isinstance(error, WhisprError):
                    self._defect(error)
            case _:
                self._handle(value)

    def close(self, farewell: Work | None = None) -> bool:
        """Stop taking requests, run `farewell`, cancel the rest, end the thread.

        Returns False when the thread did not end in time; as a daemon it ends with the process.
        """
        self.assert_window_thread()
        if self._closed:
            return True
        self._closed = True
        self._asked.clear()
        if self._scheduled:
            self._root.after_cancel(self._scheduled)
        self._loop.call_soon_threadsafe(self._say_farewell, farewell)
        self._thread.join(JOIN_SECONDS)
        if sys.platform != "win32":
            self._root.tk.deletefilehandler(self._woken)
        self._waking.close()
        self._woken.close()
        return not self._thread.is_alive()

    def _say_farewell(self, farewell: Work | None) -> None:
        task = self._loop.create_task(self._end(farewell))
        task.add_done_callback(lambda _: self._loop.stop())

    async def _end(self, farewell: Work | None) -> None:
        current = asyncio.current_task()
        try:
            if farewell is not None:
                await farewell()
        finally:
            others = [task for task in asyncio.all_tasks() if task is not current]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._loop.shutdown_asyncgens()
