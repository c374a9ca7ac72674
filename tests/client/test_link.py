from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.client.fake_clock import FakeClientClock, settle
from tests.client.fake_relay import EPOCH, FakeRelay, eventually
from whispr.client.events import LinkState
from whispr.client.link import Link
from whispr.client.session import Session
from whispr.errors import AccessDeniedError, ConnectError, LocalProtocolError
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import ErrorCode, GoawayReason, Scope
from whispr.protocol.signatures import SigningKey

DEVICE = SigningKey(b"d" * 32)
MAILBOX = SigningKey(b"m" * 32)


class Recorder:
    """Everything a link told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.sessions: list[Session] = []

    def link_changed(self, link: Link, state: LinkState, reason: str, retry_seconds: float) -> None:
        assert link.state is state
        self.told.append((state, reason, retry_seconds))

    def link_ready(self, link: Link, session: Session, ready: frames.Ready) -> None:
        assert link.session is session
        self.told.append(("ready", ready.epoch))

    def delivered(self, link: Link, frame: frames.Deliver) -> None:
        assert link.session is not None
        self.sessions.append(link.session)
        self.told.append(("delivered", frame.sequence))

    def synced(self, link: Link) -> None:
        self.told.append(("synced",))

    def fate(self, link: Link, frame: frames.FateNotice) -> None:
        self.told.append(("fate", frame.fate))

    def relay_ids_learned(self, link: Link, relay_ids: tuple[bytes, ...]) -> None:
        assert link.address.relay_ids == relay_ids
        self.told.append(("learned", relay_ids))

    @property
    def states(self) -> list[LinkState]:
        return [told[0] for told in self.told if isinstance(told[0], LinkState)]

    @property
    def last(self) -> tuple[Any, ...]:
        """The last state with its reason and delay."""
        return next(told for told in reversed(self.told) if isinstance(told[0], LinkState))


MakeLink = Callable[..., Link]
CONNECTING, ONLINE, WAITING = LinkState.CONNECTING, LinkState.ONLINE, LinkState.WAITING
REPLACED, REFUSED, CLOSED = LinkState.REPLACED, LinkState.REFUSED, LinkState.CLOSED


@pytest.fixture
def heard() -> Recorder:
    return Recorder()


@pytest.fixture
async def make_link(
    fake_relay: FakeRelay, clock: FakeClientClock, heard: Recorder
) -> AsyncIterator[MakeLink]:
    links: list[Link] = []

    def make(address: RelayAddress | None = None, **changes: Any) -> Link:
        arguments: dict[str, Any] = {
            "device": DEVICE,
            "mailbox": MAILBOX,
            "clock": clock,
            "random": lambda: 1.0,
            "listener": heard,
            **changes,
        }
        links.append(Link(address or fake_relay.address, **arguments))
        links[-1].start()
        return links[-1]

    yield make
    for link in links:
        await link.stop()


@pytest.fixture
async def link(make_link: MakeLink) -> Link:
    """The link of the own mailbox, online."""
    link = make_link()
    await link.online(5)
    return link


async def state(link: Link, wanted: LinkState) -> None:
    await eventually(lambda: link.state is wanted)


async def test_own_mailbox_is_proven_and_subscribed(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder
) -> None:
    link = make_link(dataclasses.replace(fake_relay.address, access_token=b"token"))
    assert link.state is CLOSED
    session = await link.online(5)
    assert link.session is session and session.usable
    read, send, subscribe = fake_relay.peer.received
    assert (read.scope, read.key, read.access_token) == (Scope.READ, MAILBOX.public, b"token")
    assert (send.scope, send.key, send.access_token) == (Scope.SEND, DEVICE.public, b"")
    assert isinstance(subscribe, frames.Subscribe)
    assert heard.told == [(CONNECTING, "", 0.0), ("ready", EPOCH), (ONLINE, "", 0.0)]


async def test_relay_of_a_contact_gets_no_token_and_no_subscription(
    make_link: MakeLink, fake_relay: FakeRelay
) -> None:
    address = dataclasses.replace(fake_relay.address, access_token=b"token")
    link = make_link(address, mailbox=None)
    await settle()
    assert fake_relay.peers == []
    await link.online(5)
    (send,) = fake_relay.peer.received
    assert (send.scope, send.access_token) == (Scope.SEND, b"")


async def test_pushes_reach_the_listener_in_order(
    link: Link, fake_relay: FakeRelay, heard: Recorder
) -> None:
    peer = fake_relay.peer
    peer.deliver(1)
    peer.deliver(0)
    peer.send(frames.FateNotice(0, 1, bytes(32), bytes(16)), frames.Synced(peer.subscription))
    await eventually(lambda: heard.told[-1] == ("synced",))
    assert heard.told[-4:] == [("delivered", 1), ("delivered", 0), ("fate", 1), ("synced",)]


async def test_backlog_in_one_piece_with_the_answer_is_delivered(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder
) -> None:
    def answer(peer: Any, frame: frames.Subscribe) -> None:
        granted = peer.ordinary(frame)
        peer.send(granted, frames.Deliver(frame.request_id, 1, 0, b"one"))

    fake_relay.script.answers[frames.Subscribe] = answer
    link = make_link()
    await link.online(5)
    assert ("delivered", 1) in heard.told


async def test_acknowledgements_of_one_turn_are_one_frame(
    link: Link, fake_relay: FakeRelay, heard: Recorder
) -> None:
    for sequence in (1, 2, 3):
        fake_relay.peer.deliver(sequence)
    await eventually(lambda: len(heard.sessions) == 3)
    for sequence in (1, 3, 2):
        link.acknowledge(heard.sessions[0], sequence)
    assert await link.flush()
    acks = [frame.sequence for frame in fake_relay.peer.received if isinstance(frame, frames.Ack)]
    assert acks == [3]


async def test_acknowledging_what_was_not_delivered_is_a_bug(
    link: Link, fake_relay: FakeRelay
) -> None:
    assert link.session is not None
    with pytest.raises(LocalProtocolError, match="not delivered"):
        link.acknowledge(link.session, 1)


async def test_old_sequences_are_not_acknowledged_on_a_new_session(
    link: Link, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    fake_relay.peer.deliver(1)
    await eventually(lambda: len(heard.sessions) == 1)
    fake_relay.peer.transport.abort()
    await state(link, WAITING)
    link.retry_now()
    await state(link, ONLINE)
    fake_relay.peer.deliver(1)
    await eventually(lambda: len(heard.sessions) == 2)
    old, new = heard.sessions
    link.acknowledge(old, 1)
    await new.request(frames.Ping)
    assert not any(isinstance(frame, frames.Ack) for frame in fake_relay.peer.received)
    link.acknowledge(new, 1)
    assert await link.flush()
    assert (await fake_relay.peer.frame(frames.Ack)).sequence == 1


async def test_flush_does_not_wait_for_a_connection_that_is_gone(
    link: Link, fake_relay: FakeRelay, heard: Recorder
) -> None:
    fake_relay.script.answers[frames.Ack] = lambda peer, frame: peer.transport.abort()
    fake_relay.peer.deliver(1)
    await eventually(lambda: len(heard.sessions) == 1)
    link.acknowledge(heard.sessions[0], 1)
    assert not await link.flush()


async def test_reconnects_with_growing_delays_and_subscribes_again(
    link: Link, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    await clock.advance(15)
    await fake_relay.stop()
    await state(link, WAITING)
    assert "the connection" in heard.last[1] and heard.last[2] == 0.5
    for delay in (1.0, 2.0, 4.0):
        before = len(heard.told)
        await clock.advance(heard.last[2])
        await eventually(lambda before=before: len(heard.told) >= before + 2)
        nothing = f"nothing answers at {fake_relay.address.location}"
        assert heard.told[-2:] == [(CONNECTING, "", 0.0), (WAITING, nothing, delay)]
    await fake_relay.start()
    await clock.advance(4.0)
    await state(link, ONLINE)
    assert fake_relay.peer.subscription
    # It did not live long enough to be forgiven.
    fake_relay.peer.transport.abort()
    await state(link, WAITING)
    assert heard.last[2] == 8.0


async def test_stable_connection_is_forgiven_earlier_failures(
    link: Link, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    for expected, lived in ((0.5, 0.0), (1.0, 0.0), (0.5, 10.0)):
        await clock.advance(lived)
        fake_relay.peer.transport.abort()
        await state(link, WAITING)
        assert heard.last[2] == expected
        await clock.advance(expected)
        await state(link, ONLINE)


async def test_delay_is_jittered(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder
) -> None:
    await fake_relay.stop()
    link = make_link(random=lambda: 0.25)
    await state(link, WAITING)
    assert heard.last[2] == 0.125


async def test_retry_now_does_not_wait(link: Link, fake_relay: FakeRelay) -> None:
    fake_relay.peer.transport.abort()
    await state(link, WAITING)
    link.retry_now()
    await state(link, ONLINE)
    assert len(fake_relay.peers) == 2


async def test_restart_is_told_and_retry_after_honoured(
    link: Link, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    fake_relay.peer.send(frames.Goaway(0, GoawayReason.DRAINING, 7000))
    await state(link, WAITING)
    assert heard.last == (WAITING, "the relay is restarting", 7.5)
    await clock.advance(7.4)
    assert len(fake_relay.peers) == 1
    await clock.advance(0.2)
    await state(link, ONLINE)


async def test_goaway_waits_for_what_is_stored_but_not_acknowledged(
    link: Link, fake_relay: FakeRelay, heard: Recorder
) -> None:
    peer = fake_relay.peer
    peer.deliver(1)
    peer.send(frames.Goaway(0, GoawayReason.DRAINING, 0))
    await eventually(lambda: bool(heard.sessions) and not heard.sessions[0].usable)
    assert link.state is ONLINE
    link.acknowledge(heard.sessions[0], 1)
    assert (await peer.frame(frames.Ack)).sequence == 1
    peer.transport.close()
    await state(link, WAITING)


async def test_takeover_does_not_reconnect_until_asked(
    link: Link, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    fake_relay.peer.send(frames.Goaway(0, GoawayReason.REPLACED, 0))
    await state(link, REPLACED)
    assert heard.last == (REPLACED, "opened elsewhere", 0.0)
    await clock.advance(100_000)
    assert len(fake_relay.peers) == 1
    with pytest.raises(ConnectError, match="opened elsewhere"):
        await link.online(5)
    link.retry_now()
    await state(link, ONLINE)


async def test_relay_of_a_contact_cannot_replace_us(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder
) -> None:
    link = make_link(mailbox=None)
    await link.online(5)
    fake_relay.peer.send(frames.Goaway(0, GoawayReason.REPLACED, 0))
    await state(link, WAITING)


async def test_silent_relay_is_left(
    link: Link, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    fake_relay.script.answers[frames.Ping] = lambda peer, frame: None
    await clock.advance(20)
    await fake_relay.peer.frame(frames.Ping)
    await clock.advance(10)
    await state(link, WAITING)
    assert heard.last[1] == "no answer from the relay"


async def test_wrong_pin_is_refused_and_tried_slowly(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    link = make_link(dataclasses.replace(fake_relay.address, relay_ids=(b"x" * 32,)))
    with pytest.raises(ConnectError, match="shows another key"):
        await link.online(5)
    assert heard.last[0] is REFUSED and heard.last[2] == 60.5
    assert not any(peer.received for peer in fake_relay.peers)
    await clock.advance(60.4)
    assert heard.states == [CONNECTING, REFUSED]
    await clock.advance(0.2)
    await eventually(lambda: heard.states == [CONNECTING, REFUSED, CONNECTING, REFUSED])


async def test_private_relay_refuses(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder
) -> None:
    fake_relay.script.answers[frames.Auth] = lambda peer, frame: frames.Error(
        frame.request_id, ErrorCode.ACCESS_DENIED, 0, ""
    )
    link = make_link()
    with pytest.raises(ConnectError, match="access token") as caught:
        await link.online(5)
    assert isinstance(caught.value.__cause__, AccessDeniedError)
    assert link.state is REFUSED


async def test_busy_relay_is_tried_again_when_it_says(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    fake_relay.script.answers[frames.Subscribe] = lambda peer, frame: frames.Error(
        frame.request_id, ErrorCode.UNAVAILABLE, 3000, ""
    )
    link = make_link()
    await state(link, WAITING)
    assert heard.last == (WAITING, "the relay is not available right now", 3.5)
    fake_relay.script.answers.clear()
    await clock.advance(3.5)
    await state(link, ONLINE)


@pytest.mark.parametrize("mailbox", [MAILBOX, None], ids=["own", "of a contact"])
async def test_hostile_delivery_ends_the_connection(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder, mailbox: SigningKey | None
) -> None:
    link = make_link(mailbox=mailbox)
    await link.online(5)
    fake_relay.peer.send(frames.Deliver(77, 1, 0, b"one"))
    await state(link, WAITING)
    assert "without a subscription" in heard.last[1]
    assert heard.sessions == []


async def test_announced_key_is_learned_and_used(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder
) -> None:
    fake_relay.announced = fake_relay.relay_id + b"n" * 32
    link = make_link()
    await link.online(5)
    assert ("learned", (fake_relay.relay_id, b"n" * 32)) in heard.told
    assert link.address.relay_ids == (fake_relay.relay_id, b"n" * 32)
    fake_relay.peer.transport.abort()
    await state(link, WAITING)
    link.retry_now()
    await state(link, ONLINE)
    assert sum(told[0] == "learned" for told in heard.told) == 1


async def test_nothing_is_learned_where_nothing_is_new(link: Link, heard: Recorder) -> None:
    assert not any(told[0] == "learned" for told in heard.told)


async def test_unused_connection_on_demand_is_closed(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    link = make_link(mailbox=None, linger_seconds=100)
    session = await link.online(5)
    for _ in range(4):
        await clock.advance(19)
        await session.request(frames.Send, envelope=b"one")
    await clock.advance(19)
    await session.request(frames.Ping)
    for _ in range(4):
        await clock.advance(19)
        await session.request(frames.Ping)
    assert link.state is ONLINE
    await clock.advance(6)
    await state(link, CLOSED)
    assert heard.states == [CONNECTING, ONLINE, CLOSED]
    await link.online(5)
    assert len(fake_relay.peers) == 2


async def test_held_connection_is_not_closed(
    make_link: MakeLink, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    link = make_link(mailbox=None, linger_seconds=5)
    async with link.hold(5):
        await clock.advance(19)
        assert link.state is ONLINE
    await clock.advance(6)
    await state(link, CLOSED)


async def test_demand_without_a_relay_says_why_and_then_rests(
    make_link: MakeLink, fake_relay: FakeRelay, heard: Recorder, clock: FakeClientClock
) -> None:
    await fake_relay.stop()
    link = make_link(mailbox=None)
    asking = asyncio.create_task(link.online(0.4))
    await state(link, WAITING)
    await clock.advance(0.4)
    with pytest.raises(ConnectError, match="nothing answers at"):
        await asking
    await clock.advance(0.2)
    assert heard.states == [CONNECTING, WAITING, CLOSED]


async def test_stop_leaves_nothing(link: Link, fake_relay: FakeRelay, heard: Recorder) -> None:
    await link.stop()
    await fake_relay.peer.closed.wait()
    assert link.session is None
    assert heard.last == (CLOSED, "", 0.0)
    with pytest.raises(ConnectError, match="closed"):
        await link.online(5)
    await link.stop()
    link.start()
    await link.online(5)


async def test_stop_while_connecting_tells_who_waits(
    make_link: MakeLink, fake_relay: FakeRelay
) -> None:
    fake_relay.script.first = lambda peer: None
    link = make_link()
    asking = asyncio.create_task(link.online(5))
    await fake_relay.connected()
    await link.stop()
    with pytest.raises(ConnectError, match="closed"):
        await asking


async def test_relay_clock_survives_the_connection(
    link: Link, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    before = link.relay_clock.now_ms()
    await link.stop()
    await clock.advance(3)
    assert link.relay_clock.now_ms() == before + 3000
