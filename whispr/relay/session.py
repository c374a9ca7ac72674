"""One connection to a client: bytes in, requests out, timers, and an end in bounded time.

Wires the collaborators of a connection: intake, requests, output.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import cast

from whispr import tls
from whispr.errors import ConnectError, RemoteProtocolError
from whispr.protocol.codes import Capability, ErrorCode, Fate, GoawayReason
from whispr.protocol.connection import Connection, Timeout
from whispr.protocol.frames import Error, FateNotice, Goaway, Hello
from whispr.protocol.limits import (
    MAX_ENVELOPE_BYTES,
    MAX_FRAME_BYTES,
    NONCE_BYTES,
    PROTOCOL_VERSION,
)
from whispr.protocol.schema import Role
from whispr.relay.answers import broken_rule, rule_code
from whispr.relay.intake import Intake
from whispr.relay.log import where
from whispr.relay.output import Output
from whispr.relay.peer import Peer
from whispr.relay.requests import Requests
from whispr.relay.services import Services
from whispr.relay.submission import Sender

LINGER_SECONDS = 1.0
"""How long the last frames of a connection may take to leave."""

_TIMEOUTS = {
    Timeout.AUTH: GoawayReason.TIMEOUT,
    Timeout.FRAME: GoawayReason.TIMEOUT,
    Timeout.IDLE: GoawayReason.IDLE,
}


class Session(asyncio.Protocol, Sender):
    """The protocol of one accepted connection; begins when its TLS handshake is done.

    Args:
        relay_ids: ids of the TLS context that this connection was accepted with.
        address: IPv4 address or IPv6 /64 it came from.
        on_lost: called once when the connection is gone.
    """

    __slots__ = (
        "_close_at",
        "_connection",
        "_intake",
        "_on_lost",
        "_output",
        "_peer",
        "_reason",
        "_requests",
        "_services",
        "_transport",
    )

    def __init__(
        self, services: Services, *, relay_ids: bytes, address: str, on_lost: Callable[[], None]
    ) -> None:
        self._services = services
        self._on_lost = on_lost
        self._connection = Connection(Role.RELAY, now=services.now(), timing=services.timing)
        self._peer = Peer(
            label=secrets.token_hex(4),
            address=address,
            relay_ids=relay_ids,
            nonce=secrets.token_bytes(NONCE_BYTES),
        )
        self._requests = Requests(services, self._peer, self, self)
        self._close_at: float | None = None
        self._reason = "client"

    # The transport calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, if the other end speaks our protocol."""
        self._transport = cast("asyncio.Transport", transport)
        services = self._services
        try:
            tls.check_alpn(transport.get_extra_info("ssl_object"))
        except ConnectError:
            services.metrics.handshake("alpn")
            self._reason = "protocol_error"
            self._transport.abort()
            return
        self._output = self._peer.output = Output(
            self._connection,
            self._transport,
            services.loop,
            high_bytes=services.config.write_high_bytes,
            on_written=self._note_output,
        )
        self._intake = Intake(
            services, self._connection, self._transport, self._output, self._requests, self
        )
        services.metrics.handshake("ok")
        services.hub.add(self)
        services.metrics.connection_opened()
        self._output.send(self._hello())

    def data_received(self, data: bytes) -> None:
        """Carry out what is complete."""
        if self._close_at is None:
            self._intake.feed(data)

    def pause_writing(self) -> None:
        """The other end reads slower than we write."""
        self._output.pause(self._services.now())

    def resume_writing(self) -> None:
        """It has caught up."""
        self._output.resume()
        self._note_output(self._output.size)
        self._requests.output_has_room()
        self._intake.has_room()

    def connection_lost(self, exception: Exception | None) -> None:
        """Give back everything that this connection held."""
        services = self._services
        if self._close_at is None:
            self._close_at = services.now()
        if services.hub.remove(self):
            self._intake.stop()
            services.metrics.connection_closed(self._reason)
            services.log.debug("closed", conn=self._peer.label, reason=self._reason)
        self._requests.end()
        self._on_lost()

    # The hub calls these.

    def check_timers(self, now: float) -> None:
        """Close what took too long by `now`."""
        if self._close_at is not None:
            if now >= self._close_at:
                self._transport.abort()
            return
        blocked_since = self._output.blocked_since
        if blocked_since is not None and (
            now - blocked_since >= self._services.config.slow_reader_seconds
        ):
            self.goaway(GoawayReason.SLOW_READER)
        elif not self._intake.busy:  # otherwise it is we who do not read
            timeout = self._connection.handle_timer(now)
            if timeout is not None:
                self.goaway(_TIMEOUTS[timeout])

    def output_size(self) -> int:
        """Bytes that the other end has not read."""
        return self._output.size

    def goaway(self, reason: GoawayReason, retry_after_ms: int = 0) -> None:
        """Announce the end, finish writing, close."""
        if self._close_at is None:
            self._output.send(Goaway(0, reason=reason, retry_after_ms=retry_after_ms))
            self.finish(reason.name.lower())

    def abort(self) -> None:
        """Close at once: what is not acknowledged stays in the mailbox."""
        if self._close_at is None:
            self._reason = "slow_reader"
        self._transport.abort()

    # The requests call these.

    def has_room(self) -> None:
        """A lane that was full has room again."""
        self._intake.has_room()

    def displaced(self) -> None:
        """Another connection subscribed to the mailbox: this one must not fight for it."""
        self.goaway(GoawayReason.REPLACED)

    def evicted(self, mailbox: bytes, envelope_id: bytes) -> None:
        """Tell, best effort, that a later envelope pushed out one that came from here."""
        if self._close_at is None and not self._output.congested:
            self._output.send(
                FateNotice(0, fate=Fate.EVICTED, mailbox=mailbox, envelope_id=envelope_id)
            )

    def broken(self, error: RemoteProtocolError, request_id: int = 0) -> None:
        """Say which rule was broken, then close: the stream can no longer be trusted."""
        if self._close_at is None:
            self._services.metrics.frame_rejected(rule_code(error).name.lower())
            self._output.send(broken_rule(request_id, error))
            self.finish("protocol_error")

    def failed(self, error: Exception, request_id: int = 0) -> None:
        """A bug of ours: this connection ends, no other notices."""
        self._services.log.error(
            "internal_error",
            conn=self._peer.label,
            error=type(error).__name__,
            where=where(error),
        )
        self._services.metrics.internal_error()
        if self._close_at is None:
            self._output.send(
                Error(request_id, code_number=ErrorCode.INTERNAL, retry_after_ms=0, text="")
            )
            self.finish("error")

    def finish(self, reason: str) -> None:
        """Write what there is, then close; `LINGER_SECONDS` later it is cut off."""
        if self._close_at is not None:
            return
        self._reason = reason
        self._close_at = self._services.now() + LINGER_SECONDS
        self._intake.stop()
        self._output.flush()
        self._transport.close()

    def _hello(self) -> Hello:
        config = self._services.config
        blobs = self._services.blobs is not None and config.blob_max_bytes > 0
        return Hello(
            0,
            version_min=PROTOCOL_VERSION,
            version_max=PROTOCOL_VERSION,
            nonce=self._peer.nonce,
            relay_ids=self._peer.relay_ids,
            clock_ms=self._services.clock.wall_ms(),
            capabilities=self._capabilities(blobs=blobs),
            max_frame_bytes=MAX_FRAME_BYTES,
            max_envelope_bytes=MAX_ENVELOPE_BYTES,
            max_blob_bytes=config.blob_max_bytes if blobs else 0,
            mailbox_messages=config.mailbox_messages,
            mailbox_ttl_ms=int(config.ttl_seconds * 1000),
        )

    def _capabilities(self, *, blobs: bool) -> int:
        prekeys = self._services.prekeys is not None
        return (Capability.BLOBS if blobs else 0) | (Capability.PREKEYS if prekeys else 0)

    def _note_output(self, size_bytes: int) -> None:
        """Too much unread output ends this connection, or the worst of all."""
        self._services.hub.note_output(self, size_bytes)
        if size_bytes > self._services.config.write_hard_bytes:
            self.abort()
