"""Brings the outbox to the relays: in order, a bounded number under way, again when it must be."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

from whispr.client import fates
from whispr.client.clock import within
from whispr.client.courier import Courier
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Fate
from whispr.client.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.claims import Claims
    from whispr.client.core import Core
    from whispr.client.links import Links
    from whispr.client.sealing import Sealer
    from whispr.client.store.contacts import Contact
    from whispr.client.store.outbox_row import OutboxRow


_SHORTEST_WAIT_SECONDS = 0.05
EXPIRED = "not delivered within its life"


class Uploads(Protocol):
    """Who sees to it that a file is on the relay before its message is."""

    def is_ready(self, row: OutboxRow) -> bool:
        """Whether the relay was just asked and has the file whole."""

    def ensure(self, row: OutboxRow, contact: Contact, then: Callable[[], None]) -> None:
        """Begin or go on uploading; calls `then` when the row can be sent, waits, or has failed."""

    def sent(self, row: OutboxRow) -> None:
        """The message went out: before the next attempt the relay is asked again."""


class Sender:
    """One courier for each contact that has something due; expires what is past its life."""

    def __init__(
        self, core: Core, links: Links, uploads: Uploads, sealer: Sealer, claims: Claims
    ) -> None:
        self._core = core
        self._links = links
        self._uploads = uploads
        self._sealer = sealer
        self._claims = claims
        self._tasks = Tasks(core)
        self._couriers: dict[int, Courier] = {}
        self._not_written_to: set[int] = set()
        self._changed = asyncio.Event()
        self._advanced = asyncio.Event()

    def start(self) -> None:
        """Begin with whatever the outbox holds."""
        self._tasks.keep(self._run, "sender")

    async def stop(self) -> None:
        """Stop; what is under way stays in the outbox."""
        await self._tasks.stop()

    def wake(self) -> None:
        """Something was queued, became due, was delivered, or a relay came back."""
        self._changed.set()
        for courier in self._couriers.values():
            courier.nudge()

    def wake_contact(self, contact_id: int) -> None:
        """A sign of the contact: what does not lie on the relay is due at once."""
        if self._core.store.outbox.wake_contact(contact_id, self._core.now_ms()):
            self.wake()

    async def receipts_sent(self) -> None:
        """Wait until no receipt is owed to anybody."""
        while self._core.store.outbox.owes_receipts():
            self._advanced.clear()
            await self._advanced.wait()

    def advance(
        self,
        row: OutboxRow,
        fate: Fate,
        reason: str = "",
        *,
        record: Callable[[], object] = lambda: None,
    ) -> None:
        """Move the message of a row forward and tell the application.

        `record` changes the row itself: both are on the disk, or neither.
        """
        store = self._core.store
        with store.transaction():
            record()
            changed = fates.advance(store, row.contact_id, row.content_id, fate, reason)
        self._advanced.set()
        if changed is not None:
            self._core.emit(changed)

    def waits(self, row: OutboxRow, why: str) -> None:
        """A message has to wait here; the application hears why, once."""
        changed = fates.wait(self._core.store, row.contact_id, row.content_id, why)
        if changed is not None:
            self._core.emit(changed)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._expire()
            self._dispatch()
            await self._wait()

    def _expire(self) -> None:
        store = self._core.store
        with store.transaction():
            changes = [
                fates.advance(store, row.contact_id, row.content_id, Fate.EXPIRED, EXPIRED)
                for row in store.outbox.expire(self._core.now_ms())
            ]
        if changes:
            self._advanced.set()
        for changed in changes:
            if changed is not None:
                self._core.emit(changed)

    def _dispatch(self) -> None:
        """Set a courier going for each contact that has something due."""
        self._not_written_to.clear()
        due = self._core.store.outbox.due(self._core.now_ms(), busy=self._uploading(), limit=1)
        for row in due:
            if self._core.store.contacts.get(row.contact_id).state is ContactState.ACCEPTED:
                self._courier(row.contact_id).wake()
            else:
                self._not_written_to.add(row.contact_id)

    def _courier(self, contact_id: int) -> Courier:
        courier = self._couriers.get(contact_id)
        if courier is None:
            courier = Courier(
                *(contact_id, self._core, self._links, self._uploads),
                *(self._sealer, self._claims, self, self._tasks),
            )
            self._couriers[contact_id] = courier
        return courier

    def _uploading(self) -> set[int]:
        return set().union(*(courier.uploading for courier in self._couriers.values()))

    def _next_ms(self) -> int | None:
        """When something is due that nobody has in hand, or something expires."""
        in_hand = {contact_id for contact_id, courier in self._couriers.items() if courier.at_work}
        outbox = self._core.store.outbox
        times = [
            outbox.next_due_ms(
                busy=self._uploading(), without_contacts=in_hand | self._not_written_to
            ),
            outbox.next_expiry_ms(),
        ]
        return min((time_ms for time_ms in times if time_ms is not None), default=None)

    async def _wait(self) -> None:
        due_ms = self._next_ms()
        if due_ms is None:
            await self._changed.wait()
            return
        wait_seconds = max(_SHORTEST_WAIT_SECONDS, (due_ms - self._core.now_ms()) / 1000)
        with contextlib.suppress(TimeoutError):
            await within(self._core.clock, wait_seconds, self._changed.wait())
