"""A relay that follows a script: real TLS and the real `Connection`, no rules of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from whispr.client.session import Session
from whispr.errors import RemoteProtocolError
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.connection import Connection, UnknownFrame
from whispr.protocol.framing import prefixed
from whispr.protocol.schema import Frame, Role
from whispr.protocol.signatures import verify
from whispr.protocol.signing import auth_input, mailbox_id

NONCE = bytes(range(32))
EPOCH = bytes(16)
CLOCK_MS = 1_750_000_000_000
PATIENCE_SECONDS = 5.0


def hello(announced: bytes, **changes: Any) -> frames.Hello:
    """An ordinary HELLO."""
    fields: dict[str, Any] = {
        "version_min": 1,
        "version_max": 1,
        "nonce": NONCE,
        "relay_ids": announced,
        "clock_ms": CLOCK_MS,
        "capabilities": 1,
        "max_frame_bytes": 65_536,
        "max_envelope_bytes": 65_472,
        "max_blob_bytes": 12 << 20,
        "mailbox_messages": 20,
        "mailbox_ttl_ms": 60_000,
    }
    return frames.Hello(0, **{**fields, **changes})


@dataclass
class Script:
    """What the relay does; a test changes it at any time."""

    hello: dict[str, Any] = field(default_factory=dict)
    first: Callable[[FakePeer], None] | None = None
    """Instead of HELLO."""
    answers: dict[type[Frame], Callable[[FakePeer, Any], Frame | None]] = field(
        default_factory=dict
    )
    """What to answer instead of the ordinary; None is silence."""


class FakePeer(asyncio.Protocol):
    """The relay's end of one connection."""

    def __init__(self, relay: FakeRelay) -> None:
        self.relay = relay
        self.connection = Connection(Role.RELAY, now=0.0)
        self.received: list[Frame] = []
        self.bytes_received = 0
        self.subscription = 0
        self.closed = asyncio.Event()
        self.broken: RemoteProtocolError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.relay.peers.append(self)
        if self.relay.script.first is not None:
            self.relay.script.first(self)
        else:
            self.send(hello(self.relay.announced, **self.relay.script.hello))
        self.relay.notify()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
        self.relay.notify()

    def data_received(self, data: bytes) -> None:
        self.bytes_received += len(data)
        try:
            for frame in self.connection.receive_data(data, 0.0):
                assert not isinstance(frame, UnknownFrame)
                self.received.append(frame)
                self._answer(frame)
        except RemoteProtocolError as error:
            self.broken = error
            self.transport.abort()
        self.relay.notify()

    def _answer(self, frame: Frame) -> None:
        scripted = self.relay.script.answers.get(type(frame))
        answer = scripted(self, frame) if scripted else self.ordinary(frame)
        if answer is not None:
            self.send(answer)

    def ordinary(self, frame: Frame) -> Frame | None:
        """What a well-behaved relay answers."""
        match frame:
            case frames.Auth():
                verify(frame.key, self._signed(frame), frame.signature)
                return frames.Ready(frame.request_id, frame.scope, EPOCH)
            case frames.Ping():
                return frames.Pong(frame.request_id, CLOCK_MS)
            case frames.Subscribe():
                self.subscription = frame.request_id
                key = next(one.key for one in self.received if isinstance(one, frames.Auth))
                return frames.Subscribed(frame.request_id, mailbox_id(key), 64, 256 * 1024)
            case frames.Send():
                return frames.Accepted(frame.request_id, 60_000)
            case frames.Ack() | frames.Allow() | frames.Part():
                return frames.Done(frame.request_id)
        return None

    def _signed(self, auth: frames.Auth) -> bytes:
        return auth_input(
            version=auth.version,
            scope=auth.scope,
            relay_id=self.relay.relay_id,
            relay_nonce=NONCE,
            client_nonce=auth.nonce,
            key=auth.key,
            time_ms=auth.time_ms,
        )

    def send(self, *sent: Frame) -> None:
        """Write frames, in one piece."""
        for frame in sent:
            self.connection.send(frame)
        self.write(self.connection.data_to_send())

    def write(self, data: bytes) -> None:
        """Write bytes as they are, whatever they are."""
        self.transport.write(data)

    def write_body(self, body: bytes) -> None:
        """Write one frame whose body may be nonsense."""
        self.write(prefixed(body))

    def deliver(self, sequence: int, envelope: bytes = b"envelope") -> None:
        """Push one envelope of the subscription."""
        self.send(frames.Deliver(self.subscription, sequence, 0, envelope))

    async def frame(self, frame_type: type[Frame], count: int = 1) -> Any:
        """The `count`-th frame of that type, as soon as it is here."""
        await self.relay.until(lambda: len(self._of(frame_type)) >= count)
        return self._of(frame_type)[count - 1]

    def _of(self, frame_type: type[Frame]) -> list[Frame]:
        return [frame for frame in self.received if isinstance(frame, frame_type)]


class FakeRelay:
    """Listens on loopback; `peers` are its connections in their order."""

    def __init__(self, context: ssl.SSLContext, relay_id: bytes) -> None:
        self.context = context
        self.relay_id = relay_id
        self.announced = relay_id
        self.script = Script()
        self.peers: list[FakePeer] = []
        self.port = 0
        self._news = asyncio.Event()
        self._listener: asyncio.Server | None = None

    @property
    def address(self) -> RelayAddress:
        return RelayAddress("127.0.0.1", self.port, (self.relay_id,))

    @property
    def peer(self) -> FakePeer:
        """The newest connection."""
        return self.peers[-1]

    async def start(self) -> FakeRelay:
        """Listen; on the same port as before, if there was one."""
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: FakePeer(self), "127.0.0.1", self.port, ssl=self.context
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Drop every connection and listen no longer."""
        if self._listener is not None:
            self._listener.close()
            for peer in self.peers:
                peer.transport.abort()
            for peer in self.peers:
                await peer.closed.wait()
            await self._listener.wait_closed()
            self._listener = None

    def notify(self) -> None:
        """Something happened: whoever waits in `until` looks again."""
        self._news.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that the network or a task brings about."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def connected(self, count: int = 1) -> FakePeer:
        """The `count`-th connection, as soon as it stands."""
        await self.until(lambda: len(self.peers) >= count)
        return self.peers[count - 1]


async def eventually(true: Callable[[], bool]) -> None:
    """Wait for something that real bytes bring about and nobody announces."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def fill(session: Session, fake_relay: FakeRelay) -> asyncio.Task[None]:
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
