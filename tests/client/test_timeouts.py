from __future__ import annotations

from whispr.client.timeouts import DEFAULT_TIMEOUTS, SessionTimeouts


def test_defaults_are_those_of_the_design() -> None:
    assert DEFAULT_TIMEOUTS.connect_seconds == 10
    assert (DEFAULT_TIMEOUTS.silence_seconds, DEFAULT_TIMEOUTS.answer_seconds) == (20, 10)


def test_shortest_is_the_shortest_of_a_living_connection() -> None:
    assert DEFAULT_TIMEOUTS.shortest_seconds == 10
    assert SessionTimeouts(request_seconds=3, close_seconds=1).shortest_seconds == 3
