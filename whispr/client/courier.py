"""Sends what is due to one contact, in order, at most 16 contents without an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind
from whispr.errors import (
    IdReusedError,
    InvalidKeyError,
    MailboxFullError,
    MalformedContentError,
    PayloadTooLargeError,
    RateLimitedError,
    RelayError,
    RelayFullError,
    RelayUnavailableError,
    SignatureRefusedError,
    StaleClockError,
    TransportError,
    UnknownContactError,
    WrongRelayError,
)
from whispr.protocol.card import Card, parse_card
from whispr.protocol.frames import Accepted, Send

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.links import Links
    from whispr.client.requests import Asked
    from whispr.client.sealing import Sealer
    from whispr.client.sender import Sender, Uploads
    from whispr.client.session import Session
    from whispr.client.store.contacts import Contact
    from whispr.client.store.outbox_row import OutboxRow

_PASSING = (MailboxFullError, RateLimitedError, RelayFullError, RelayUnavailableError)
"""Refusals that waiting mends."""
_NEW_ENVELOPE = (StaleClockError, WrongRelayError, IdReusedError, SignatureRefusedError)
"""Refusals of this envelope, not of the content: another one is made."""
_SHORTEST_RETRY_MS = 200
_LONGEST_RETRY_MS = 15_000
"""A full mailbox says when its oldest content expires, but its owner may take all of it sooner."""
_NEW_ENVELOPE_RETRY_MS = 2_000
_MAX_ENVELOPES_REFUSED = 5
_UNREACHED_SECONDS = 5.0


class Courier:
    """The sending to one contact; its task lives while something is due."""

    def __init__(
        self,
        contact_id: int,
        core: Core,
        links: Links,
        uploads: Uploads,
        sealer: Sealer,
        sender: Sender,
    ) -> None:
        self._contact_id = contact_id
        self._core = core
        self._links = links
        self._uploads = uploads
        self._sealer = sealer
        self._sender = sender
        self._refused_envelopes: dict[int, int] = {}
        self._pause_ms = 0
        self.busy: set[int] = set()
        """Outbox ids that are under way or waiting for their file."""
        self.task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Something may be due."""
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run(), name="whispr courier")

    async def _run(self) -> None:
        """Go on until nothing is due, or there is no room in the mailbox for now."""
        while rows := self._due():
            waiting = {row.outbox_id for row in rows}
            self.busy |= waiting
            try:
                contact = self._core.store.contacts.get(self._contact_id)
                card = parse_card(contact.card)
                session = await self._links.session_to(card.device.relay)
            except UnknownContactError:
                return
            except TransportError:
                # The relay refuses us or was away for long. It says so to the person elsewhere.
                await self._core.clock.sleep(_UNREACHED_SECONDS)
                continue
            finally:
                self.busy -= waiting
            try:
                # Waiting for the relay may have taken long: what is due is asked again.
                await self._send(self._due(), contact, card, session)
            except TransportError:
                # The link reconnects by itself; nothing was lost, all is on the disk.
                continue
            await self._keep_pace()
        self._sender.wake()

    async def _keep_pace(self) -> None:
        """The relay limits how fast this key may send: wait, whatever else becomes due."""
        if self._pause_ms:
            pause_ms, self._pause_ms = self._pause_ms, 0
            await self._core.clock.sleep(pause_ms / 1000)

    def _due(self) -> list[OutboxRow]:
        """Rows to send now; a file that is not on the relay yet is handed to the uploads."""
        rows: list[OutboxRow] = []
        due = self._core.store.outbox.due(
            self._core.now_ms(), contact_id=self._contact_id, busy=self.busy
        )
        for row in due:
            if row.kind is OutboxKind.ATTACHMENT and not self._uploads.is_ready(row):
                self._upload(row)
            else:
                rows.append(row)
        return rows

    def _upload(self, row: OutboxRow) -> None:
        def uploaded() -> None:
            self.busy.discard(row.outbox_id)
            self._sender.wake()

        self.busy.add(row.outbox_id)
        contact = self._core.store.contacts.get(self._contact_id)
        self._uploads.ensure(row, contact, uploaded)

    async def _send(
        self, rows: list[OutboxRow], contact: Contact, card: Card, session: Session
    ) -> None:
        """Send rows one behind the other without waiting in between; then read the answers."""
        asked: list[tuple[OutboxRow, Asked]] = []
        try:
            for row in rows:
                envelope = self._envelope(row, contact, card, session)
                if envelope is not None:
                    self.busy.add(row.outbox_id)
                    asked.append((row, session.ask(Send, envelope=envelope)))
            for row, request in asked:
                await self._answer(row, request)
        finally:
            for row, request in asked:
                request.answer.cancel()
                self.busy.discard(row.outbox_id)

    def _envelope(
        self, row: OutboxRow, contact: Contact, card: Card, session: Session
    ) -> bytes | None:
        try:
            return self._sealer.attempt(row, card, session=session, with_card=not contact.answered)
        except (InvalidKeyError, MalformedContentError) as error:
            self._fail(row, f"cannot be sealed: {error}")
            return None

    async def _answer(self, row: OutboxRow, request: Asked) -> None:
        try:
            answer = await request.answer
        except RelayError as error:
            self._refused(row, error)
        else:
            if isinstance(answer, Accepted):
                self._accepted(row, answer)

    def _accepted(self, row: OutboxRow, accepted: Accepted) -> None:
        now_ms = self._core.now_ms()
        self._refused_envelopes.pop(row.outbox_id, None)
        self._core.store.outbox.record_accepted(
            row.outbox_id,
            now_ms=now_ms,
            expires_in_ms=accepted.expires_in_ms,
            jitter=self._core.random(),
        )
        self._uploads.sent(row)
        self._sender.advance(row, Fate.ACCEPTED)

    def _refused(self, row: OutboxRow, error: RelayError) -> None:
        now_ms = self._core.now_ms()
        outbox = self._core.store.outbox
        if isinstance(error, RateLimitedError):
            self._pause_ms = max(self._pause_ms, error.retry_after_ms, _SHORTEST_RETRY_MS)
        if isinstance(error, _PASSING):
            retry_ms = max(_SHORTEST_RETRY_MS, min(error.retry_after_ms, _LONGEST_RETRY_MS))
            outbox.record_refused(row.outbox_id, now_ms + retry_ms)
        elif isinstance(error, _NEW_ENVELOPE) and self._may_make_another(row):
            outbox.record_refused(row.outbox_id, now_ms + _NEW_ENVELOPE_RETRY_MS)
        else:
            self._fail(row, _reason(error))

    def _may_make_another(self, row: OutboxRow) -> bool:
        count = self._refused_envelopes.get(row.outbox_id, 0) + 1
        self._refused_envelopes[row.outbox_id] = count
        return count <= _MAX_ENVELOPES_REFUSED

    def _fail(self, row: OutboxRow, reason: str) -> None:
        self._refused_envelopes.pop(row.outbox_id, None)
        self._core.store.outbox.record_failed(row.outbox_id)
        self._sender.advance(row, Fate.FAILED, reason)


def _reason(error: RelayError) -> str:
    if isinstance(error, PayloadTooLargeError):
        return "the relay refused it: too large"
    return f"the relay refused it: {error}"
