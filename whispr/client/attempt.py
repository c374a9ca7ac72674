"""`Attempt`: one connection of a link, from the first packet to its end and the reason of it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from whispr.client.clock import ClientClock, RelayClock, within
from whispr.client.demand import Demand
from whispr.client.session import Session
from whispr.client.setback import Setback, after_error, after_goaway
from whispr.client.subscription import Subscription
from whispr.client.timeouts import SessionTimeouts
from whispr.errors import RemoteProtocolError, WhisprError
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import GoawayReason, Scope
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey


class AttemptListener(Protocol):
    """The link above an attempt."""

    def introduced(self, session: Session, ready: frames.Ready) -> None:
        """Both ends know each other; before the mailbox is asked for."""

    def went_online(self, session: Session) -> None:
        """Everything stands."""

    def pushed(self, frame: Frame) -> None:
        """The relay pushed what it may push."""


@dataclass(frozen=True, slots=True)
class AttemptPlan:
    """What is the same for every attempt of a link."""

    device: SigningKey
    mailbox: SigningKey | None
    clock: ClientClock
    timeouts: SessionTimeouts
    relay_clock: RelayClock
    linger_seconds: float | None
    """How long a connection is kept that nobody uses; None: for good."""
    connect: Callable[..., Awaitable[Session]] = Session.connect


class Attempt:
    """One connection of a link; `run` once."""

    def __init__(self, plan: AttemptPlan, demand: Demand, listener: AttemptListener) -> None:
        self._plan = plan
        self._demand = demand
        self._listener = listener
        self.session: Session | None = None
        """From its greeting on."""
        self.subscription: Subscription | None = None
        self.online_at: float | None = None
        """When it went online, in seconds of the clock."""

    async def run(self, address: RelayAddress) -> Setback | None:
        """Connect, prove, subscribe and stay; tells why it is over, None if nobody used it."""
        plan = self._plan
        try:
            self.session = session = await plan.connect(
                address,
                clock=plan.clock,
                on_push=self._pushed,
                timeouts=plan.timeouts,
                relay_clock=plan.relay_clock,
            )
        except WhisprError as error:
            return after_error(error, was_online=False)
        try:
            await self._introduce(session, address.access_token)
            self.online_at = plan.clock.monotonic()
            self._listener.went_online(session)
            return await self._stay(session)
        except WhisprError as error:
            return self._setback(session, error)
        finally:
            await session.aclose()

    async def _introduce(self, session: Session, access_token: bytes) -> None:
        mailbox = self._plan.mailbox
        if mailbox is not None:
            await session.authenticate(Scope.READ, mailbox, access_token)
        ready = await session.authenticate(Scope.SEND, self._plan.device)
        self._listener.introduced(session, ready)
        if mailbox is not None:
            self.subscription = Subscription(session)
            await self.subscription.start()

    async def _stay(self, session: Session) -> Setback | None:
        while not session.closed:
            rest = self._rest_seconds(session)
            if rest is not None and rest <= 0:
                session.close()
                return None
            with contextlib.suppress(TimeoutError):
                await self._closed_within(session, rest)
        return self._setback(session, await session.wait_closed())

    async def _closed_within(self, session: Session, seconds: float | None) -> None:
        if seconds is None:
            await session.wait_closed()
        else:
            await within(self._plan.clock, seconds, session.wait_closed())

    def _rest_seconds(self, session: Session) -> float | None:
        """How long the connection is kept from now, if nobody uses it; None: for good."""
        linger = self._plan.linger_seconds
        if linger is None or self._demand.held or session.pending:
            return linger
        used = max(self._demand.used, session.last_asked)
        return used + linger - self._plan.clock.monotonic()

    def _setback(self, session: Session, error: WhisprError) -> Setback:
        if session.goaway is not None:
            return after_goaway(session.goaway, owns_mailbox=self._plan.mailbox is not None)
        # What a request met is a consequence; the session knows the cause.
        return after_error(session.error or error, was_online=self.online_at is not None)

    def _pushed(self, frame: Frame) -> None:
        if isinstance(frame, frames.Deliver | frames.Synced):
            if self.subscription is None:
                raise RemoteProtocolError(f"{type(frame).__name__} without a subscription")
            self.subscription.receive(frame)
        if isinstance(frame, frames.Goaway):
            self._leave(frame)
        else:
            self._listener.pushed(frame)

    def _leave(self, goaway: frames.Goaway) -> None:
        """Go at once where nothing is expected any more; otherwise the session waits a little."""
        if self.session is None:
            return
        settled = self.subscription is None or self.subscription.settled
        if goaway.reason == GoawayReason.REPLACED or (settled and not self.session.pending):
            self.session.close()
