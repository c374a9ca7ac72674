"""Sends what is due to one contact, in order, at most 16 contents without an answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from whispr.client import refusals
from whispr.client.claims import WAITING
from whispr.client.clock import within
from whispr.client.refusals import Remedy
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.message import Fate
from whispr.client.store.outbox import MAX_IN_FLIGHT
from whispr.client.store.outbox_row import OutboxKind
from whispr.errors import (
    CryptoError,
    ProtocolError,
    RateLimitedError,
    RelayError,
    StaleClockError,
    TransportError,
    UnknownContactError,
)
from whispr.protocol.card import Card, parse_card
from whispr.protocol.frames import Accepted, Ping, Send

if TYPE_CHECKING:
    from whispr.client.claims import Claims
    from whispr.client.core import Core
    from whispr.client.links import Links
    from whispr.client.requests import Asked
    from whispr.client.sealing import Sealer
    from whispr.client.sender import Sender, Uploads
    from whispr.client.session import Session
    from whispr.client.store.outbox_row import OutboxRow
    from whispr.client.tasks import Tasks

NEW_ENVELOPE_RETRY_MS = 2_000
MAX_NEW_ENVELOPES = 5
FIRST_UNREACHED_SECONDS = 5.0
LONGEST_UNREACHED_SECONDS = 60.0
LONGEST_ON_RELAY_MS = 30 * 24 * 3600 * 1000
"""No content lives longer, whatever a relay claims."""
SHORTEST_ON_RELAY_MS = 1_000
"""No relay keeps a content for less: one that says so would have it sent again at every sign."""


class Courier:
    """The sending to one contact; its task lives while something is due."""

    def __init__(
        self,
        contact_id: int,
        core: Core,
        links: Links,
        uploads: Uploads,
        sealer: Sealer,
        claims: Claims,
        sender: Sender,
        tasks: Tasks,
    ) -> None:
        self._contact_id = contact_id
        self._core = core
        self._links = links
        self._uploads = uploads
        self._sealer = sealer
        self._claims = claims
        self._sender = sender
        self._tasks = tasks
        self._task: asyncio.Task[None] | None = None
        self._new_envelopes: dict[int, int] = {}
        self._news = asyncio.Event()
        self._window = MAX_IN_FLIGHT
        """How many are sent without an answer; fewer while the relay finds us too fast."""
        self._pause_ms = 0
        self._setbacks = 0
        """Rounds in a row of which the relay took nothing."""
        self._unreached_seconds = FIRST_UNREACHED_SECONDS
        self.uploading: set[int] = set()
        """Outbox ids that wait for their file."""

    @property
    def at_work(self) -> bool:
        """Whether what is due to this contact is in hand; the sender is woken afterwards."""
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """Something is due."""
        if not self.at_work:
            self._task = self._tasks.keep(self._run, "courier")

    def nudge(self) -> None:
        """A relay may be reached again: do not wait longer for ours."""
        self._news.set()

    async def _run(self) -> None:
        while await self._round():
            pass
        outbox = self._core.store.outbox
        self._new_envelopes = {
            outbox_id: count
            for outbox_id, count in self._new_envelopes.items()
            if outbox.get(outbox_id) is not None
        }
        self._sender.wake()

    async def _round(self) -> bool:
        """Send what is due, 16 at most; returns whether something was."""
        await self._keep_pace()
        contact = self._recipient()
        if contact is None or not self._due():
            return False
        card = parse_card(contact.card)
        try:
            session = await self._links.session_to(card.device.relay)
            await self._claims.ensure(contact, card, session)
        except TransportError:
            # The relay refuses us or was away for long; the person hears that from its link.
            await self._wait_for_relay()
            return True
        self._unreached_seconds = FIRST_UNREACHED_SECONDS
        # That may have taken long: the contact may have moved or answered, contents expired.
        now = self._recipient()
        if now is not None and now.card == contact.card and (rows := self._due()):
            await self._send(rows[: self._window], now, card, session)
        return True

    async def _keep_pace(self) -> None:
        """The relay limits how fast this key may send: wait, whatever else becomes due."""
        if self._pause_ms:
            await self._core.clock.sleep(self._pause_ms / 1000)
            self._pause_ms = 0

    async def _wait_for_relay(self) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            await within(self._core.clock, self._unreached_seconds, self._news.wait())
        self._unreached_seconds = min(self._unreached_seconds * 2, LONGEST_UNREACHED_SECONDS)

    def _recipient(self) -> Contact | None:
        """The contact as he is known now; None when nothing is sent to him any more."""
        try:
            contact = self._core.store.contacts.get(self._contact_id)
        except UnknownContactError:
            return None
        return contact if contact.state is ContactState.ACCEPTED else None

    def _due(self) -> list[OutboxRow]:
        """Rows to send now; a file that is not on the relay yet is handed to the uploads."""
        rows: list[OutboxRow] = []
        due = self._core.store.outbox.due(
            self._core.now_ms(), contact_id=self._contact_id, busy=self.uploading
        )
        for row in due:
            if row.kind is OutboxKind.ATTACHMENT and not self._uploads.is_ready(row):
                self._upload(row)
            else:
                rows.append(row)
        return rows

    def _upload(self, row: OutboxRow) -> None:
        def uploaded() -> None:
            self.uploading.discard(row.outbox_id)
            self._sender.wake()

        self.uploading.add(row.outbox_id)
        contact = self._core.store.contacts.get(self._contact_id)
        self._uploads.ensure(row, contact, uploaded)

    async def _send(
        self, rows: list[OutboxRow], contact: Contact, card: Card, session: Session
    ) -> None:
        """Send rows one behind the other without waiting in between; then read the answers."""
        asked: list[tuple[OutboxRow, Asked]] = []
        accepted = 0
        try:
            for row, envelope in self._sealed(rows, contact, card, session):
                try:
                    asked.append((row, session.ask(Send, envelope=envelope)))
                except TransportError:
                    break  # the link connects again by itself; all is on the disk
            for row, request in asked:
                accepted += await self._answer(row, request, session)
        finally:
            for _, request in asked:
                request.answer.cancel()
        self._adapt(accepted, len(asked))

    def _sealed(
        self, rows: list[OutboxRow], contact: Contact, card: Card, session: Session
    ) -> list[tuple[OutboxRow, bytes]]:
        """The envelopes of all rows, on the disk in one flush before the first is sent."""
        sealed: list[tuple[OutboxRow, bytes]] = []
        failed: list[tuple[OutboxRow, str]] = []
        with self._core.store.transaction():
            for row in rows:
                if self._sealer.waits(row, card):
                    self._put_off(row, card)
                    continue
                try:
                    envelope = self._sealer.attempt(
                        row, card, session=session, with_card=not contact.answered
                    )
                except (CryptoError, ProtocolError) as error:
                    failed.append((row, f"cannot be sealed: {error}"))
                else:
                    sealed.append((row, envelope))
        for row, reason in failed:
            self._fail(row, reason)
        return sealed

    def _put_off(self, row: OutboxRow, card: Card) -> None:
        """It has to wait for the keys of its recipient; the person sees why."""
        self._core.store.outbox.record_postponed(row.outbox_id, self._claims.again_at_ms(card))
        self._sender.waits(row, WAITING)

    async def _answer(self, row: OutboxRow, request: Asked, session: Session) -> bool:
        """Read one answer; returns whether the relay took the content."""
        try:
            answer = await request.answer
        except TransportError:
            return False  # it may lie there: the same bytes are sent again
        except RelayError as error:
            if isinstance(error, StaleClockError):
                with contextlib.suppress(TransportError):
                    session.post(Ping)  # a computer that slept: PONG tells the time
            self._refused(row, error)
            return False
        if isinstance(answer, Accepted):
            self._accepted(row, answer)
        return True

    def _accepted(self, row: OutboxRow, accepted: Accepted) -> None:
        def record() -> None:
            self._core.store.outbox.record_accepted(
                row.outbox_id,
                now_ms=self._core.now_ms(),
                expires_in_ms=max(
                    SHORTEST_ON_RELAY_MS, min(accepted.expires_in_ms, LONGEST_ON_RELAY_MS)
                ),
                jitter=self._core.random(),
            )

        self._new_envelopes.pop(row.outbox_id, None)
        self._uploads.sent(row)
        self._sender.advance(row, Fate.ACCEPTED, record=record)

    def _refused(self, row: OutboxRow, error: RelayError) -> None:
        now_ms = self._core.now_ms()
        outbox = self._core.store.outbox
        remedy = refusals.remedy(error)
        if remedy in (Remedy.WAIT, Remedy.WAIT_AND_REPEAT):
            retry_ms = refusals.retry_ms(error, self._setbacks)
            repeat = remedy is Remedy.WAIT_AND_REPEAT
            outbox.record_refused(row.outbox_id, now_ms + retry_ms, keep_envelope=repeat)
            if isinstance(error, RateLimitedError):
                self._pause_ms = max(self._pause_ms, retry_ms)
        elif remedy is Remedy.NEW_ENVELOPE and self._may_make_another(row):
            outbox.record_refused(row.outbox_id, now_ms + NEW_ENVELOPE_RETRY_MS)
        else:
            self._fail(row, refusals.reason(error))

    def _may_make_another(self, row: OutboxRow) -> bool:
        count = self._new_envelopes.get(row.outbox_id, 0) + 1
        self._new_envelopes[row.outbox_id] = count
        return count <= MAX_NEW_ENVELOPES

    def _adapt(self, accepted: int, asked: int) -> None:
        """Find how many at once the relay takes, and longer pauses while it takes none."""
        if accepted:
            self._setbacks = 0
        elif asked:
            self._setbacks += 1
        if self._pause_ms:
            self._window = max(1, min(accepted, self._window))
        elif accepted == asked:
            self._window = min(self._window * 2, MAX_IN_FLIGHT)

    def _fail(self, row: OutboxRow, reason: str) -> None:
        self._new_envelopes.pop(row.outbox_id, None)
        self._sender.advance(
            row,
            Fate.FAILED,
            reason,
            record=lambda: self._core.store.outbox.record_failed(row.outbox_id),
        )
