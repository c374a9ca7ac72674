from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from tests.client.conftest import DEVICE, MAILBOX, Connect
from tests.client.fake_clock import FakeClientClock
from tests.client.fake_relay import CLOCK_MS, EPOCH, FakePeer, FakeRelay, eventually, fill
from whispr.client.session import Session
from whispr.errors import (
    AuthenticationError,
    ConnectError,
    ConnectionClosedError,
    LocalProtocolError,
    MailboxFullError,
    MalformedRefusedError,
    RelayError,
    RelayUnavailableError,
    RemoteProtocolError,
)
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode, GoawayReason, Scope
from whispr.protocol.schema import Frame


async def test_connect_knows_the_relay_and_its_clock(
    connect: Connect, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    session = await connect()
    assert session.relay_id == fake_relay.relay_id
    assert session.hello.mailbox_messages == 20
    assert session.usable and not session.closed
    await clock.advance(1.5)
    assert session.relay_clock.now_ms() == CLOCK_MS + 1500


async def test_authentication_proves_the_key_to_this_relay(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    session = await connect()
    ready = await session.authenticate(Scope.READ, MAILBOX, b"token")
    assert (ready.scope, ready.epoch) == (Scope.READ, EPOCH)
    await session.authenticate(Scope.SEND, DEVICE)
    first, second = (frame for frame in fake_relay.peer.received)
    # The fake relay verifies the signature over the id of its own key.
    assert (first.key, first.access_token) == (MAILBOX.public, b"token")
    assert (second.key, second.access_token) == (DEVICE.public, b"")
    assert first.nonce != second.nonce
    assert first.time_ms == CLOCK_MS


async def test_access_token_never_leaves_with_a_send_key(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    session = await connect()
    with pytest.raises(LocalProtocolError, match="for reading only"):
        await session.authenticate(Scope.SEND, DEVICE, b"token")
    assert fake_relay.peer.received == []


async def test_refused_key(connect: Connect, fake_relay: FakeRelay) -> None:
    fake_relay.script.answers[frames.Auth] = lambda peer, frame: frames.Error(
        frame.request_id, ErrorCode.AUTH_FAILED, 0, ""
    )
    session = await connect()
    with pytest.raises(AuthenticationError):
        await session.authenticate(Scope.SEND, DEVICE)


async def test_ready_for_another_scope_ends_the_connection(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Auth] = lambda peer, frame: frames.Ready(
        frame.request_id, Scope.READ, EPOCH
    )
    session = await connect()
    with pytest.raises(RemoteProtocolError, match="another scope"):
        await session.authenticate(Scope.SEND, DEVICE)
    assert session.closed


async def test_announced_key_is_told(connect: Connect, fake_relay: FakeRelay) -> None:
    fake_relay.announced = fake_relay.relay_id + b"n" * 32
    session = await connect()
    assert session.relay_ids == (fake_relay.relay_id, b"n" * 32)


async def test_silent_listener_is_given_up_after_ten_seconds(
    connect: Connect, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    fake_relay.script.first = lambda peer: None
    attempt = asyncio.create_task(connect())
    await fake_relay.connected()
    await clock.advance(9.9)
    assert not attempt.done()
    await clock.advance(0.2)
    with pytest.raises(ConnectError, match=r"no answer from .* in time"):
        await attempt
    await fake_relay.peer.closed.wait()


async def test_cancelled_attempt_leaves_nothing(connect: Connect, fake_relay: FakeRelay) -> None:
    fake_relay.script.first = lambda peer: None
    attempt = asyncio.create_task(connect())
    await fake_relay.connected()
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    await fake_relay.peer.closed.wait()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"version_min": 2, "version_max": 3}, "newer protocol"),
        ({"version_min": 0, "version_max": 0}, "older protocol"),
        ({"relay_ids": b"z" * 32}, "announces another key"),
        ({"clock_ms": 2**64 - 1}, "beyond every calendar"),
    ],
)
async def test_unusable_hello(
    connect: Connect, fake_relay: FakeRelay, changes: dict[str, Any], text: str
) -> None:
    fake_relay.script.hello = changes
    with pytest.raises(RemoteProtocolError, match=text):
        await connect()


