"""What a client may ask for, and who carries it out; knows no socket.

Requests of a connection are answered in order, files in a lane of their own: a disk that is slow
holds up no message.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Protocol

import whispr
from whispr.errors import (
    NotAuthenticatedError,
    NotSubscribedError,
    RateLimitedError,
    RelayError,
    RemoteProtocolError,
)
from whispr.protocol import frames
from whispr.protocol.codes import Scope
from whispr.protocol.limits import DEFAULT_CREDIT_BYTES, DEFAULT_CREDIT_MESSAGES, KEY_BYTES
from whispr.protocol.schema import Frame
from whispr.protocol.signing import mailbox_id
from whispr.protocol.states import REQUIRED_SCOPE
from whispr.relay.answers import refusal
from whispr.relay.authentication import authenticate
from whispr.relay.lane import Lane
from whispr.relay.peer import Peer
from whispr.relay.prekeys.claims import Claims
from whispr.relay.services import Services
from whispr.relay.submission import Sender, submit
from whispr.relay.subscription import Credit, Subscription
from whispr.relay.transfers import Transfers


class Owner(Protocol):
    """The session, as its requests see it."""

    def has_room(self) -> None:
        """A lane that was full has room again."""

    def displaced(self) -> None:
        """Another connection subscribed to the mailbox."""

    def broken(self, error: RemoteProtocolError, request_id: int = 0) -> None:
        """The other end broke the rules."""

    def failed(self, error: Exception, request_id: int = 0) -> None:
        """We failed: a bug."""

    def finish(self, reason: str) -> None:
        """Write what there is, then close."""


class Requests:
    """Carries out the requests of one connection and answers them."""

    __slots__ = (
        "_claims",
        "_files",
        "_messages",
        "_owner",
        "_peer",
        "_sender",
        "_services",
        "_subscription",
        "_transfers",
    )

    def __init__(self, services: Services, peer: Peer, owner: Owner, sender: Sender) -> None:
        self._services = services
        self._peer = peer
        self._owner = owner
        self._sender = sender
        self._messages = Lane(self._carry_out, owner.has_room)
        self._files: Lane | None = None
        self._subscription: Subscription | None = None
        self._transfers: Transfers | None = None
        self._claims: Claims | None = None

    def is_full_for(self, frame: Frame) -> bool:
        """Whether so much waits already that this frame has to wait outside."""
        return self._lane(frame).full

    def put(self, frame: Frame) -> None:
        """Carry a request out, now or after those before it."""
        self._lane(frame).put(frame)

    def output_has_room(self) -> None:
        """The other end reads again."""
        if self._subscription is not None:
            self._subscription.wake()
        if self._transfers is not None:
            self._transfers.wake()

    def end(self) -> None:
        """The connection is gone."""
        self._messages.clear()
        if self._files is not None:
            self._files.clear()
        if self._transfers is not None:
            self._transfers.end()
        if self._subscription is not None:
            self._services.run_inline(self._subscription.end(), self._owner.failed)
        if self._claims is not None:
            self._services.run_inline(self._claims.end(), self._owner.failed)

    def _lane(self, frame: Frame) -> Lane:
        if type(frame) not in _FILE_FRAMES:
            return self._messages
        if self._files is None:
            self._files = Lane(self._carry_out, self._owner.has_room)
        return self._files

    async def _carry_out(self, frame: Frame) -> None:
        operation = type(frame).__name__.lower()
        result = "ok"
        began = perf_counter()
        try:
            answer = await self._answer(frame)
        except RelayError as error:
            answer = refusal(frame.request_id, error)
            result = type(error).__name__
        except RemoteProtocolError as error:
            self._owner.broken(error, frame.request_id)
            return
        except Exception as error:  # noqa: BLE001 - a bug ends this connection and no other
            self._owner.failed(error, frame.request_id)
            return
        self._services.metrics.request(operation, result, perf_counter() - began)
        if answer is not None:
            self._peer.output.send(answer)
        if self._peer.failed_proofs >= self._services.config.auth_failures:
            self._owner.finish("auth_failed")

    async def _answer(self, frame: Frame) -> Frame | None:
        kind = type(frame)
        scope = REQUIRED_SCOPE.get(kind)
        if scope is not None and self._key(scope) is None:
            raise NotAuthenticatedError(f"{scope.name.lower()} is not proven on this connection")
        if kind in _COSTLY:
            wait_ms = self._services.limits.requests.take(self._peer.label)
            if wait_ms:
                self._services.metrics.rate_limited("requests")
                raise RateLimitedError("too many requests", retry_after_ms=wait_ms)
        return await _HANDLERS[kind](self, frame)

    def _key(self, scope: Scope) -> bytes | None:
        return self._peer.read_key if scope is Scope.READ else self._peer.send_key

    def _proven(self, scope: Scope) -> bytes:
        """The key of a scope that `_answer` has found proven."""
        key = self._key(scope)
        assert key is not None
        return key

    async def _auth(self, frame: frames.Auth) -> Frame:
        return await authenticate(self._services, self._peer, frame)

    async def _ping(self, frame: frames.Ping) -> Frame:
        return frames.Pong(frame.request_id, clock_ms=self._services.clock.wall_ms())

    async def _status(self, frame: frames.Status) -> Frame:
        return frames.StatusReport(
            frame.request_id,
            version=whispr.__version__,
            draining=int(self._services.draining),
            store_up=int(self._services.store.up),
        )

    async def _send(self, frame: frames.Send) -> Frame:
        return await submit(self._services, self._peer, frame, self._sender)

    async def _subscribe(self, frame: frames.Subscribe) -> None:
        """Begin anew even if there is a subscription: what is not acknowledged comes again."""
        if self._subscription is not None:
            self._subscription.stop()
        self._subscription = Subscription(
            self._services,
            self._peer.output,
            mailbox=mailbox_id(self._proven(Scope.READ)),
            request_id=frame.request_id,
            credit=self._credit(frame),
            on_displaced=self._owner.displaced,
            on_failure=self._owner.failed,
        )
        try:
            await self._subscription.begin()
        except RelayError:
            self._subscription.stop()
            self._subscription = None
            raise

    def _credit(self, frame: frames.Subscribe) -> Credit:
        config = self._services.config
        return Credit(
            messages=min(frame.credit_messages or DEFAULT_CREDIT_MESSAGES, config.credit_messages),
            size_bytes=min(frame.credit_bytes or DEFAULT_CREDIT_BYTES, config.credit_bytes),
        )

    def _subscribed(self) -> Subscription:
        if self._subscription is None:
            raise NotSubscribedError("there is no subscription on this connection")
        return self._subscription

    async def _ack(self, frame: frames.Ack) -> Frame:
        await self._subscribed().acknowledge(frame.sequence)
        return frames.Done(frame.request_id)

    async def _unsubscribe(self, frame: frames.Unsubscribe) -> Frame:
        await self._subscribed().end()
        self._subscription = None
        return frames.Done(frame.request_id)

    async def _allow(self, frame: frames.Allow) -> Frame:
        keys = frozenset(
            frame.keys[start : start + KEY_BYTES] for start in range(0, len(frame.keys), KEY_BYTES)
        )
        await self._services.store.allow(mailbox_id(self._proven(Scope.READ)), keys)
        return frames.Done(frame.request_id)

    def _prekeys(self) -> Claims:
        if self._claims is None:
            self._claims = Claims(self._services, self._peer)
        return self._claims

    async def _publish_prekeys(self, frame: frames.PublishPrekeys) -> Frame:
        return await self._prekeys().publish(mailbox_id(self._proven(Scope.READ)), frame)

    async def _claim_prekeys(self, frame: frames.ClaimPrekeys) -> Frame:
        return await self._prekeys().claim(self._proven(Scope.SEND), frame)

    def _files_of_peer(self) -> Transfers:
        if self._transfers is None:
            self._transfers = Transfers(self._services, self._peer, self._owner.failed)
        return self._transfers

    async def _upload(self, frame: frames.Upload) -> Frame:
        return await self._files_of_peer().upload(frame, self._proven(Scope.SEND))

    async def _part(self, frame: frames.Part) -> Frame:
        return await self._files_of_peer().part(frame, self._proven(Scope.SEND))

    async def _download(self, frame: frames.Download) -> Frame:
        return await self._files_of_peer().download(frame)

    async def _get_part(self, frame: frames.GetPart) -> None:
        await self._files_of_peer().get_part(frame)


_FILE_FRAMES = frozenset({frames.Upload, frames.Part, frames.Download, frames.GetPart})
_COSTLY = frozenset(
    {
        *(frames.Subscribe, frames.Allow, frames.Upload, frames.Download),
        *(frames.PublishPrekeys, frames.ClaimPrekeys),
    }
)
_HANDLERS: dict[type[Frame], Callable[[Requests, Any], Awaitable[Frame | None]]] = {
    frames.Auth: Requests._auth,
    frames.Ping: Requests._ping,
    frames.Status: Requests._status,
    frames.Send: Requests._send,
    frames.Subscribe: Requests._subscribe,
    frames.Ack: Requests._ack,
    frames.Unsubscribe: Requests._unsubscribe,
    frames.Allow: Requests._allow,
    frames.Upload: Requests._upload,
    frames.Part: Requests._part,
    frames.Download: Requests._download,
    frames.GetPart: Requests._get_part,
    frames.PublishPrekeys: Requests._publish_prekeys,
    frames.ClaimPrekeys: Requests._claim_prekeys,
}
