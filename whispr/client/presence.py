"""Says "here" to recent contacts when this client is connected, so that they send what waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.settings import SEND_HERE
from whispr.errors import CryptoError, ProtocolError, RelayError, TransportError
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
REACH_SECONDS = 15.0


class Presence:
    """EPHEMERAL and best effort: a "here" that does not arrive costs a delay, never a message."""

    def __init__(self, core: Core, links: Links, outgoing: Outgoing, sealer: Sealer) -> None:
        self._core = core
        self._links = links
        self._outgoing = outgoing
        self._sealer = sealer
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: dict[int, float] = {}

    def announce(self) -> None:
        """Our mailbox is in sync: tell the contacts we heard of lately."""
        if not self._core.store.settings.get(SEND_HERE):
            return
        oldest_ms = self._core.now_ms() - RECENT_MS
        recent = [
            contact
            for contact in self._core.store.contacts.list(ContactState.ACCEPTED)
            if (contact.last_seen_ms or contact.created_ms) >= oldest_ms
        ]
        recent.sort(key=lambda contact: -(contact.last_seen_ms or contact.created_ms))
        for contact in recent[:MAX_CONTACTS]:
            self._tell(contact)

    def answer(self, contact_id: int) -> None:
        """A contact said "here": say so too, unless he was told a moment ago."""
        if not self._core.store.settings.get(SEND_HERE):
            return
        told = self._told.get(contact_id)
        if told is None or self._core.clock.monotonic() - told >= ANSWER_EVERY_SECONDS:
            self._tell(self._core.store.contacts.get(contact_id))

    def _tell(self, contact: Contact) -> None:
        self._told[contact.contact_id] = self._core.clock.monotonic()
        task = asyncio.create_task(self._send(contact), name="whispr here")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, contact: Contact) -> None:
        try:
            card = parse_card(contact.card)
            async with asyncio.timeout(REACH_SECONDS):
                session = await self._links.session_to(card.device.relay)
                envelope = self._sealer.seal(
                    self._outgoing.here(self._core.now_ms(), HERE_LIFE_MS),
                    card,
                    session=session,
                    with_card=False,
                    flags=EnvelopeFlag.EPHEMERAL,
                )
                await session.request(Send, envelope=envelope.data)
        except (TimeoutError, TransportError, RelayError, ProtocolError, CryptoError):
            self._core.counters.count("here not sent")

    async def stop(self) -> None:
        """Stop telling."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
