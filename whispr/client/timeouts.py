"""`SessionTimeouts`: how long a connection to a relay waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionTimeouts:
    """How long a session waits, in seconds."""

    connect_seconds: float = 10.0
    """From the first packet to HELLO."""
    request_seconds: float = 30.0
    """For the answer to a request."""
    silence_seconds: float = 20.0
    """Without a byte from the relay, after which it is asked for a sign of life."""
    answer_seconds: float = 10.0
    """For that sign."""
    frame_seconds: float = 60.0
    """For a single frame to arrive."""
    leave_seconds: float = 5.0
    """From GOAWAY to the end, for answers that are on their way."""
    close_seconds: float = 2.0
    """For an orderly end."""

    @property
    def shortest_seconds(self) -> float:
        """No deadline of a living connection that begins later is due before this has passed."""
        return min(
            self.request_seconds, self.silence_seconds, self.answer_seconds, self.frame_seconds
        )


DEFAULT_TIMEOUTS = SessionTimeouts()
