"""`Session`: one live connection to a relay: authentication, requests by id, heartbeat."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from whispr.client import setback
from whispr.client.clock import ClientClock, RelayClock, within
from whispr.client.dial import check_peer, dial
from whispr.client.greeting import announced_ids, greeting, proof
from whispr.client.requests import Asked, Requests
from whispr.client.timeouts import DEFAULT_TIMEOUTS, SessionTimeouts
from whispr.client.vigil import Vigil
from whispr.client.wire import Wire
from whispr.errors import (
    ConnectError,
    ConnectionClosedError,
    RelayError,
    RemoteProtocolError,
    WhisprError,
)
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import FATAL_CODES, Scope, relay_error
from whispr.protocol.connection import ANSWERED_BY_PUSH
from whispr.protocol.limits import NONCE_BYTES
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey
from whispr.protocol.states import ASKED_AFTER_GOAWAY


class Session:
    """One live connection; made by `Session.connect`, ended by `close` or by the relay."""

    hello: frames.Hello
    """What the relay said first."""

    def __init__(
        self,
        address: RelayAddress,
        *,
        clock: ClientClock,
        on_push: Callable[[Frame], None],
        timeouts: SessionTimeouts,
        random_bytes: Callable[[int], bytes],
        relay_clock: RelayClock,
    ) -> None:
        self.address = address
        self.relay_clock = relay_clock
        self.goaway: frames.Goaway | None = None
        """Set when the relay announced the end."""
        self.error: WhisprError | None = None
        """Why the connection ended; None while it lives."""
        self.last_asked = clock.monotonic()
        """When something other than a sign of life was asked, in seconds of `clock`."""
        self._clock = clock
        self._on_push = on_push
        self._timeouts = timeouts
        self._random_bytes = random_bytes
        self._requests = Requests(timeouts.request_seconds)
        self._complaint: RelayError | None = None
        self._greeted = asyncio.Event()
        self._wire = Wire(
            self,
            check_peer=lambda tls_object: check_peer(tls_object, address),
            now=clock.monotonic,
            frame_seconds=timeouts.frame_seconds,
        )
        self._vigil = Vigil(
            clock,
            timeouts,
            wire=self._wire,
            requests=self._requests,
            ping=lambda: self.post(frames.Ping),
        )

    @classmethod
    async def connect(
        cls,
        address: RelayAddress,
        *,
        clock: ClientClock,
        on_push: Callable[[Frame], None],
        timeouts: SessionTimeouts = DEFAULT_TIMEOUTS,
        random_bytes: Callable[[int], bytes] = os.urandom,
        relay_clock: RelayClock | None = None,
        authorities_path: Path | None = None,
    ) -> Session:
        """Open a connection and wait for HELLO.

        Args:
            address: its relay ids are the keys that the peer may have. Without, the authorities
                (the system's, or of the PEM file `authorities_path`) vouch for its name.
            on_push: gets Deliver, Synced, FateNotice and Goaway, at once and in order; may raise
                RemoteProtocolError, which ends the connection.

        Raises:
            ConnectError: nothing was reached; the text is a plain sentence.
            CertificateError: it is not the relay of the address; nothing was written to it.
            RelayError: the relay takes no connection now, or not from here.
            RemoteProtocolError: it does not speak this protocol.
        """
        session = cls(
            address,
            clock=clock,
            on_push=on_push,
            timeouts=timeouts,
            random_bytes=random_bytes,
            relay_clock=relay_clock or RelayClock(clock),
        )
        try:
            await within(clock, timeouts.connect_seconds, session._open(authorities_path))
        except BaseException as error:
            session.abort("the attempt was given up")
            await session.wait_closed()
            if isinstance(error, TimeoutError):
                raise ConnectError(f"no answer from {address.location} in time") from error
            raise
        return session

    async def _open(self, authorities_path: Path | None) -> None:
        try:
            await dial(
                self.address,
                lambda: self._wire,
                authorities_path=authorities_path,
                # The session's own clock is the one that counts.
                handshake_seconds=self._timeouts.connect_seconds + 1,
                shutdown_seconds=self._timeouts.close_seconds,
            )
        except ConnectError:
            if self.error is None:
                raise
        else:
            await self._greeted.wait()
        if isinstance(self.error, ConnectionClosedError):
            raise ConnectError(f"{self.address.location} closed the connection") from self.error
        if self.error is not None:
            raise self.error
        self._vigil.start()

    @property
    def relay_id(self) -> bytes:
        """Of the key that the relay proved on this very connection, 32 bytes."""
        return self._wire.relay_id

    @property
    def relay_ids(self) -> tuple[bytes, ...]:
        """The ids to know this relay by: the one seen here, then the other one it announces."""
        return tuple(dict.fromkeys((self.relay_id, *announced_ids(self.hello))))

    @property
    def closed(self) -> bool:
        """Whether nothing passes any more."""
        return self.error is not None

    @property
    def usable(self) -> bool:
        """Whether new requests are taken."""
        return not self.closed and self.goaway is None

    @property
    def pending(self) -> int:
        """How many requests wait for their answer."""
        return len(self._requests)

    async def authenticate(
        self, scope: Scope, key: SigningKey, access_token: bytes = b""
    ) -> frames.Ready:
        """Prove `key` for `scope` (`docs/protocol.md` §5).

        Raises:
            RelayError: AuthenticationError, AccessDeniedError or another refusal.
            LocalProtocolError: an access token for anything but `Scope.READ`: it would leak.
            TransportError: the connection ended, or no answer came in time.
        """
        ready = await self.request(
            frames.Auth,
            **proof(
                key,
                scope,
                relay_id=self.relay_id,
                relay_nonce=self.hello.nonce,
                client_nonce=self._random_bytes(NONCE_BYTES),
                time_ms=self.relay_clock.now_ms(),
                access_token=access_token,
            ),
        )
        if not isinstance(ready, frames.Ready) or ready.scope != scope:
            error = RemoteProtocolError("the relay opened another scope than was proven")
            self._wire.abort(error)
            raise error
        return ready

    async def request(self, frame_type: type[Frame], /, **fields: Any) -> Frame:
        """Send a request and wait for its answer; cancelling forgets it.

        It leaves at once, also while parts of files wait in `writable`.
        Raises:
            RelayError: the class of the relay's refusal.
            RequestTimeoutError: no answer in time; the connection may still live.
            ConnectionClosedError: the connection ended, or is about to (GOAWAY).
            LocalProtocolError: not in this state, or a field is out of bounds.
        """
        return await self.ask(frame_type, **fields).answer

    def ask(self, frame_type: type[Frame], **fields: Any) -> Asked:
        """Send a request; its answer is a future. Raises as `request` does."""
        return self._requests.add(self._sent(frame_type, fields), self._clock.monotonic())

    def post(self, frame_type: type[Frame], **fields: Any) -> None:
        """Send a request whose answer nobody waits for. Raises as `request` does."""
        self._requests.add_unwatched(self._sent(frame_type, fields), self._clock.monotonic())

    def _sent(self, frame_type: type[Frame], fields: dict[str, Any]) -> Frame:
        if self.error is not None:
            raise ConnectionClosedError(str(self.error)) from self.error
        if self.goaway is not None and frame_type not in ASKED_AFTER_GOAWAY:
            raise ConnectionClosedError(setback.goaway_text(self.goaway.reason))
        request = frame_type(self._wire.next_request_id(), **fields)
        self._wire.send(request)
        if frame_type is not frames.Ping:
            self.last_asked = self._clock.monotonic()
        return request

    async def writable(self) -> None:
        """Wait until the connection takes more: before each part of a file.

        Raises:
            ConnectionClosedError: it ended.
        """
        await self._wire.writable()

    def close(self) -> None:
        """Write what is queued and end the connection; who still waits for an answer hears it."""
        if not self.closed:
            self._wire.close(ConnectionClosedError("closed here"))
            self._vigil.end_within(self._timeouts.close_seconds)

    def abort(self, reason: str) -> None:
        """End the connection at once, whatever is queued."""
        self._wire.abort(ConnectionClosedError(reason))

    async def aclose(self) -> WhisprError:
        """`close`, and wait until the connection is gone; tells why it ended."""
        self.close()
        return await self.wait_closed()

    async def wait_closed(self) -> WhisprError:
        """Wait until the connection is gone; tells why, a sentence in `str()`."""
        await self._wire.gone()
        await self._vigil.stopped()
        return self.error or ConnectionClosedError("never connected")

    def bytes_received(self, now: float) -> None:
        """For the wire: the relay lives."""
        self._vigil.heard(now)

    def frame_received(self, frame: Frame) -> None:
        """For the wire: a frame came."""
        if not self._greeted.is_set():
            self._greet(frame)
        elif isinstance(frame, ANSWERED_BY_PUSH):
            self._push(frame)
        elif isinstance(frame, frames.Error) and frame.request_id == 0:
            if frame.code_number in FATAL_CODES:
                self._complaint = relay_error(frame.code_number, frame.text, frame.retry_after_ms)
        else:
            self._requests.settle(frame)
            if isinstance(frame, frames.Pong):
                self.relay_clock.set_from(frame.clock_ms)

    def wire_ended(self, error: WhisprError) -> None:
        """For the wire: nothing passes any more."""
        self.error = (isinstance(error, ConnectionClosedError) and self._complaint) or error
        self._requests.fail(self.error)
        self._greeted.set()

    def wire_lost(self) -> None:
        """For the wire: it is gone."""
        self._vigil.stop()

    def _greet(self, frame: Frame) -> None:
        try:
            self.hello = greeting(frame, self.relay_id)
        except RelayError as refusal:
            self._wire.close(refusal)
            return
        self.relay_clock.set_from(self.hello.clock_ms)
        self._greeted.set()

    def _push(self, frame: Frame) -> None:
        if isinstance(frame, frames.Goaway) and self.usable:
            self.goaway = frame
            self._vigil.end_within(self._timeouts.leave_seconds)
        self._on_push(frame)
