"""Stands for the engine where nothing is to run: says what it was asked for."""

from __future__ import annotations

from whispr.client.files.spool import Spool
from whispr.client.outgoing import Outgoing


class FakeTransfers:
    """Counts; its spool is real when one is given."""

    def __init__(self, spool: Spool | None = None) -> None:
        self.spool = spool
        self.removed = 0
        self.fetched: list[int] = []
        self.cancelled: list[int] = []
        self.stopped: list[tuple[int, bytes | None]] = []

    def remove_discarded(self) -> None:
        self.removed += 1

    def fetch(self, message_id: int) -> None:
        self.fetched.append(message_id)

    def cancel_download(self, message_id: int) -> bool:
        self.cancelled.append(message_id)
        return True

    def deleted(self, contact_id: int, content_id: bytes | None = None) -> None:
        self.stopped.append((contact_id, content_id))
        self.remove_discarded()


class FakeEngine:
    """What `People` and `Messages` use of an engine."""

    def __init__(self, outgoing: Outgoing, spool: Spool | None = None) -> None:
        self.outgoing = outgoing
        self.transfers = FakeTransfers(spool)
        self.published = 0
        self.outbox_changes = 0

    def publish_allowed(self) -> None:
        self.published += 1

    def outbox_changed(self) -> None:
        self.outbox_changes += 1
