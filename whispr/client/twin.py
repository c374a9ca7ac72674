"""Tells the device that this one replaced that it was replaced, when it turns out to be alive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.client.clock import within
from whispr.client.content import Content, ContentType
from whispr.client.store.settings import Setting
from whispr.client.tasks import Tasks
from whispr.errors import CryptoError, ProtocolError, RelayError, TransportError, UserInputError
from whispr.protocol.card import parse_card
from whispr.protocol.frames import Send
from whispr.protocol.limits import CONTENT_ID_BYTES

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.link import Link
    from whispr.client.links import Links
    from whispr.client.sealing import Sealer

REPLACED_CARD = Setting("replaced_card", b"")
"""The card of the device whose place this one took; written by an import."""
TAKE_BACK_SECONDS = 60.0
CARD_LIFE_MS = 24 * 3600 * 1000
REACH_SECONDS = 15.0


class Twin:
    """The former device of this identity, as far as this one has to do with it."""

    def __init__(self, core: Core, links: Links, sealer: Sealer) -> None:
        self._core = core
        self._links = links
        self._sealer = sealer
        self._tasks = Tasks(core)
        self._telling: dict[Link, asyncio.Task[None]] = {}

    def tell(self, link: Link) -> None:
        """Somebody took the former mailbox over: send our newer card there, then take it back."""
        data = self._core.store.settings.get(REPLACED_CARD)
        known = self._telling.get(link)
        if data and (known is None or known.done()):
            self._telling[link] = self._tasks.start(lambda: self._tell(data, link), "twin")

    async def _tell(self, former: bytes, link: Link) -> None:
        try:
            await within(self._core.clock, REACH_SECONDS, self._send_card(former))
        except (
            TimeoutError,
            TransportError,
            RelayError,
            ProtocolError,
            CryptoError,
            UserInputError,
        ):
            self._core.counters.count("former device not told")
        await self._core.clock.sleep(TAKE_BACK_SECONDS)
        link.retry_now()

    async def _send_card(self, data: bytes) -> None:
        own, former = self._core.own_card.current, parse_card(data)
        if own is None:
            return
        session = await self._links.session_to(former.device.relay)
        now_ms = self._core.now_ms()
        content_id = self._core.random_bytes(CONTENT_ID_BYTES)
        content = Content(ContentType.CARD, content_id, now_ms, now_ms + CARD_LIFE_MS, 0, own.data)
        envelope = self._sealer.seal(content, former, session=session, with_card=False)
        await session.request(Send, envelope=envelope.data)

    async def stop(self) -> None:
        """Stop telling."""
        await self._tasks.stop()
