from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.client.fake_clock import settle
from whispr.client.requests import Asked
from whispr.client.subscription import TOLERANCE, Subscription
from whispr.errors import (
    BadAcknowledgementError,
    ConnectionClosedError,
    LocalProtocolError,
    NotSubscribedError,
    RemoteProtocolError,
)
from whispr.protocol import frames
from whispr.protocol.schema import Frame

SUBSCRIBED = frames.Subscribed(1, bytes(32), 2, 100)


class FakeSession:
    """Notes what is asked; the test answers."""

    def __init__(self) -> None:
        self.closed = False
        self.aborted = ""
        self.asked: list[tuple[Frame, asyncio.Future[Frame]]] = []

    def ask(self, frame_type: type[Frame], **fields: Any) -> Asked:
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self.asked.append((frame_type(len(self.asked) + 1, **fields), answer))
        return Asked(len(self.asked), answer)

    def abort(self, reason: str) -> None:
        self.aborted = reason

    @property
    def acknowledged(self) -> list[int]:
        return [frame.sequence for frame, _ in self.asked if isinstance(frame, frames.Ack)]


@pytest.fixture
async def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
async def subscription(session: FakeSession) -> Subscription:
    """Granted, with a credit of two messages and a hundred bytes."""
    made = Subscription(session, credit_messages=2, credit_bytes=100)  # type: ignore[arg-type]
    starting = asyncio.create_task(made.start())
    await settle()
    session.asked[0][1].set_result(SUBSCRIBED)
    await starting
    return made


def delivery(sequence: int, size_bytes: int = 1) -> frames.Deliver:
    return frames.Deliver(1, sequence, 0, bytes(size_bytes))


async def test_nothing_may_come_before_the_subscription_is_granted(session: FakeSession) -> None:
    subscription = Subscription(session)  # type: ignore[arg-type]
    with pytest.raises(RemoteProtocolError, match="without a subscription"):
        subscription.receive(delivery(1))
    starting = asyncio.create_task(subscription.start())
    await settle()
    with pytest.raises(RemoteProtocolError, match="without a subscription"):
        subscription.receive(delivery(1))
    session.asked[0][1].set_exception(ConnectionClosedError("gone"))
    with pytest.raises(ConnectionClosedError):
        await starting
    with pytest.raises(RemoteProtocolError, match="without a subscription"):
        subscription.receive(frames.Synced(1))


async def test_frames_of_another_subscription_are_refused(subscription: Subscription) -> None:
    subscription.receive(frames.Synced(1))
    with pytest.raises(RemoteProtocolError, match="Synced without"):
        subscription.receive(frames.Synced(2))
    with pytest.raises(RemoteProtocolError, match="Deliver without"):
        subscription.receive(frames.Deliver(2, 1, 0, b"one"))


@pytest.mark.parametrize("sequence", [1, 2])
async def test_sequences_only_rise(subscription: Subscription, sequence: int) -> None:
    subscription.receive(delivery(2))
    with pytest.raises(RemoteProtocolError, match="out of order"):
        subscription.receive(delivery(sequence))


async def test_ephemeral_is_not_counted(subscription: Subscription) -> None:
    for _ in range(100):
        subscription.receive(delivery(0, 1000))
    assert subscription.settled


async def test_messages_beyond_the_credit_are_refused(subscription: Subscription) -> None:
    for sequence in range(1, 2 * TOLERANCE + 1):
        subscription.receive(delivery(sequence))
    with pytest.raises(RemoteProtocolError, match="more than it was asked for"):
        subscription.receive(delivery(2 * TOLERANCE + 1))


async def test_bytes_beyond_the_credit_are_refused(subscription: Subscription) -> None:
    subscription.receive(delivery(1, 100 * TOLERANCE))
    with pytest.raises(RemoteProtocolError, match="more than it was asked for"):
        subscription.receive(delivery(2, 1))


async def test_acknowledgement_gives_credit_back(subscription: Subscription) -> None:
    for sequence in range(1, 100):
        subscription.receive(delivery(sequence, 100))
        subscription.acknowledge(sequence)


async def test_acknowledgements_of_one_turn_are_joined(
    subscription: Subscription, session: FakeSession
) -> None:
    for sequence in (1, 2, 3):
        subscription.receive(delivery(sequence))
    for sequence in (2, 3, 1, 3):
        subscription.acknowledge(sequence)
    assert session.acknowledged == []
    await settle()
    assert session.acknowledged == [3]
    subscription.acknowledge(3)
    await settle()
    assert session.acknowledged == [3]


@pytest.mark.parametrize("sequence", [0, 2])
async def test_what_was_not_delivered_is_not_acknowledged(
    subscription: Subscription, sequence: int
) -> None:
    subscription.receive(delivery(1))
    with pytest.raises(LocalProtocolError, match="not delivered"):
        subscription.acknowledge(sequence)


async def test_flush_waits_for_the_answer(subscription: Subscription, session: FakeSession) -> None:
    assert await subscription.flush()
    subscription.receive(delivery(1))
    assert not subscription.settled
    subscription.acknowledge(1)
    flushing = asyncio.create_task(subscription.flush())
    await settle()
    assert session.acknowledged == [1]
    assert not flushing.done() and not subscription.settled
    session.asked[-1][1].set_result(frames.Done(2))
    assert await flushing
    assert subscription.settled


async def test_one_flush_given_up_does_not_disturb_another(
    subscription: Subscription, session: FakeSession
) -> None:
    subscription.receive(delivery(1))
    subscription.acknowledge(1)
    impatient = asyncio.create_task(subscription.flush())
    patient = asyncio.create_task(subscription.flush())
    await settle()
    impatient.cancel()
    await settle()
    session.asked[-1][1].set_result(frames.Done(2))
    assert await patient and impatient.cancelled()


async def test_flush_of_a_dead_session_says_so(
    subscription: Subscription, session: FakeSession
) -> None:
    subscription.receive(delivery(1))
    subscription.acknowledge(1)
    session.closed = True
    assert not await subscription.flush()
    assert session.acknowledged == []


@pytest.mark.parametrize(
    ("error", "aborted"), [(BadAcknowledgementError(), True), (NotSubscribedError(), False)]
)
async def test_relay_that_denies_its_own_sequence_is_left(
    subscription: Subscription, session: FakeSession, error: Exception, aborted: bool
) -> None:
    subscription.receive(delivery(1))
    subscription.acknowledge(1)
    await settle()
    session.asked[-1][1].set_exception(error)
    assert not await subscription.flush()
    await settle()
    assert bool(session.aborted) is aborted