async def test_versions_that_include_ours_are_welcome(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    fake_relay.script.hello = {"version_min": 0, "version_max": 9}
    assert (await connect()).usable


async def test_relay_that_is_full_says_when_to_come_back(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    fake_relay.script.first = lambda peer: peer.send(frames.Goaway(0, GoawayReason.LIMIT, 7000))
    with pytest.raises(RelayUnavailableError, match="too many connections") as caught:
        await connect()
    assert caught.value.retry_after_ms == 7000


async def test_relay_that_refuses_at_once(connect: Connect, fake_relay: FakeRelay) -> None:
    refusal = frames.Error(0, ErrorCode.RATE_LIMITED, 900, "slowly")
    fake_relay.script.first = lambda peer: peer.send(refusal)
    with pytest.raises(RelayError, match="slowly"):
        await connect()


async def test_relay_that_hangs_up_before_hello(connect: Connect, fake_relay: FakeRelay) -> None:
    fake_relay.script.first = lambda peer: peer.transport.close()
    with pytest.raises(ConnectError, match="closed the connection"):
        await connect()


async def test_requests_are_multiplexed(session: Session, fake_relay: FakeRelay) -> None:
    held: list[frames.Send] = []
    fake_relay.script.answers[frames.Send] = lambda peer, frame: held.append(frame)
    first = asyncio.create_task(session.request(frames.Send, envelope=b"one"))
    second = asyncio.create_task(session.request(frames.Send, envelope=b"two"))
    await fake_relay.peer.frame(frames.Send, 2)
    fake_relay.peer.send(
        *(frames.Accepted(one.request_id, len(one.envelope)) for one in held[::-1])
    )
    assert (await first).request_id == held[0].request_id
    assert (await second).request_id == held[1].request_id
    assert session.pending == 0


async def test_refusal_becomes_its_exception(session: Session, fake_relay: FakeRelay) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: frames.Error(
        frame.request_id, ErrorCode.MAILBOX_FULL, 1500, "full"
    )
    with pytest.raises(MailboxFullError, match="full") as caught:
        await session.request(frames.Send, envelope=b"one")
    assert caught.value.retry_after_ms == 1500
    assert session.usable


async def test_unknown_error_code_is_a_plain_refusal(
    session: Session, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: frames.Error(
        frame.request_id, 999, 0, ""
    )
    with pytest.raises(RelayError, match="code 999"):
        await session.request(frames.Send, envelope=b"one")
    assert session.usable


async def test_out_of_bounds_request_leaves_the_connection_alone(session: Session) -> None:
    with pytest.raises(LocalProtocolError):
        await session.request(frames.Send, envelope=b"")
    assert session.pending == 0
    await session.request(frames.Ping)


async def test_cancelled_request_is_forgotten_and_its_late_answer_ignored(
    session: Session, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: None
    request = asyncio.create_task(session.request(frames.Send, envelope=b"one"))
    sent = await fake_relay.peer.frame(frames.Send)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    fake_relay.peer.send(frames.Accepted(sent.request_id, 1))
    await session.request(frames.Ping)
    assert session.usable and session.pending == 0


async def test_post_ignores_its_answer(session: Session, fake_relay: FakeRelay) -> None:
    fake_relay.script.answers[frames.Ack] = lambda peer, frame: frames.Error(
        frame.request_id, ErrorCode.BAD_ACK, 0, ""
    )
    session.post(frames.Ack, sequence=1)
    await session.request(frames.Ping)
    assert session.usable


async def test_pushes_arrive_in_order(
    session: Session, fake_relay: FakeRelay, pushed: list[Frame]
) -> None:
    sent = [
        frames.Deliver(3, 1, 0, b"one"),
        frames.FateNotice(0, 1, bytes(32), bytes(16)),
        frames.Deliver(3, 2, 0, b"two"),
        frames.Synced(3),
    ]
    fake_relay.peer.send(*sent)
    await session.request(frames.Ping)
    assert pushed == sent


async def test_listener_that_refuses_a_push_ends_the_connection(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    def refuse(frame: Frame) -> None:
        raise RemoteProtocolError("not subscribed")

    session = await connect(on_push=refuse)
    await session.authenticate(Scope.READ, MAILBOX)
    fake_relay.peer.send(frames.Deliver(1, 1, 0, b"one"))
    assert "not subscribed" in str(await session.wait_closed())


async def test_answer_of_the_wrong_type_ends_the_connection(
    session: Session, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: frames.Done(frame.request_id)
    with pytest.raises(ConnectionClosedError, match="Done is no answer to Send"):
        await session.request(frames.Send, envelope=b"one")
    assert session.closed


@pytest.mark.parametrize(
    "first",
    [
        lambda peer: peer.write((4097).to_bytes(4, "big")),
        lambda peer: peer.write_body(msgpack.packb([0x05, 1, 1])),
        lambda peer: peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    ],
    ids=["oversize", "not hello", "not a relay"],
)
async def test_hostile_greeting(
    connect: Connect, fake_relay: FakeRelay, first: Callable[[FakePeer], None]
) -> None:
    fake_relay.script.first = first
    with pytest.raises(RemoteProtocolError):
        await connect()
    await fake_relay.peer.closed.wait()


async def test_fatal_complaint_is_the_reason_of_the_end(
    session: Session, fake_relay: FakeRelay
) -> None:
    fake_relay.peer.send(frames.Error(0, ErrorCode.MALFORMED, 0, "what was that"))
    fake_relay.peer.transport.close()
    assert isinstance(await session.wait_closed(), MalformedRefusedError)


async def test_relay_that_hangs_up(session: Session, fake_relay: FakeRelay) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: peer.transport.abort()
    with pytest.raises(ConnectionClosedError):
        await session.request(frames.Send, envelope=b"one")
    assert isinstance(await session.wait_closed(), ConnectionClosedError)


async def test_pong_sets_the_relay_clock(session: Session, clock: FakeClientClock) -> None:
    await clock.advance(5)
    await session.request(frames.Ping)
    assert session.relay_clock.now_ms() == CLOCK_MS


async def test_goaway_lets_answers_pass_and_nothing_new(
    session: Session, fake_relay: FakeRelay, pushed: list[Frame]
) -> None:
    held: list[frames.Send] = []
    fake_relay.script.answers[frames.Send] = lambda peer, frame: held.append(frame)
    request = asyncio.create_task(session.request(frames.Send, envelope=b"one"))
    await fake_relay.peer.frame(frames.Send)
    fake_relay.peer.send(frames.Goaway(0, GoawayReason.DRAINING, 0))
    await eventually(lambda: bool(pushed))
    assert not session.usable
    with pytest.raises(ConnectionClosedError, match="the relay is restarting"):
        await session.request(frames.Send, envelope=b"two")
    session.post(frames.Ack, sequence=1)
    await fake_relay.peer.frame(frames.Ack)
    fake_relay.peer.send(frames.Accepted(held[0].request_id, 5))
    assert (await request).expires_in_ms == 5


async def test_close_fails_who_waits_and_writes_what_is_queued(
    session: Session, fake_relay: FakeRelay
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: None
    request = asyncio.create_task(session.request(frames.Send, envelope=b"one"))
    await asyncio.sleep(0)
    await session.aclose()
    with pytest.raises(ConnectionClosedError, match="closed here"):
        await request
    assert (await fake_relay.peer.frame(frames.Send)).envelope == b"one"
    await session.aclose()


async def test_close_does_not_wait_for_a_relay_that_reads_nothing(
    session: Session, fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    await fill(session, fake_relay)
    closing = asyncio.create_task(session.aclose())
    await clock.advance(1.9)
    assert not closing.done()
    await clock.advance(0.2)
    await closing
