"""A client of a few lines on real TLS: says exactly what a test tells it to, legal or not."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
from collections import deque
from collections.abc import Callable

from whispr import tls
from whispr.protocol import codec, envelope, frames
from whispr.protocol.codes import EnvelopeFlag, Scope
from whispr.protocol.framing import ReceiveBuffer, prefixed
from whispr.protocol.limits import MAX_FRAME_BYTES
from whispr.protocol.schema import Frame, Role
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import auth_input, mailbox_id

PATIENCE_SECONDS = 10.0


class RawClient:
    """One connection to a relay; frames are read one by one with `receive`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.relay_id = tls.peer_relay_id(writer.get_extra_info("ssl_object"))
        self.hello: frames.Hello
        self._buffer = ReceiveBuffer()
        self._unread: deque[Frame] = deque()
        self._request_ids = itertools.count(1)

    @classmethod
    async def connect(
        cls, port: int, *, context: ssl.SSLContext | None = None, receive_bytes: int = 0
    ) -> RawClient:
        """`receive_bytes` makes the kernel hold little for a client that does not read."""
        plain = socket.socket()
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
            reader, writer = await asyncio.open_connection(
                sock=plain, ssl=context or tls.client_context(), server_hostname=""
            )
        except OSError:
            plain.close()
            raise
        client = cls(reader, writer)
        try:
            client.hello = await client.receive(frames.Hello)
        except (EOFError, OSError):
            await client.close()
            raise
        return client

    async def close(self) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    def write(self, frame: Frame) -> None:
        self.writer.write(prefixed(codec.encode(frame)))

    def next_id(self) -> int:
        return next(self._request_ids)

    async def receive(self, kind: type[Frame] = Frame) -> Frame:
        """The next frame, which must be of that kind."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                body = self._buffer.next_body(MAX_FRAME_BYTES)
                if body is not None:
                    break
                data = await self.reader.read(2**16)
                if not data:
                    raise EOFError
                self._buffer.feed(data)
        frame = codec.decode(body, sender=Role.RELAY)
        assert isinstance(frame, kind), frame
        return frame

    async def is_closed(self) -> bool:
        """Whether the relay closes without another frame."""
        try:
            await self.receive()
        except (EOFError, OSError):
            return True
        return False

    async def ask(self, kind: type[Frame], **fields: object) -> Frame:
        """Send a request and give back the next frame that carries its id."""
        request_id = self.next_id()
        self.write(kind(request_id, **fields))
        for _ in range(1000):
            frame = await self.receive()
            if frame.request_id == request_id:
                return frame
        raise AssertionError("no answer")

    def proof(
        self,
        prover: SigningKey,
        scope: int,
        /,
        *,
        relay_id: bytes | None = None,
        relay_nonce: bytes | None = None,
        signing_key: SigningKey | None = None,
        **changed: object,
    ) -> frames.Auth:
        """An AUTH; `changed` fields are signed as they are, the others are right."""
        fields = {
            "version": 1,
            "scope": scope,
            "key": prover.public,
            "time_ms": self.hello.clock_ms,
            "nonce": os.urandom(32),
            "access_token": b"",
        } | changed
        signed = auth_input(
            version=fields["version"],
            scope=fields["scope"],
            relay_id=relay_id or self.relay_id,
            relay_nonce=relay_nonce or self.hello.nonce,
            client_nonce=fields["nonce"],
            key=fields["key"],
            time_ms=fields["time_ms"],
        )
        signature = (signing_key or prover).sign(signed)
        return frames.Auth(self.next_id(), signature=signature, **fields)

    async def prove(self, prover: SigningKey, scope: int, /, **changed: object) -> Frame:
        self.write(self.proof(prover, scope, **changed))
        return await self.receive()

    async def read_as(self, key: SigningKey, **changed: object) -> None:
        assert isinstance(await self.prove(key, Scope.READ, **changed), frames.Ready)

    async def send_as(self, key: SigningKey) -> None:
        assert isinstance(await self.prove(key, Scope.SEND), frames.Ready)

    def envelope(
        self,
        key: SigningKey,
        mailbox_key: SigningKey,
        text: bytes = b"ciphertext",
        *,
        ephemeral: bool = False,
        **changed: object,
    ) -> bytes:
        fields = {
            "suite": 1,
            "relay_id": self.relay_id,
            "mailbox": mailbox_id(mailbox_key.public),
            "envelope_id": os.urandom(16),
            "time_ms": self.hello.clock_ms,
            "ttl_ms": 0,
            "ciphertext": text,
            "flags": EnvelopeFlag.EPHEMERAL if ephemeral else EnvelopeFlag(0),
        } | changed
        return envelope.make(key, **fields).data

    async def submit(self, data: bytes) -> Frame:
        return await self.ask(frames.Send, envelope=data)

    async def subscribe(self, messages: int = 0, size_bytes: int = 0) -> frames.Subscribed:
        self.write(
            frames.Subscribe(self.next_id(), credit_messages=messages, credit_bytes=size_bytes)
        )
        return await self.receive(frames.Subscribed)


async def until(condition: Callable[[], bool]) -> None:
    """Give the loop turns until something is so; the test's timeout ends what never is."""
    while not condition():  # noqa: ASYNC110 - nothing announces what is waited for here
        await asyncio.sleep(0)


def code_of(frame: Frame) -> int:
    """The code of a refusal."""
    assert isinstance(frame, frames.Error), frame
    return frame.code_number
