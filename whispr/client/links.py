"""Which relays a client is connected to: its own always, those of contacts on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from whispr.client.events import ConnectionChanged, LinkState
from whispr.client.link import Link
from whispr.client.store.settings import Setting
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
        self._contact_links: dict[tuple[str, bytes], Link] = {}
        self._previous: list[Link] = []
        self._leaving: asyncio.Task[None] | None = None
        self.own = self._new_link(core.own_card.relay, mailbox=core.identity.mailbox)

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
        """Connect to our relay, and to the mailboxes we had before, while they are still read."""
        self.own.start()
        for mailbox in self._core.profile.material.previous_mailboxes:
            if mailbox.until_ms > self._core.now_ms():
                address = RelayAddress.parse(mailbox.relay_address)
                address = RelayAddress(
                    address.host, address.port, address.relay_ids, mailbox.access_token
                )
                link = self._new_link(address, mailbox=SigningKey(mailbox.mailbox_seed))
                self._previous.append(link)
                link.start()

    async def stop(self) -> None:
        """Close every connection."""
        if self._leaving is not None:
            await self._leaving
        for link in (self.own, *self._previous, *self._contact_links.values()):
            await link.stop()

    def leave(self, reason: str) -> None:
        """Give our mailbox up to another device of ours; the person is told why."""
        self._leaving = asyncio.create_task(self._leave(reason), name="whispr leaves")

    async def _leave(self, reason: str) -> None:
        await self.own.stop()
        location = self.own.address.location
        self._core.emit(ConnectionChanged(location, True, LinkState.REPLACED, reason))

    def retry_now(self) -> None:
        """Do not wait for the next attempt."""
        for link in (self.own, *self._contact_links.values()):
            link.retry_now()

    async def flush(self) -> None:
        """Wait until our relay has heard every acknowledgement."""
        if self.own.session is not None:
            await self.own.flush()

    async def session_to(self, relay: RelayAddress) -> Session:
        """A session that may send at the relay of a contact; waits for it, for an hour at most.

        Raises:
            ConnectError: the relay was not reached, or refuses us.
        """
        return await self.link_to(relay).online(REACH_SECONDS)

    def link_to(self, relay: RelayAddress) -> Link:
        """The link that serves a relay: our own, if it is the same one."""
        own = self.own.address
        if own.location == relay.location and set(own.relay_ids) & set(relay.relay_ids):
            return self.own
        key = (relay.location, relay.relay_ids[0])
        link = self._contact_links.get(key)
        if link is None:
            address = RelayAddress(relay.host, relay.port, self._pins(relay))
            link = self._new_link(address, linger_seconds=LINGER_SECONDS)
            self._contact_links[key] = link
            link.start()
        return link

    def _pins(self, relay: RelayAddress) -> tuple[bytes, ...]:
        """The pins of a card, and the next key that the relay itself announced since."""
        learned = self._core.store.settings.get(_learned_pin(relay))
        known = dict.fromkeys((*relay.relay_ids, learned) if learned else relay.relay_ids)
        return tuple(known)[-2:]

    def link_changed(self, link: Link, state: LinkState, reason: str, retry_seconds: float) -> None:
        """A link tells its state."""
        if link in self._previous:
            if state is LinkState.REPLACED:
                self._mail.previous_taken(link)
            return
        location = link.address.location
        self._core.emit(ConnectionChanged(location, link is self.own, state, reason, retry_seconds))

    def link_ready(self, link: Link, session: Session, ready: Ready) -> None:
        """A link was let in: does the relay still hold what it held?"""
        if link in self._previous:
            return
        location = link.address.location
        if link is self.own:
            self._core.relay_clock.set_from(session.relay_clock.now_ms())
        known_epoch = Setting(f"epoch:{location}", b"")
        settings = self._core.store.settings
        before = settings.get(known_epoch)
        if before != ready.epoch:
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
            self._mail.synced()

    def fate(self, link: Link, frame: FateNotice) -> None:
        """A relay gave up an envelope."""
        self._mail.fate(frame)

    def relay_ids_learned(self, link: Link, relay_ids: tuple[bytes, ...]) -> None:
        """A relay told its keys over a connection that the known pin vouches for."""
        if link is self.own:
            if self._core.own_card.learn_relay_ids(relay_ids, self._core.now_ms()):
                self._mail.own_relay_changed()
        elif link not in self._previous and len(relay_ids) > 1:
            self._core.store.settings.set(_learned_pin(link.address), relay_ids[1])


def _learned_pin(relay: RelayAddress) -> Setting[bytes]:
    return Setting(f"pin:{relay.location}:{relay.relay_ids[0].hex()}", b"")
