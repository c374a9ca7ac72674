"""Says "here" to recent contacts when this client is connected, so that they send what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.clock import within
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.settings import SEND_HERE
from whispr.client.tasks import Tasks
from whispr.errors import (
    CryptoError,
    ProtocolError,
    RateLimitedError,
    RelayError,
    TransportError,
    UserInputError,
)
from whispr.protocol.card import parse_card
from whispr.protocol.codes import EnvelopeFlag
from whispr.protocol.frames import Send

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.links import Links
    from whispr.client.outgoing import Outgoing
    from whispr.client.sealing import Sealer

RECENT_MS = 30 * 24 * 3600 * 1000
MAX_CONTACTS = 50
HERE_LIFE_MS = 60_000
ANSWER_EVERY_SECONDS = 60.0
"""Nobody is told more often, whoever began: two clients that answer each other fall silent."""
REACH_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 5.0


class Presence:
    """EPHEMERAL and best effort: a "here" that does not arrive costs a delay, never a message."""

    def __init__(self, core: Core, links: Links, outgoing: Outgoing, sealer: Sealer) -> None:
        self._core = core
        self._links = links
        self._outgoing = outgoing
        self._sealer = sealer
        self._tasks = Tasks(core)
        self._told: dict[int, float] = {}

    def announce(self) -> None:
        """Our mailbox is in sync: tell the contacts we heard of lately.

        Those at one relay one after the other: messages must find room in its rate limit, too.
        """
        if not self._core.store.settings.get(SEND_HERE):
            return
        by_relay: dict[str, list[Contact]] = {}
        for contact in self._recent():
            location = parse_card(contact.card).device.relay.location
            by_relay.setdefault(location, []).append(contact)
        for contacts in by_relay.values():
            self._tell(contacts)

    def _recent(self) -> list[Contact]:
        oldest_ms = self._core.now_ms() - RECENT_MS
        recent = [
            contact
            for contact in self._core.store.contacts.list(ContactState.ACCEPTED)
            if _last_sign_ms(contact) >= oldest_ms and not self._was_told(contact.contact_id)
        ]
        recent.sort(key=_last_sign_ms, reverse=True)
        return recent[:MAX_CONTACTS]

    def answer(self, contact_id: int) -> None:
        """A contact said "here": say so too, unless he was told a moment ago."""
        if self._core.store.settings.get(SEND_HERE) and not self._was_told(contact_id):
            self._tell([self._core.store.contacts.get(contact_id)])

    def _was_told(self, contact_id: int) -> bool:
        told = self._told.get(contact_id)
        return told is not None and self._core.clock.monotonic() - told < ANSWER_EVERY_SECONDS

    def _tell(self, contacts: list[Contact]) -> None:
        for contact in contacts:
            self._told[contact.contact_id] = self._core.clock.monotonic()

        async def tell() -> None:
            for contact in contacts:
                await self._tell_one(contact)

        self._tasks.start(tell, "here")

    async def _tell_one(self, contact: Contact) -> None:
        try:
            await within(self._core.clock, REACH_SECONDS, self._send(contact))
        except (
            TimeoutError,
            TransportError,
            RelayError,
            ProtocolError,
            CryptoError,
            UserInputError,
        ) as error:
            self._core.counters.count("here not sent")
            if isinstance(error, RateLimitedError):
                pause_seconds = min(error.retry_after_ms / 1000, LONGEST_PAUSE_SECONDS)
                await self._core.clock.sleep(pause_seconds)

    async def _send(self, contact: Contact) -> None:
        card = parse_card(contact.card)
        session = await self._links.session_to(card.device.relay)
        envelope = self._sealer.seal(
            self._outgoing.here(self._core.now_ms(), HERE_LIFE_MS),
            card,
            session=session,
            with_card=False,
            flags=EnvelopeFlag.EPHEMERAL,
        )
        await session.request(Send, envelope=envelope.data)

    async def stop(self) -> None:
        """Stop telling."""
        await self._tasks.stop()


def _last_sign_ms(contact: Contact) -> int:
    return contact.last_seen_ms or contact.created_ms
