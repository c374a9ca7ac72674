from __future__ import annotations

import asyncio

import pytest

from tests.client.conftest import DEVICE, Connect
from tests.client.fake_clock import FakeClientClock
from tests.client.fake_relay import FakeRelay, eventually
from whispr.client.session import Session
from whispr.errors import (
    RequestTimeoutError,
)
from whispr.protocol import frames
from whispr.protocol.codes import GoawayReason, Scope
from whispr.protocol.schema import Frame


async def test_silence_is_asked_and_then_the_relay_is_dead(
    session: Session, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    fake_relay.script.answers[frames.Ping] = lambda peer, frame: None
    await clock.advance(19.9)
    assert session.pending == 0
    await clock.advance(0.1)
    await fake_relay.peer.frame(frames.Ping)
    await clock.advance(9.9)
    assert session.usable
    await clock.advance(0.2)
    assert str(await session.wait_closed()) == "no answer from the relay"


async def test_relay_that_answers_lives_on(
    session: Session, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    for count in range(1, 6):
        await clock.advance(20)
        await fake_relay.peer.frame(frames.Ping, count)
        await eventually(lambda: session.pending == 0)
    assert session.usable


async def test_frame_that_never_ends(
    session: Session, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    fake_relay.script.answers[frames.Ping] = lambda peer, frame: peer.write(b"\0")
    fake_relay.peer.write((60_000).to_bytes(4, "big"))
    await eventually(lambda: session._wire.next_timer() < 1e9)
    for _ in range(5):
        # One byte now and then keeps the heartbeat content.
        await clock.advance(11)
        fake_relay.peer.write(b"\0")
        heard = session._vigil._heartbeat.due()
        await eventually(lambda heard=heard: session._vigil._heartbeat.due() > heard)
    assert session.usable
    await clock.advance(6)
    assert "middle of a frame" in str(await session.wait_closed())


async def test_relay_that_says_goaway_and_stays_is_left(
    session: Session, fake_relay: FakeRelay, clock: FakeClientClock, pushed: list[Frame]
) -> None:
    fake_relay.peer.send(frames.Goaway(0, GoawayReason.DRAINING, 0))
    await eventually(lambda: bool(pushed))
    await clock.advance(4.9)
    assert not session.closed
    await clock.advance(0.2)
    await session.wait_closed()


async def test_late_answer_is_a_timeout_and_then_ignored(
    connect: Connect, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    session = await connect()
    await session.authenticate(Scope.SEND, DEVICE)
    fake_relay.script.answers[frames.Send] = lambda peer, frame: None
    request = asyncio.create_task(session.request(frames.Send, envelope=b"one"))
    sent = await fake_relay.peer.frame(frames.Send)
    for passed in (15.0, 14.9):
        await clock.advance(passed)
        await session.request(frames.Ping)
    assert not request.done()
    await clock.advance(0.1)
    with pytest.raises(RequestTimeoutError):
        await request
    fake_relay.peer.send(frames.Accepted(sent.request_id, 1))
    await session.request(frames.Ping)
    assert session.usable
