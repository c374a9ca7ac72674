"""A relay that does as a rule says: for clients under test, on loopback, with its own key."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from whispr import tls
from whispr.conformance.rules import require
from whispr.errors import BadSignatureError, RemoteProtocolError
from whispr.protocol import envelope as envelopes
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import ErrorCode, Scope
from whispr.protocol.connection import Connection, UnknownFrame
from whispr.protocol.envelope import Envelope
from whispr.protocol.framing import prefixed
from whispr.protocol.schema import Frame, Role
from whispr.protocol.signatures import verify
from whispr.protocol.signing import auth_input, mailbox_id
from whispr.relay import certificate

TTL_MS = 60_000
STRANGE_FRAME = prefixed(bytes((0x93, 0x7E, 0, 0xA3)) + b"new")
"""A frame of a later version, pushed."""


@dataclass(slots=True)
class Script:
    """What the relay does, and what it saw."""

    deliveries: list[bytes] = field(default_factory=list)
    """Pushed to a subscriber, in this order."""
    strange: bool = False
    """Push a frame of a later version before everything else."""
    proven: list[Scope] = field(default_factory=list)
    sent: list[Envelope] = field(default_factory=list)
    """Envelopes to keep; EPHEMERAL ones are optional and do not count."""
    acknowledged: int = 0
    problems: list[str] = field(default_factory=list)
    """What the client did that no client may do."""


class ScriptedRelay:
    """One relay on loopback; `script` is set anew for each rule."""

    def __init__(self, folder: Path) -> None:
        self._paths = certificate.ensure(folder, ("localhost", "127.0.0.1"), datetime.now(UTC))
        self.relay_id = certificate.relay_ids(self._paths)[:32]
        self._context = tls.relay_context(self._paths.certificate, self._paths.key)
        self._listening: asyncio.Server
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.script = Script()

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._begin, "127.0.0.1", 0, ssl=self._context)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._serving)
        await self._listening.wait_closed()

    @property
    def address(self) -> RelayAddress:
        """Where it is, with its pin."""
        port = self._listening.sockets[0].getsockname()[1]
        return RelayAddress("127.0.0.1", port, (self.relay_id,))

    def now_ms(self) -> int:
        """Its clock."""
        return int(datetime.now(UTC).timestamp() * 1000)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        loop = asyncio.get_running_loop()
        conversation = _Conversation(self, Connection(Role.RELAY, now=loop.time()))
        try:
            writer.write(conversation.greeting())
            while data := await reader.read(1 << 16):
                writer.write(conversation.received(data, loop.time()))
                await writer.drain()
        except RemoteProtocolError as error:
            self.script.problems.append(str(error))
        except ConnectionError:
            return  # the client went without a goodbye, as it may
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Conversation:
    """One connection of the client under test."""

    def __init__(self, relay: ScriptedRelay, connection: Connection) -> None:
        self._relay = relay
        self._connection = connection
        self._nonce = os.urandom(32)
        self._mailbox = b""

    def greeting(self) -> bytes:
        """HELLO."""
        self._connection.send(
            frames.Hello(
                0,
                version_min=1,
                version_max=1,
                nonce=self._nonce,
                relay_ids=self._relay.relay_id,
                clock_ms=self._relay.now_ms(),
                capabilities=0,
                max_frame_bytes=65536,
                max_envelope_bytes=65472,
                max_blob_bytes=0,
                mailbox_messages=20,
                mailbox_ttl_ms=TTL_MS,
            )
        )
        return self._connection.data_to_send()

    def received(self, data: bytes, now: float) -> bytes:
        """What to answer to these bytes."""
        strange = b""
        for frame in self._connection.receive_data(data, now):
            if isinstance(frame, UnknownFrame):
                answer: Frame = _unsupported(frame.request_id)
            else:
                answer = self._answer(frame)
            self._connection.send(answer)
            if isinstance(frame, frames.Subscribe):
                strange = STRANGE_FRAME if self._relay.script.strange else b""
                self._push(frame.request_id)
        return strange + self._connection.data_to_send()

    def _answer(self, frame: Frame) -> Frame:
        script = self._relay.script
        match frame:
            case frames.Auth():
                return self._proof(frame)
            case frames.Send():
                envelope = envelopes.decode(frame.envelope)
                if envelope.ephemeral:
                    return frames.Accepted(frame.request_id, 0)
                script.sent.append(envelope)
                return frames.Accepted(frame.request_id, TTL_MS)
            case frames.Subscribe():
                return frames.Subscribed(frame.request_id, self._mailbox, 64, 1 << 18)
            case frames.Ack():
                require(frame.sequence <= len(script.deliveries), "ACK above what was pushed")
                script.acknowledged = max(script.acknowledged, frame.sequence)
                return frames.Done(frame.request_id)
            case frames.Ping():
                return frames.Pong(frame.request_id, self._relay.now_ms())
            case frames.Allow() | frames.Unsubscribe():
                return frames.Done(frame.request_id)
        return _unsupported(frame.request_id)

    def _proof(self, auth: frames.Auth) -> Frame:
        signed = auth_input(
            version=auth.version,
            scope=auth.scope,
            relay_id=self._relay.relay_id,
            relay_nonce=self._nonce,
            client_nonce=auth.nonce,
            key=auth.key,
            time_ms=auth.time_ms,
        )
        try:
            verify(auth.key, signed, auth.signature)
        except BadSignatureError:
            self._relay.script.problems.append("a proof that does not verify")
            return frames.Error(auth.request_id, ErrorCode.AUTH_FAILED, 0, "")
        self._relay.script.proven.append(Scope(auth.scope))
        if auth.scope == Scope.READ:
            self._mailbox = mailbox_id(auth.key)
        return frames.Ready(auth.request_id, auth.scope, bytes(16))

    def _push(self, request_id: int) -> None:
        for sequence, data in enumerate(self._relay.script.deliveries, start=1):
            self._connection.send(frames.Deliver(request_id, sequence, 5, data))
        self._connection.send(frames.Synced(request_id))


def _unsupported(request_id: int) -> Frame:
    return frames.Error(request_id, ErrorCode.UNSUPPORTED, 0, "")
