"""`Link`: a kept connection to one relay: it connects, proves, subscribes, and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from whispr.client.attempt import Attempt, AttemptPlan
from whispr.client.clock import ClientClock, RelayClock, within
from whispr.client.demand import Demand
from whispr.client.events import LinkState
from whispr.client.reconnect import backoff
from whispr.client.session import Session
from whispr.client.setback import Setback
from whispr.client.timeouts import DEFAULT_TIMEOUTS, SessionTimeouts
from whispr.errors import ConnectError, ConnectionClosedError
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey

STABLE_SECONDS = 10.0
"""A connection that lived so long is forgiven the failures before it."""


class LinkListener(Protocol):
    """Who hears of a link; called at once and in order, and must not block."""

    def link_changed(self, link: Link, state: LinkState, reason: str, retry_seconds: float) -> None:
        """Another state; `reason` is a plain sentence where it is not online."""

    def link_ready(self, link: Link, session: Session, ready: frames.Ready) -> None:
        """Both ends know each other; before the mailbox is asked for. `ready` has the epoch."""

    def delivered(self, link: Link, frame: frames.Deliver) -> None:
        """An envelope came; `link.session` is what it came on. Acknowledge it with both."""

    def synced(self, link: Link) -> None:
        """What waited when the subscription began is over."""

    def fate(self, link: Link, frame: frames.FateNotice) -> None:
        """The relay tells what became of an envelope that was sent on this connection."""

    def prekeys_low(self, link: Link) -> None:
        """The relay has few prekeys of ours left."""

    def relay_ids_learned(self, link: Link, relay_ids: tuple[bytes, ...]) -> None:
        """The keys that the relay proved or announced on a checked connection are new."""


class Link:
    """A connection to one relay that is kept, or made when it is needed.

    Args:
        address: of the relay; the access token in it is shown for reading only.
        device: is proven for sending.
        mailbox: is proven for reading and subscribed to; such a link is kept for good. None for
            the relay of a contact: connected when somebody asks for it.
        random: gives numbers from 0 to 1, for the spread of reconnects.
        linger_seconds: how long a connection on demand is kept unused; None: until `stop`.
        connect: makes a session; what a test may replace.
    """

    def __init__(
        self,
        address: RelayAddress,
        *,
        device: SigningKey,
        mailbox: SigningKey | None,
        clock: ClientClock,
        random: Callable[[], float],
        listener: LinkListener,
        linger_seconds: float | None = None,
        timeouts: SessionTimeouts = DEFAULT_TIMEOUTS,
        connect: Callable[..., Awaitable[Session]] = Session.connect,
    ) -> None:
        self.address = address
        """With the keys that were learned last."""
        self.relay_clock = RelayClock(clock)
        """Survives every single connection."""
        self._clock = clock
        self._random = random
        self._listener = listener
        self._kept = mailbox is not None
        self._plan = AttemptPlan(
            device=device,
            mailbox=mailbox,
            clock=clock,
            timeouts=timeouts,
            relay_clock=self.relay_clock,
            linger_seconds=None if self._kept else linger_seconds,
            connect=connect,
        )
        self._demand = Demand(clock)
        self._attempt: Attempt | None = None
        self._state = LinkState.CLOSED
        self._setback: Setback | None = None
        self._retry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> LinkState:
        """As the listener heard it last."""
        return self._state

    @property
    def session(self) -> Session | None:
        """The connection that lives now; it may not be online yet, or about to end."""
        session = self._attempt.session if self._attempt is not None else None
        return session if session is not None and not session.closed else None

    def start(self) -> None:
        """Connect, now or when somebody asks for it, and again until `stop`."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the connection and wait until nothing of it is left."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        self._change(LinkState.CLOSED)
        self._demand.refuse("the connection was closed", ConnectionClosedError("closed here"))
        if not task.cancelled() and (bug := task.exception()) is not None:
            raise bug

    def retry_now(self) -> None:
        """Wait no longer for the next attempt; after REPLACED: take over again."""
        self._retry.set()

    async def online(self, timeout_seconds: float) -> Session:
        """The session to ask; a link on demand connects for it.

        Raises:
            ConnectError: not in time, or the relay refuses us; the text says why.
        """
        self._demand.touch()
        session = self.session
        if session is not None and session.usable and self._state is LinkState.ONLINE:
            return session
        if self._task is None:
            raise ConnectError("the connection was closed")
        if self._setback is not None and self._state in (LinkState.REFUSED, LinkState.REPLACED):
            raise ConnectError(self._setback.reason) from self._setback.error
        try:
            return await self._demand.session(timeout_seconds)
        except TimeoutError as error:
            reason = self._setback.reason if self._setback is not None else ""
            text = reason or f"no connection to {self.address.location} in time"
            raise ConnectError(text) from error

    @contextlib.asynccontextmanager
    async def hold(self, timeout_seconds: float) -> AsyncIterator[Session]:
        """`online`; while the block lasts the connection counts as used."""
        with self._demand.holding():
            yield await self.online(timeout_seconds)

    def acknowledge(self, session: Session, sequence: int) -> None:
        """What `session` delivered, up to and with `sequence`, is stored: the relay may delete it.

        Of a session that is over nothing is acknowledged: what it delivered comes again.

        Raises:
            LocalProtocolError: it delivered nothing under that sequence.
        """
        subscription = self._attempt.subscription if self._attempt is not None else None
        if subscription is not None and subscription.session is session:
            subscription.acknowledge(sequence)

    async def flush(self) -> bool:
        """Wait until the relay has answered the last acknowledgement; False if it cannot."""
        subscription = self._attempt.subscription if self._attempt is not None else None
        return subscription is not None and await subscription.flush()

    def introduced(self, session: Session, ready: frames.Ready) -> None:
        """For the attempt: both ends know each other."""
        if session.relay_ids != self.address.relay_ids:
            self.address = dataclasses.replace(self.address, relay_ids=session.relay_ids)
            self._listener.relay_ids_learned(self, session.relay_ids)
        self._listener.link_ready(self, session, ready)

    def went_online(self, session: Session) -> None:
        """For the attempt: everything stands."""
        self._setback = None
        self._change(LinkState.ONLINE)
        self._demand.give(session)

    def pushed(self, frame: Frame) -> None:
        """For the attempt: the relay pushed something."""
        if isinstance(frame, frames.Deliver):
            self._listener.delivered(self, frame)
        elif isinstance(frame, frames.Synced):
            self._listener.synced(self)
        elif isinstance(frame, frames.FateNotice):
            self._listener.fate(self, frame)
        elif isinstance(frame, frames.LowPrekeys):
            self._listener.prekeys_low(self)

    async def _run(self) -> None:
        delays = backoff(self._random)
        while True:
            if not self._kept and not self._demand.present:
                self._change(LinkState.CLOSED)
                await self._demand.wait()
            self._change(LinkState.CONNECTING)
            self._attempt = attempt = Attempt(self._plan, self._demand, self)
            setback = await attempt.run(self.address)
            self._attempt = None
            if self._was_stable(attempt):
                delays = backoff(self._random)
            if setback is not None and await self._pause(setback, next(delays)):
                delays = backoff(self._random)

    def _was_stable(self, attempt: Attempt) -> bool:
        online_at = attempt.online_at
        return online_at is not None and self._clock.monotonic() - online_at >= STABLE_SECONDS

    async def _pause(self, setback: Setback, delay_seconds: float) -> bool:
        """Wait for the next attempt; tells whether `retry_now` cut it short."""
        self._setback = setback
        self._retry.clear()
        if setback.state is LinkState.REPLACED:
            self._give_up(setback, 0.0)
            return await self._retry.wait()
        retry_seconds = setback.minimum_seconds + delay_seconds
        if setback.state is LinkState.REFUSED:
            self._give_up(setback, retry_seconds)
        else:
            self._change(setback.state, setback.reason, retry_seconds)
        try:
            return await within(self._clock, retry_seconds, self._retry.wait())
        except TimeoutError:
            return False

    def _give_up(self, setback: Setback, retry_seconds: float) -> None:
        self._change(setback.state, setback.reason, retry_seconds)
        self._demand.refuse(setback.reason, setback.error)

    def _change(self, state: LinkState, reason: str = "", retry_seconds: float = 0.0) -> None:
        if state is not self._state:
            self._state = state
            self._listener.link_changed(self, state, reason, retry_seconds)
