"""`Heartbeat`: decides when to ask a silent relay for a sign of life, and when it is dead."""

from __future__ import annotations

import enum


class Pulse(enum.Enum):
    """What to do about the silence."""

    FINE = "fine"
    ASK = "ask"
    DEAD = "dead"


class Heartbeat:
    """The silence of one connection; seconds of any monotonic clock.

    A relay is never called dead unasked: a computer that slept hears nothing for hours.
    """

    def __init__(self, *, silence_seconds: float, answer_seconds: float, now: float) -> None:
        self._silence_seconds = silence_seconds
        self._answer_seconds = answer_seconds
        self._heard = now
        self._asked: float | None = None

    def heard(self, now: float) -> None:
        """Bytes came: whatever they are, the other end lives."""
        self._heard = now
        self._asked = None

    def due(self) -> float:
        """When `check` has something to say."""
        if self._asked is not None:
            return self._asked + self._answer_seconds
        return self._heard + self._silence_seconds

    def check(self, now: float) -> Pulse:
        """Whether to ask now (which counts as asked), or to give up."""
        if now < self.due():
            return Pulse.FINE
        if self._asked is not None:
            return Pulse.DEAD
        self._asked = now
        return Pulse.ASK
