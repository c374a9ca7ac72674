"""`Requests`: what was asked on one connection and is not answered yet, by request id."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from whispr.errors import ConnectionClosedError, RemoteProtocolError, RequestTimeoutError
from whispr.protocol.codes import relay_error
from whispr.protocol.frames import Error
from whispr.protocol.schema import Frame

MAX_OVERDUE = 256
"""Requests without an answer in time after which the connection is worth nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is on its way."""

    request_id: int
    answer: asyncio.Future[Frame]
    """The answer, or the RelayError of a refusal, RequestTimeoutError or ConnectionClosedError.
    Cancel it to forget the request."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    frame_type: type[Frame]
    deadline: float
    answer: asyncio.Future[Frame] | None


class Requests:
    """The unanswered requests of one connection.

    Args:
        timeout_seconds: how long each may wait; the same for all, so the oldest is due first.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()
        self._overdue: set[int] = set()

    def __len__(self) -> int:
        """How many wait for an answer that is not overdue."""
        return len(self._waiting)

    def add(self, request: Frame, now: float) -> Asked:
        """Wait for the answer of `request`."""
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._note(request, now, answer)
        return Asked(request.request_id, answer)

    def add_unwatched(self, request: Frame, now: float) -> None:
        """Expect the answer of `request`, which nobody waits for."""
        self._note(request, now, None)

    def _note(self, request: Frame, now: float, answer: asyncio.Future[Frame] | None) -> None:
        deadline = now + self._timeout_seconds
        self._waiting[request.request_id] = _Waiting(type(request), deadline, answer)

    def settle(self, frame: Frame) -> None:
        """An answer or a refusal arrived.

        Raises:
            RemoteProtocolError: nobody asked for it, or it is no answer to what was asked.
        """
        if frame.request_id in self._overdue:
            self._overdue.discard(frame.request_id)
            return
        waiting = self._waiting.pop(frame.request_id, None)
        if waiting is None:
            raise RemoteProtocolError(f"{type(frame).__name__} answers nothing that was asked")
        if isinstance(frame, Error):
            _give(waiting, relay_error(frame.code_number, frame.text, frame.retry_after_ms))
        elif type(frame).__name__ in waiting.frame_type.answers:
            _give(waiting, frame)
        else:
            error = RemoteProtocolError(
                f"{type(frame).__name__} is no answer to {waiting.frame_type.__name__}"
            )
            _give(waiting, _closed(error))
            raise error

    def next_deadline(self) -> float | None:
        """When the oldest request is overdue."""
        for waiting in self._waiting.values():
            return waiting.deadline
        return None

    def expire(self, now: float) -> None:
        """Give up on what is overdue; an answer that comes after all is ignored.

        Raises:
            RequestTimeoutError: so many are overdue that the connection is not worth keeping.
        """
        while self._waiting:
            request_id, waiting = next(iter(self._waiting.items()))
            if waiting.deadline > now:
                break
            del self._waiting[request_id]
            self._overdue.add(request_id)
            _give(waiting, RequestTimeoutError("no answer from the relay in time"))
        if len(self._overdue) > MAX_OVERDUE:
            raise RequestTimeoutError("the relay leaves too many requests unanswered")

    def fail(self, reason: Exception) -> None:
        """The connection is gone: everybody who waits hears it."""
        waiting, self._waiting = self._waiting, OrderedDict()
        self._overdue.clear()
        for one in waiting.values():
            _give(one, _closed(reason))


def _closed(reason: Exception) -> ConnectionClosedError:
    """A new exception for each waiter: a shared one would collect the tracebacks of all."""
    error = ConnectionClosedError(str(reason))
    error.__cause__ = reason
    return error


def _give(waiting: _Waiting, outcome: Frame | Exception) -> None:
    if waiting.answer is None or waiting.answer.done():
        return
    if isinstance(outcome, Exception):
        waiting.answer.set_exception(outcome)
    else:
        waiting.answer.set_result(outcome)
