from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.client.conftest import DEVICE, MAILBOX
from tests.client.fake_clock import FakeClientClock
from tests.client.fake_relay import FakeRelay, eventually, hello
from whispr.client.attempt import Attempt, AttemptPlan
from whispr.client.clock import RelayClock
from whispr.client.demand import Demand
from whispr.client.events import LinkState
from whispr.client.session import Session
from whispr.client.setback import Setback
from whispr.client.timeouts import DEFAULT_TIMEOUTS
from whispr.errors import ConnectionClosedError, MalformedFrameError
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode, GoawayReason
from whispr.protocol.schema import Frame


class Recorder:
    """What an attempt told its link."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def introduced(self, session: Session, ready: frames.Ready) -> None:
        self.told.append("introduced")

    def went_online(self, session: Session) -> None:
        self.told.append("online")

    def pushed(self, frame: Frame) -> None:
        self.told.append(type(frame))


@pytest.fixture
def heard() -> Recorder:
    return Recorder()


@pytest.fixture
async def demand(clock: FakeClientClock) -> Demand:
    return Demand(clock)


def make(demand: Demand, clock: FakeClientClock, heard: Recorder, **changes: Any) -> Attempt:
    fields: dict[str, Any] = {
        "device": DEVICE,
        "mailbox": MAILBOX,
        "clock": clock,
        "timeouts": DEFAULT_TIMEOUTS,
        "relay_clock": RelayClock(clock),
        "linger_seconds": None,
        **changes,
    }
    return Attempt(AttemptPlan(**fields), demand, heard)


async def ended(attempt: asyncio.Task[Setback | None]) -> Setback:
    setback = await attempt
    assert setback is not None
    return setback


@pytest.fixture
async def running(
    demand: Demand, clock: FakeClientClock, heard: Recorder, fake_relay: FakeRelay
) -> asyncio.Task[Setback | None]:
    """An attempt for the own mailbox, online."""
    attempt = asyncio.create_task(make(demand, clock, heard).run(fake_relay.address))
    await eventually(lambda: "online" in heard.told)
    return attempt


async def test_course_of_an_attempt(
    running: asyncio.Task[Setback | None], heard: Recorder, fake_relay: FakeRelay
) -> None:
    fake_relay.peer.deliver(1)
    fake_relay.peer.send(frames.Synced(fake_relay.peer.subscription))
    await eventually(lambda: frames.Synced in heard.told)
    assert heard.told == ["introduced", "online", frames.Deliver, frames.Synced]
    fake_relay.peer.transport.close()
    setback = await ended(running)
    assert setback.state is LinkState.WAITING
    assert isinstance(setback.error, ConnectionClosedError)


async def test_cause_of_the_end_is_told_not_its_consequence(
    running: asyncio.Task[Setback | None], fake_relay: FakeRelay
) -> None:
    fake_relay.peer.write_body(b"\xc1")
    assert isinstance((await ended(running)).error, MalformedFrameError)


async def test_refused_subscription_is_the_end_of_the_attempt(
    demand: Demand, clock: FakeClientClock, heard: Recorder, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Subscribe] = lambda peer, frame: frames.Error(
        frame.request_id, ErrorCode.RELAY_FULL, 100, ""
    )
    setback = await make(demand, clock, heard).run(fake_relay.address)
    assert setback is not None and setback.minimum_seconds == 0.1
    assert heard.told == ["introduced"]
    await fake_relay.peer.closed.wait()


async def test_goaway_right_behind_hello(
    demand: Demand, clock: FakeClientClock, heard: Recorder, fake_relay: FakeRelay
) -> None:
    fake_relay.script.first = lambda peer: peer.send(
        hello(fake_relay.announced), frames.Goaway(0, GoawayReason.DRAINING, 3000)
    )
    setback = await make(demand, clock, heard).run(fake_relay.address)
    assert setback is not None
    assert (setback.reason, setback.minimum_seconds) == ("the relay is restarting", 3)


async def test_unused_connection_ends_without_a_setback(
    demand: Demand, clock: FakeClientClock, heard: Recorder, fake_relay: FakeRelay
) -> None:
    attempt = make(demand, clock, heard, mailbox=None, linger_seconds=3)
    running = asyncio.create_task(attempt.run(fake_relay.address))
    await eventually(lambda: "online" in heard.told)
    await clock.advance(3)
    assert await running is None


async def test_request_under_way_keeps_the_connection(
    demand: Demand, clock: FakeClientClock, heard: Recorder, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: None
    attempt = make(demand, clock, heard, mailbox=None, linger_seconds=3)
    running = asyncio.create_task(attempt.run(fake_relay.address))
    await eventually(lambda: "online" in heard.told)
    assert attempt.session is not None
    asked = attempt.session.ask(frames.Send, envelope=b"one")
    await clock.advance(9)
    assert not running.done()
    fake_relay.peer.send(frames.Accepted(asked.request_id, 1))
    await asked.answer
    await clock.advance(3)
    assert await running is None


async def test_cancelled_attempt_leaves_nothing(
    running: asyncio.Task[Setback | None], fake_relay: FakeRelay
) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await fake_relay.peer.closed.wait()
