"""Which relays a client is connected to: its own always, those of contacts on demand."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from whispr.client.events import ConnectionChanged, LinkState
from whispr.client.former_links import FormerLinks
from whispr.client.link import Link
from whispr.client.pins import Pins
from whispr.client.places import FormerPlaces
from whispr.client.store.settings import Setting
from whispr.client.tasks import Tasks
from whispr.errors import ConnectError, ConnectionClosedError, WhisprError
from whispr.protocol.address import RelayAddress
from whispr.protocol.signatures import SigningKey

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.session import Session
    from whispr.protocol.frames import Deliver, FateNotice, Ready

LINGER_SECONDS = 120.0
REACH_SECONDS = 3600.0
MakeLink = Callable[..., Link]


class MailEvents(Protocol):
    """Who hears what comes over the links (synchronous, in order)."""

    def own_ready(self, session: Session) -> None:
        """Our own relay lets us in; the mailbox is about to be delivered."""

    def delivered(self, link: Link, frame: Deliver) -> None:
        """An envelope for our mailbox."""

    def delivered_to_previous(self, link: Link, frame: Deliver) -> None:
        """An envelope for a mailbox that we had before."""

    def previous_taken(self, link: Link) -> None:
        """Somebody else reads a mailbox that we had before: the device this one replaced."""

    def synced(self) -> None:
        """Everything that waited has been delivered."""

    def fate(self, frame: FateNotice) -> None:
        """A relay gave up an envelope of ours."""

    def prekeys_low(self) -> None:
        """Our own relay has few prekeys of ours left."""

    def relay_forgot(self, location: str) -> None:
        """The relay at `host:port` has another epoch: what lay there is gone."""

    def relay_reached(self, location: str) -> None:
        """A relay lets us send again."""

    def own_relay_changed(self) -> None:
        """Our relay announced another key: our card says so now."""


class Links:
    """Opens, keeps and closes the links of a client."""

    def __init__(self, core: Core, mail: MailEvents, make_link: MakeLink = Link) -> None:
        self._core = core
        self._mail = mail
        self._make_link = make_link
        self._pins = Pins(core.store.settings)
        self._contact_links: dict[RelayAddress, Link] = {}
        """By the address on the card; that of the link itself follows what the relay says."""
        self._previous: dict[Link, tuple[RelayAddress, int]] = {}
        """Links to former mailboxes, with the address they were made for and their end."""
        self.places = FormerPlaces(core.store.settings)
        self._former = FormerLinks(self.places, self._pins)
        self._started = False
        self._tasks = Tasks(core)
        self._left = ""
        self.own = self._new_own_link(core.own_card.relay)

    def _new_own_link(self, address: RelayAddress) -> Link:
        return self._new_link(address, mailbox=self._core.identity.mailbox)

    def _new_link(
        self,
        address: RelayAddress,
        *,
        mailbox: SigningKey | None = None,
        linger_seconds: float | None = None,
    ) -> Link:
        return self._make_link(
            address,
            device=self._core.identity.device,
            mailbox=mailbox,
            clock=self._core.clock,
            random=self._core.random,
            listener=self,
            linger_seconds=linger_seconds,
        )

    def start(self) -> None:
        """Connect to our relay, and to the mailboxes we had before, as long as they are read."""
        self._started = True
        self.own.start()
        self._former.start(self._new_own_link, self._core.now_ms())
        for mailbox in self._core.profile.material.previous_mailboxes:
            if mailbox.until_ms > self._core.now_ms():
                known = RelayAddress.parse(mailbox.relay_address)
                address = dataclasses.replace(
                    known, relay_ids=self._pins.of(known), access_token=mailbox.access_token
                )
                link = self._new_link(address, mailbox=SigningKey(mailbox.mailbox_seed))
                self._previous[link] = (known, mailbox.until_ms)
                link.start()

    async def stop(self) -> None:
        """Close every connection."""
        await self._tasks.stop()
        await self._close(*self._every_link(), *self._former.ending)

    def _every_link(self) -> tuple[Link, ...]:
        return (self.own, *self._former, *self._previous, *self._contact_links.values())

    async def _close(self, *links: Link) -> None:
        """Close links; the defect of one does not keep the others open."""
        outcomes = await asyncio.gather(*(link.stop() for link in links), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                self._tasks.report("link", outcome)

    async def close_ended(self) -> None:
        """Read no longer what was a mailbox of ours for long enough."""
        now_ms = self._core.now_ms()
        ended = [link for link, (_, until_ms) in self._previous.items() if until_ms <= now_ms]
        await self._close(*ended)
        for link in ended:
            del self._previous[link]
        self._former.end(now_ms)
        await self._former.close_ended(self._close)

    def move(self) -> None:
        """Our card names another relay: be there now, and read what still comes to the old one.

        Call it after the commit that changed card and places.
        """
        left = self.own
        self.own = self._new_own_link(self._core.own_card.relay)
        if self._started and not self._left:
            self._former.leave(left, self._core.now_ms())
            self._tasks.start(self._take_up, "moving")

    async def _take_up(self) -> None:
        # First the old link: two that read the same mailbox would take it from each other.
        await self._former.close_ended(self._close)
        if not self._left:
            for link in self.mailboxes():
                link.start()

    def leave(self, reason: str) -> None:
        """Give our mailbox up to another device of ours; the person is told why."""
        if not self._left:
            self._left = reason
            self._tasks.start(self._leave, "leaving")

    async def _leave(self) -> None:
        await self._close(*self._every_link())
        location = self.own.address.location
        self._core.emit(ConnectionChanged(location, True, LinkState.REPLACED, self._left))

    def retry_now(self) -> None:
        """Do not wait for the next attempt."""
        for link in (self.own, *self._former, *self._contact_links.values()):
            link.retry_now()

    async def flush(self) -> None:
        """Wait until the relays of our mailbox have heard every acknowledgement."""
        for link in self.mailboxes():
            if link.session is not None:
                await link.flush()

    def mailboxes(self) -> tuple[Link, ...]:
        """The links over which our mailbox is read: the own one, and where it lay before."""
        return (self.own, *self._former)

    async def session_to(self, relay: RelayAddress) -> Session:
        """A session that may send at the relay of a contact; waits for it, for an hour at most.

        Raises:
            ConnectError: the relay was not reached, or refuses us, or we left.
        """
        if self._left:
            raise ConnectError(self._left)
        return await self.link_to(relay).online(REACH_SECONDS)

    def link_to(self, relay: RelayAddress) -> Link:
        """The link that serves a relay: our own, if it is the same one."""
        own = self.own.address
        if own.location == relay.location and set(own.relay_ids) & set(self._pins.of(relay)):
            return self.own
        known = relay.public()
        link = self._contact_links.get(known)
        if link is None:
            address = dataclasses.replace(known, relay_ids=self._pins.of(known))
            link = self._new_link(address, linger_seconds=LINGER_SECONDS)
            self._contact_links[known] = link
            link.start()
        return link

    def link_changed(self, link: Link, state: LinkState, reason: str, retry_seconds: float) -> None:
        """A link tells its state."""
        if link in self._previous:
            if state is LinkState.REPLACED:
                self._mail.previous_taken(link)
            return
        location = link.address.location
        self._core.emit(ConnectionChanged(location, link is self.own, state, reason, retry_seconds))

    def link_ready(self, link: Link, session: Session, ready: Ready) -> None:
        """A link was let in: does the relay still hold what it held?

        Raises:
            WhisprError: it could not be noted; the link ends this connection and tries again.
        """
        if link in self._previous or link in self._former:
            return
        try:
            self._let_in(link, session, ready)
        except WhisprError:
            raise
        except Exception as error:
            self._tasks.report("what follows from a connection", error)
            raise ConnectionClosedError("an unexpected error") from error

    def _let_in(self, link: Link, session: Session, ready: Ready) -> None:
        location = link.address.location
        if link is self.own:
            self._core.relay_clock.set_from(session.relay_clock.now_ms())
        known_epoch = Setting(f"epoch:{location}", b"")
        settings = self._core.store.settings
        before = settings.get(known_epoch)
        if before != ready.epoch:
            # Together: a crash in between must not make us believe that it still has everything.
            with self._core.store.transaction():
                settings.set(known_epoch, ready.epoch)
                if before:
                    self._mail.relay_forgot(location)
        if link is self.own:
            self._mail.own_ready(session)
        self._mail.relay_reached(location)

    def delivered(self, link: Link, frame: Deliver) -> None:
        """A link delivers an envelope."""
        if link in self._previous:
            self._mail.delivered_to_previous(link, frame)
        else:
            self._mail.delivered(link, frame)

    def synced(self, link: Link) -> None:
        """A link has delivered everything that waited."""
        if link is self.own:
            self._tell(self._mail.synced)

    def fate(self, link: Link, frame: FateNotice) -> None:
        """A relay gave up an envelope."""
        self._tell(lambda: self._mail.fate(frame))

    def prekeys_low(self, link: Link) -> None:
        """A relay has few prekeys of ours left; only our own one holds any."""
        if link is self.own:
            self._tell(self._mail.prekeys_low)

    def _tell(self, tell: Callable[[], None]) -> None:
        """What comes of it is not the fault of the connection, which stays."""
        try:
            tell()
        except Exception as error:  # noqa: BLE001 - nobody above could tell
            self._tasks.report("what follows from a connection", error)

    def relay_ids_learned(self, link: Link, relay_ids: tuple[bytes, ...]) -> None:
        """A relay told its keys over a connection that the known pin vouches for."""
        if link is self.own:
            # The card and the telling of it are one commit: no contact is left with the old one.
            with self._core.store.transaction():
                if self._core.own_card.learn_relay_ids(relay_ids, self._core.now_ms()):
                    self._mail.own_relay_changed()
        elif link in self._previous:
            self._pins.learn(self._previous[link][0], relay_ids)
        elif link in self._former:
            self._former.learn(link, relay_ids)
        else:
            for known, contact_link in self._contact_links.items():
                if contact_link is link:
                    self._pins.learn(known, relay_ids)
