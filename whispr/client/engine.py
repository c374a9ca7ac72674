"""Wires the parts of a running client together and passes on what happens between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.claims import Claims
from whispr.client.events import Synced
from whispr.client.export_file import CARD_TO_ANNOUNCE
from whispr.client.files.spool import Spool
from whispr.client.links import Links, MakeLink
from whispr.client.mailroom import Mailroom
from whispr.client.outgoing import Outgoing
from whispr.client.prekeys import Prekeys
from whispr.client.presence import Presence
from whispr.client.ratchets import Ratchets
from whispr.client.receiver import MOVED, Receiver
from whispr.client.sealing import Sealer
from whispr.client.sender import Sender
from whispr.client.store.contacts import ContactState
from whispr.client.store.outbox_row import pause_ms
from whispr.client.tasks import Tasks
from whispr.client.transfers import Transfers
from whispr.client.twin import Twin
from whispr.errors import TransportError
from whispr.protocol.card import parse_card
from whispr.protocol.codes import Fate as RelayFate
from whispr.protocol.frames import Allow

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.link import Link
    from whispr.client.session import Session
    from whispr.protocol.address import RelayAddress
    from whispr.protocol.frames import Deliver, FateNotice

EVICTED_RETRY_MS = 5_000
PURGE_EVERY_SECONDS = 3600.0


class Engine:
    """Everything that runs while a client is open."""

    def __init__(self, core: Core, make_link: MakeLink) -> None:
        self._core = core
        self.outgoing = Outgoing(core)
        self.links = Links(core, self, make_link)
        self.ratchets = Ratchets(core)
        self._claims = Claims(core, self.ratchets)
        self._prekeys = Prekeys(core, self.ratchets, self._advertised)
        spool = Spool(core.profile.paths.files, random_bytes=core.random_bytes)
        self.transfers = Transfers(core, self.links, self.outgoing, spool, self.outbox_changed)
        sealer = Sealer(core, self.ratchets)
        self.sender = Sender(core, self.links, self.transfers.uploads, sealer, self._claims)
        self._presence = Presence(core, self.links, self.outgoing, sealer)
        self._twin = Twin(core, self.links, sealer)
        self.mailroom = Mailroom(core, Receiver(core, self.outgoing, self, self.ratchets))
        self._tasks = Tasks(core)
        self._let_in: Session | None = None
        """The session on which our own relay has let us in."""

    def start(self) -> None:
        """Connect, and go on with what was under way."""
        self.mailroom.start()
        self.transfers.start()
        self.sender.start()
        self._prekeys.start()
        self._tasks.keep(self._keep_house, "housekeeping")
        if self._core.store.settings.get(MOVED):
            self.moved_away()
        else:
            self.links.start()
        if self._core.store.settings.get(CARD_TO_ANNOUNCE) and self._core.own_card.current:
            with self._core.store.transaction():
                self.announce_card()
                self._core.store.settings.set(CARD_TO_ANNOUNCE, False)

    async def stop(self) -> None:
        """Stop every part; what is under way stays on the disk."""
        await self._tasks.stop()
        await self._presence.stop()
        await self._twin.stop()
        await self.sender.stop()
        await self._prekeys.stop()
        await self.transfers.stop()
        await self.mailroom.stop()
        await self.links.stop()

    async def _keep_house(self) -> None:
        while True:
            # A relay whose clock runs ahead must not make us forget what could come again.
            now_ms = min(self._core.now_ms(), self._core.clock.wall_ms())
            self._core.store.seen.purge(now_ms)
            self.ratchets.purge(now_ms)
            await self.links.close_ended()
            await self._core.clock.sleep(PURGE_EVERY_SECONDS)

    async def flush(self) -> None:
        """Wait until what was delivered is committed, receipts are out and relays have heard."""
        await self.mailroom.idle()
        await self.sender.receipts_sent()
        await self.links.flush()

    def publish_allowed(self) -> None:
        """Tell our relay for whom half of the mailbox is kept free."""
        session = self._let_in
        if session is None or not session.usable:
            return  # published with the next connection
        try:
            session.post(Allow, keys=b"".join(self._core.store.contacts.allowed_keys()))
        except TransportError:
            return  # the connection ended this moment: as above

    def move(self, relay: RelayAddress) -> None:
        """Have our mailbox at another relay: card, its telling and the old place in one commit.

        Raises:
            InvalidCardError: an address without a pin. StorageError: nothing has changed.
        """
        own, now_ms = self._core.own_card, self._core.now_ms()
        left = own.relay if own.current is not None else None
        try:
            with self._core.store.transaction():
                self.links.places.note_move(left, relay, now_ms)
                if own.move(relay, now_ms):
                    self.announce_card()
        except BaseException:
            own.reload()
            raise
        self._let_in = None
        self.links.move()

    def announce_card(self) -> None:
        """Our card says something new: every contact is told."""
        with self._core.store.transaction():
            for contact in self._core.store.contacts.list(ContactState.ACCEPTED):
                self.outgoing.card(contact.contact_id)
        self.outbox_changed()

    # What links tell.

    def own_ready(self, session: Session) -> None:
        """Our own relay lets us in."""
        self._let_in = session
        self.publish_allowed()
        self._prekeys.own_ready(session)

    def prekeys_low(self) -> None:
        """Our relay has few prekeys of ours left."""
        self._prekeys.low()

    def _advertised(self) -> None:
        """Our card offers suite 2 now; in the transaction that changed it."""
        self.announce_card()

    def delivered(self, link: Link, frame: Deliver) -> None:
        """An envelope for our mailbox."""
        self.mailroom.add(link, frame, previous=False)

    def delivered_to_previous(self, link: Link, frame: Deliver) -> None:
        """An envelope for a mailbox that we had before."""
        self.mailroom.add(link, frame, previous=True)

    def previous_taken(self, link: Link) -> None:
        """The device that this one replaced is still alive: tell it."""
        self._twin.tell(link)

    def synced(self) -> None:
        """Everything that waited has been delivered."""
        self._core.emit(Synced())
        self._presence.announce()
        self.transfers.resume_downloads()

    def fate(self, frame: FateNotice) -> None:
        """A relay gave up an envelope of ours: send it again, later each time."""
        if frame.fate != RelayFate.EVICTED:
            return
        outbox, now_ms = self._core.store.outbox, self._core.now_ms()
        with self._core.store.transaction():
            row = outbox.record_evicted(frame.envelope_id, now_ms + EVICTED_RETRY_MS)
            if row is None:
                return
            retry_ms = pause_ms(row.attempts - 1, EVICTED_RETRY_MS, 1.0)
            outbox.record_postponed(row.outbox_id, now_ms + retry_ms)
        self.sender.wake()

    def relay_forgot(self, location: str) -> None:
        """A relay has lost what lay there: what contacts there have not confirmed is due."""
        now_ms = self._core.now_ms()
        self.transfers.uploads.forgotten()
        for contact in self._core.store.contacts.list(ContactState.ACCEPTED):
            if parse_card(contact.card).device.relay.location == location:
                self._core.store.outbox.record_forgotten(contact.contact_id, now_ms)

    def relay_reached(self, location: str) -> None:
        """A relay lets us send again."""
        self.sender.wake()

    def own_relay_changed(self) -> None:
        """Our relay announced another key."""
        self.announce_card()

    # What a received content leads to, after its commit.

    def heard_from(self, contact_id: int) -> None:
        """A sign of the contact."""
        self._claims.heard_from(self._core.store.contacts.get(contact_id).device_key)
        self.sender.wake_contact(contact_id)

    def outbox_changed(self) -> None:
        """There is something to send."""
        self.sender.wake()

    def attachment_offered(self, message_id: int) -> None:
        """There is a file to fetch."""
        self.transfers.offered(message_id)

    def here(self, contact_id: int) -> None:
        """The contact is connected now."""
        self._presence.answer(contact_id)

    def moved_away(self) -> None:
        """A newer device of ours took our place: let it have the mailbox."""
        self.links.leave("this profile was moved to another device")
