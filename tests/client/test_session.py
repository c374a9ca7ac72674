from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgpack
import pytest

from tests.client.conftest import RelayTls
from tests.client.fake_clock import FakeClientClock, settle
from tests.client.fake_relay import CLOCK_MS, EPOCH, FakePeer, FakeRelay, eventually
from whispr.client.session import Session
from whispr.client.timeouts import DEFAULT_TIMEOUTS, SessionTimeouts
from whispr.errors import (
    AuthenticationError,
    CertificateError,
    ConnectError,
    ConnectionClosedError,
    LocalProtocolError,
    MailboxFullError,
    MalformedRefusedError,
    RelayError,
    RelayUnavailableError,
    RemoteProtocolError,
    RequestTimeoutError,
)
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import ErrorCode, GoawayReason, Scope
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey

DEVICE = SigningKey(b"d" * 32)
MAILBOX = SigningKey(b"m" * 32)

Connect = Callable[..., Any]


@pytest.fixture
def pushed() -> list[Frame]:
    return []


@pytest.fixture
async def connect(
    fake_relay: FakeRelay, clock: FakeClientClock, pushed: list[Frame]
) -> AsyncIterator[Connect]:
    sessions: list[Session] = []

    async def connect(**changes: Any) -> Session:
        arguments: dict[str, Any] = {"clock": clock, "on_push": pushed.append, **changes}
        address = arguments.pop("address", fake_relay.address)
        session = await Session.connect(address, **arguments)
        sessions.append(session)
        return session

    yield connect
    for session in sessions:
        await session.aclose()


@pytest.fixture
async def session(connect: Connect) -> Session:
    """Connected, with both scopes proven."""
    session: Session = await connect()
    await session.authenticate(Scope.READ, MAILBOX)
    await session.authenticate(Scope.SEND, DEVICE)
    return session


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


