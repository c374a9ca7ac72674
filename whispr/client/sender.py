"""Brings the outbox to the relays: in order, a bounded number under way, again when it must be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from whispr.client import fates
from whispr.client.courier import Courier
from whispr.client.sealing import Sealer
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Fate

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.links import Links
    from whispr.client.store.contacts import Contact
    from whispr.client.store.outbox_row import OutboxRow


_SHORTEST_WAIT_SECONDS = 0.05


class Uploads(Protocol):
    """Who sees to it that a file is on the relay before its message is."""

    def is_ready(self, row: OutboxRow) -> bool:
        """Whether the relay was just asked and has the file whole."""

    def ensure(self, row: OutboxRow, contact: Contact, then: Callable[[], None]) -> None:
        """Begin or go on uploading; calls `then` when the row can be sent, or has failed."""

    def sent(self, row: OutboxRow) -> None:
        """The message went out: before the next attempt the relay is asked again."""


class Sender:
    """One courier for each contact that has something due; expires what is past its life."""

    def __init__(self, core: Core, links: Links, uploads: Uploads) -> None:
        self._core = core
        self._links = links
        self._uploads = uploads
        self._sealer = Sealer(core)
        self._couriers: dict[int, Courier] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with whatever the outbox holds."""
        self._task = asyncio.create_task(self._run(), name="whispr sender")

    async def stop(self) -> None:
        """Stop; what is under way stays in the outbox."""
        tasks = [courier.task for courier in self._couriers.values() if courier.task]
        if self._task is not None:
            tasks.append(self._task)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """Something was queued, became due, was delivered, or a relay came back."""
        self._changed.set()

    def wake_contact(self, contact_id: int) -> None:
        """A sign of the contact: what does not lie on the relay is due at once."""
        if self._core.store.outbox.wake_contact(contact_id, self._core.now_ms()):
            self.wake()

    def advance(self, row: OutboxRow, fate: Fate, reason: str = "") -> None:
        """Move the message of a row forward and tell the application."""
        changed = fates.advance(self._core.store, row.contact_id, row.content_id, fate, reason)
        if changed is not None:
            self._core.emit(changed)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._expire()
            self._dispatch()
            await self._wait()

    def _expire(self) -> None:
        for row in self._core.store.outbox.expire(self._core.now_ms()):
            self.advance(row, Fate.EXPIRED, "not delivered within its life")

    def _dispatch(self) -> None:
        """Set a courier going for each contact that has something due."""
        now_ms = self._core.now_ms()
        for row in self._core.store.outbox.due(now_ms, busy=self._busy(), limit=1):
            courier = self._couriers.get(row.contact_id)
            if courier is None:
                courier = Courier(
                    row.contact_id, self._core, self._links, self._uploads, self._sealer, self
                )
                self._couriers[row.contact_id] = courier
            if self._core.store.contacts.get(row.contact_id).state is ContactState.ACCEPTED:
                courier.wake()

    def _busy(self) -> set[int]:
        return set().union(*(courier.busy for courier in self._couriers.values()))

    def _next_ms(self) -> int | None:
        """When something is due or expires."""
        times = [
            self._core.store.outbox.next_due_ms(busy=self._busy()),
            self._core.store.outbox.next_expiry_ms(),
        ]
        return min((time_ms for time_ms in times if time_ms is not None), default=None)

    async def _wait(self) -> None:
        due_ms = self._next_ms()
        if due_ms is None:
            await self._changed.wait()
            return
        wait_seconds = max(_SHORTEST_WAIT_SECONDS, (due_ms - self._core.now_ms()) / 1000)
        changed = asyncio.create_task(self._changed.wait())
        slept = asyncio.create_task(self._core.clock.sleep(wait_seconds))
        try:
            await asyncio.wait((changed, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            slept.cancel()
            await asyncio.gather(changed, slept, return_exceptions=True)
