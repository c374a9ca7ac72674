from __future__ import annotations

import pytest

from whispr.client.heartbeat import Heartbeat, Pulse


@pytest.fixture
def heartbeat() -> Heartbeat:
    return Heartbeat(silence_seconds=20, answer_seconds=10, now=100)


def test_silence_is_asked_about_once(heartbeat: Heartbeat) -> None:
    assert heartbeat.due() == 120
    assert heartbeat.check(119.9) is Pulse.FINE
    assert heartbeat.check(120) is Pulse.ASK
    assert heartbeat.due() == 130
    assert heartbeat.check(129.9) is Pulse.FINE
    assert heartbeat.check(130) is Pulse.DEAD


def test_any_byte_is_a_sign_of_life(heartbeat: Heartbeat) -> None:
    heartbeat.heard(110)
    assert heartbeat.check(129.9) is Pulse.FINE
    assert heartbeat.check(130) is Pulse.ASK
    # The answer may come in the very moment in which it was asked.
    heartbeat.heard(130)
    assert heartbeat.due() == 150
    assert heartbeat.check(140) is Pulse.FINE


def test_relay_is_asked_before_it_is_dead_however_late_we_look(heartbeat: Heartbeat) -> None:
    assert heartbeat.check(10_000) is Pulse.ASK
    assert heartbeat.check(10_009) is Pulse.FINE
    assert heartbeat.check(10_010) is Pulse.DEAD