async def test_wrong_pin_is_refused_before_a_byte_is_written(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    address = dataclasses.replace(
        fake_relay.address, relay_ids=(b"x" * 32,), access_token=b"secret"
    )
    with pytest.raises(CertificateError, match="shows another key than its address names"):
        await connect(address=address)
    # By the time a second connection has spoken, whatever the first one wrote is here too.
    session = await connect()
    await session.authenticate(Scope.SEND, DEVICE)
    *refused, good = fake_relay.peers
    assert good.bytes_received > 0
    assert all(peer.bytes_received == 0 for peer in refused)


async def test_next_pin_is_accepted(connect: Connect, fake_relay: FakeRelay) -> None:
    address = dataclasses.replace(fake_relay.address, relay_ids=(b"x" * 32, fake_relay.relay_id))
    session = await connect(address=address)
    assert session.relay_ids == (fake_relay.relay_id,)


async def test_announced_key_is_told(connect: Connect, fake_relay: FakeRelay) -> None:
    fake_relay.announced = fake_relay.relay_id + b"n" * 32
    session = await connect()
    assert session.relay_ids == (fake_relay.relay_id, b"n" * 32)


async def test_authority_vouches_without_a_pin(
    connect: Connect, fake_relay: FakeRelay, relay_tls: RelayTls
) -> None:
    address = RelayAddress("localhost", fake_relay.port)
    session = await connect(address=address, authorities_path=relay_tls.authorities_path)
    assert session.relay_ids == (fake_relay.relay_id,)


async def test_unknown_authority_is_refused(connect: Connect, fake_relay: FakeRelay) -> None:
    with pytest.raises(CertificateError, match="not valid"):
        await connect(address=RelayAddress("localhost", fake_relay.port))


async def test_authority_for_another_name_is_refused(
    connect: Connect, fake_relay: FakeRelay, relay_tls: RelayTls
) -> None:
    with pytest.raises(CertificateError, match="not valid"):
        await connect(
            address=RelayAddress("127.0.0.1", fake_relay.port),
            authorities_path=relay_tls.authorities_path,
        )


async def test_other_service_is_told_apart(
    connect: Connect, fake_relay: FakeRelay, relay_tls: RelayTls
) -> None:
    await fake_relay.stop()
    fake_relay.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = relay_tls.authorities_path.parent
    fake_relay.context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    await fake_relay.start()
    with pytest.raises(ConnectError, match="does not speak whispr/1"):
        await connect()


async def test_nobody_listens(connect: Connect, fake_relay: FakeRelay) -> None:
    await fake_relay.stop()
    with pytest.raises(ConnectError, match=rf"^nothing answers at 127.0.0.1:{fake_relay.port}$"):
        await connect()


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


async def test_frames_of_one_turn_leave_in_one_piece(
    session: Session, fake_relay: FakeRelay
) -> None:
    arrivals: list[bytes] = []
    peer = fake_relay.peer
    receive = peer.data_received
    fake_relay.peer.transport.set_protocol(_Recorder(peer, arrivals, receive))
    for _ in range(20):
        session.post(frames.Ping)
    await peer.frame(frames.Ping, 20)
    assert len(arrivals) == 1


class _Recorder(asyncio.Protocol):
    def __init__(
        self, peer: FakePeer, arrivals: list[bytes], receive: Callable[[bytes], None]
    ) -> None:
        self.arrivals, self.receive = arrivals, receive
        self.connection_lost = peer.connection_lost  # type: ignore[method-assign]

    def data_received(self, data: bytes) -> None:
        self.arrivals.append(data)
        self.receive(data)


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


async def test_unknown_frame_is_ignored(session: Session, fake_relay: FakeRelay) -> None:
    fake_relay.peer.write_body(msgpack.packb([0x7E, 0, b"later version"]))
    await session.request(frames.Ping)
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


def _hostile() -> list[Any]:
    def body(*items: object) -> Callable[[FakePeer], None]:
        return lambda peer: peer.write_body(msgpack.packb(list(items)))

    cases: dict[str, Callable[[FakePeer], None]] = {
        "oversize": lambda peer: peer.write((64 * 1024 + 1).to_bytes(4, "big")),
        "huge": lambda peer: peer.write(b"\xff\xff\xff\xff" + bytes(100)),
        "empty": lambda peer: peer.write(bytes(4)),
        "not msgpack": lambda peer: peer.write_body(b"\xc1" * 10),
        "nested": body(0x05, 1, [1]),
        "field of the wrong type": body(0x05, 1, b"clock"),
        "second hello": lambda peer: peer.write_body(
            msgpack.packb([1, 0, 1, 1, bytes(32), bytes(32), 1, 0, 1, 1, 1, 1, 1])
        ),
        "frame of a client": body(0x04, 1),
        "answer to nothing": body(0x05, 77, 1),
        "done to nothing": body(0x08, 77),
        "error to nothing": body(0x09, 77, 1, 0, ""),
        "answer with id 0": body(0x05, 0, 1),
        "ready that nobody asked for": body(0x03, 9, 1, bytes(16)),
    }
    return [pytest.param(act, id=name) for name, act in cases.items()]


@pytest.mark.parametrize("act", _hostile())
async def test_hostile_frames_end_the_connection(
    session: Session, fake_relay: FakeRelay, act: Callable[[FakePeer], None]
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: act(peer)
    with pytest.raises(ConnectionClosedError) as caught:
        await session.request(frames.Send, envelope=b"one")
    assert isinstance(await session.wait_closed(), RemoteProtocolError)
    assert isinstance(caught.value.__cause__, RemoteProtocolError)
    with pytest.raises(ConnectionClosedError):
        await session.request(frames.Ping)


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


async def test_bytes_after_the_end_are_dropped(
    session: Session, fake_relay: FakeRelay, pushed: list[Frame]
) -> None:
    fake_relay.peer.write_body(b"\xc1")
    fake_relay.peer.send(frames.Synced(3))
    await session.wait_closed()
    assert pushed == []


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


async def test_pong_sets_the_relay_clock(session: Session, clock: FakeClientClock) -> None:
    await clock.advance(5)
    await session.request(frames.Ping)
    assert session.relay_clock.now_ms() == CLOCK_MS


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


async def test_relay_that_says_goaway_and_stays_is_left(
    session: Session, fake_relay: FakeRelay, clock: FakeClientClock, pushed: list[Frame]
) -> None:
    fake_relay.peer.send(frames.Goaway(0, GoawayReason.DRAINING, 0))
    await eventually(lambda: bool(pushed))
    await clock.advance(4.9)
    assert not session.closed
    await clock.advance(0.2)
    await session.wait_closed()


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
    await _fill(session, fake_relay)
    closing = asyncio.create_task(session.aclose())
    await clock.advance(1.9)
    assert not closing.done()
    await clock.advance(0.2)
    await closing


async def _fill(session: Session, fake_relay: FakeRelay) -> asyncio.Task[None]:
    """Upload until nothing more fits, to a relay that reads nothing."""
    fake_relay.peer.transport.pause_reading()

    async def upload() -> None:
        while True:
            await session.writable()
            session.post(frames.Part, blob_id=bytes(32), index=0, data=bytes(65_472))

    uploading = asyncio.create_task(upload())
    sent = -1
    while sent != session.pending:
        sent = session.pending
        for _ in range(200):
            await asyncio.sleep(0)
    return uploading


async def test_upload_waits_for_a_slow_relay_and_goes_on(
    session: Session, fake_relay: FakeRelay
) -> None:
    uploading = await _fill(session, fake_relay)
    parts = session.pending
    await settle()
    assert session.pending == parts
    fake_relay.peer.transport.resume_reading()
    await fake_relay.peer.frame(frames.Part, parts + 1)
    uploading.cancel()
    await asyncio.wait({uploading})


async def test_upload_hears_of_the_end(session: Session, fake_relay: FakeRelay) -> None:
    uploading = await _fill(session, fake_relay)
    session.abort("enough")
    with pytest.raises(ConnectionClosedError, match="enough"):
        await uploading


def test_defaults_are_those_of_the_design() -> None:
    assert DEFAULT_TIMEOUTS == SessionTimeouts(10, 30, 20, 10, 60, 5, 2)
    assert DEFAULT_TIMEOUTS.shortest_seconds == 10
