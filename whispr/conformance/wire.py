"""One connection to a relay that says exactly what a rule wants, legal or not."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Self, TypeVar

from whispr import tls
from whispr.conformance.rules import require
from whispr.errors import ConformanceError
from whispr.protocol import codec, frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import ErrorCode, Scope
from whispr.protocol.framing import ReceiveBuffer, prefixed
from whispr.protocol.limits import MAX_FRAME_BYTES, NONCE_BYTES, PROTOCOL_VERSION, RELAY_ID_BYTES
from whispr.protocol.schema import Frame, Role
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import auth_input

ANSWER_SECONDS = 10.0
QUIET_SECONDS = 0.5
"""How long nothing must come before it counts as nothing."""

FrameType = TypeVar("FrameType", bound=Frame)


class Wire:
    """A connection; frames are read one by one, pushes are kept apart from answers."""

    def __init__(
        self, address: RelayAddress, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.address = address
        self.relay_id = tls.peer_relay_id(writer.get_extra_info("ssl_object"))
        self.hello: frames.Hello
        self._reader = reader
        self._writer = writer
        self._buffer = ReceiveBuffer()
        self._pushed: list[Frame] = []
        self._last_request_id = 0

    @classmethod
    async def open(cls, address: RelayAddress) -> Self:
        """Connect, check the pin and read HELLO."""
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=tls.client_context(), server_hostname=""
            )
        wire = cls(address, reader, writer)
        try:
            require(
                not address.relay_ids or wire.relay_id in address.relay_ids,
                "the relay shows another key than its address names",
            )
            wire.hello = await wire.expect(frames.Hello)
        except BaseException:
            await wire.close()
            raise
        return wire

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End it, without a goodbye."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    @property
    def relay_ids(self) -> tuple[bytes, ...]:
        """The ids that HELLO announces."""
        ids = self.hello.relay_ids
        return tuple(
            ids[start : start + RELAY_ID_BYTES] for start in range(0, len(ids), RELAY_ID_BYTES)
        )

    def next_request_id(self) -> int:
        """A fresh one."""
        self._last_request_id += 1
        return self._last_request_id

    async def write(self, data: bytes) -> None:
        """Any bytes at all."""
        self._writer.write(data)
        await self._writer.drain()

    async def send(self, frame: Frame) -> None:
        """A well-formed frame."""
        await self.write(prefixed(codec.encode(frame)))

    async def frame(self) -> Frame:
        """The next frame from the relay.

        Raises:
            EOFError: the relay closed.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            while (body := self._buffer.next_body(MAX_FRAME_BYTES)) is None:
                data = await self._reader.read(1 << 16)
                if not data:
                    raise EOFError("the relay closed the connection")
                self._buffer.feed(data)
        return codec.decode(body, sender=Role.RELAY)

    async def expect(self, wanted: type[FrameType]) -> FrameType:
        """The next frame of a type, a push that was kept first.

        Raises:
            ConformanceError: another frame came.
        """
        for index, frame in enumerate(self._pushed):
            if isinstance(frame, wanted):
                del self._pushed[index]
                return frame
        frame = await self.frame()
        if not isinstance(frame, wanted):
            raise ConformanceError(f"expected {wanted.__name__}, got {frame!r}")
        return frame

    async def ask(self, request: Frame) -> Frame:
        """Send a request and wait for the frame with its id; pushes in between are kept."""
        await self.send(request)
        return await self.answer(request.request_id)

    async def answer(self, request_id: int) -> Frame:
        """The answer to a request that was sent."""
        while True:
            frame = await self.frame()
            if isinstance(frame, PUSHED):
                self._pushed.append(frame)
            elif frame.request_id == request_id:
                return frame

    async def refused(self, request: Frame, *codes: ErrorCode) -> frames.Error:
        """Ask for something and expect one of these refusals."""
        return refusal(await self.ask(request), *codes)

    async def closes(self) -> None:
        """Expect that the relay ends the connection; a GOAWAY may come before."""
        try:
            while True:
                frame = await self.frame()
                require(
                    isinstance(frame, frames.Goaway | frames.Error),
                    f"expected the end of the connection, got {frame!r}",
                )
        except (EOFError, ConnectionError):
            return

    async def lives(self) -> None:
        """Expect that the connection still answers."""
        require(
            isinstance(await self.ask(frames.Ping(self.next_request_id())), frames.Pong),
            "PING is not answered by PONG",
        )

    async def quiet(self) -> None:
        """Expect that nothing is pushed for a moment."""
        require(not self._pushed, f"did not expect {self._pushed[:1]!r}")
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                frame = await self.frame()
        except TimeoutError:
            return
        raise ConformanceError(f"did not expect {frame!r}")

    def proof(
        self,
        scope: Scope,
        key: SigningKey,
        *,
        relay_id: bytes | None = None,
        relay_nonce: bytes | None = None,
        time_ms: int | None = None,
    ) -> frames.Auth:
        """An AUTH for this connection, with whatever a rule wants to be wrong about it."""
        nonce = os.urandom(NONCE_BYTES)
        time_ms = self.hello.clock_ms if time_ms is None else time_ms
        signed = auth_input(
            version=PROTOCOL_VERSION,
            scope=scope,
            relay_id=self.relay_id if relay_id is None else relay_id,
            relay_nonce=self.hello.nonce if relay_nonce is None else relay_nonce,
            client_nonce=nonce,
            key=key.public,
            time_ms=time_ms,
        )
        return frames.Auth(
            self.next_request_id(),
            version=PROTOCOL_VERSION,
            scope=scope,
            key=key.public,
            nonce=nonce,
            time_ms=time_ms,
            access_token=self.address.access_token if scope is Scope.READ else b"",
            signature=key.sign(signed),
        )

    async def prove(self, scope: Scope, key: SigningKey) -> frames.Ready:
        """Authenticate."""
        ready = await self.ask(self.proof(scope, key))
        if not isinstance(ready, frames.Ready):
            raise ConformanceError(f"a good proof is answered with {ready!r}")
        return ready


PUSHED = (frames.Deliver, frames.Synced, frames.FateNotice, frames.Goaway)
"""Frames that answer no request."""


def refusal(answer: Frame, *codes: ErrorCode) -> frames.Error:
    """Require that an answer refuses with one of these codes."""
    wanted = " or ".join(code.name.lower() for code in codes)
    if not isinstance(answer, frames.Error):
        raise ConformanceError(f"expected the refusal {wanted}, got {answer!r}")
    require(answer.code_number in codes, f"expected {wanted}, got code {answer.code_number}")
    return answer
