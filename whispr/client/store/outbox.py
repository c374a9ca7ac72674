"""What has yet to reach a contact: on the disk before its first byte leaves.

A row is one content. It waits (`QUEUED`), is sent, and then either lies on the relay (`ACCEPTED`)
or was refused for now (`REFUSED`); it leaves the table when it is delivered, expires, fails or is
cancelled. While it lies on the relay nothing is sent again. Afterwards the pauses double from the
relay's life of a message to 15 minutes, and any sign of the contact ends them.

Which rows are being sent at this moment is no state of the disk: the sender keeps that and passes
it as `busy`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from whispr.client.store.outbox_row import (
    OUTBOX_COLUMNS,
    OutboxKind,
    OutboxRow,
    OutboxState,
    outbox_row,
    pause_ms,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from whispr.client.store.database import Database

__all__ = ["MAX_IN_FLIGHT", "Outbox", "OutboxKind", "OutboxRow", "OutboxState"]

MAX_IN_FLIGHT = 16
"""Contents under way to one mailbox at a time."""

# When each content may be sent: at its own time, and not before an earlier one that was refused.
_TIMED = (
    "WITH timed AS (SELECT outbox_id, contact_id, expires_at_ms, max(next_attempt_ms, coalesce("
    "max(CASE WHEN state = ?1 THEN next_attempt_ms END)"
    " OVER (PARTITION BY contact_id ORDER BY outbox_id), 0)) AS due_ms FROM outbox)"
)


class Outbox:
    """The queue of all contents to all contacts, in the order they were put in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self,
        contact_id: int,
        content_id: bytes,
        *,
        kind: OutboxKind,
        content: bytes,
        now_ms: int,
        expires_at_ms: int,
        older_protection: bool = False,
    ) -> int:
        """Queue a content and return its outbox id; the id it has when it is queued already.

        Call it in the transaction that stores the message it belongs to.
        """
        with self._database.transaction():
            added = self._database.insert(
                "INSERT INTO outbox (contact_id, content_id, kind, content, state, created_ms,"
                " expires_at_ms, next_attempt_ms, older_protection)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8)"
                " ON CONFLICT (contact_id, content_id) DO NOTHING",
                (
                    *(contact_id, content_id, kind, content, OutboxState.QUEUED, now_ms),
                    *(expires_at_ms, older_protection),
                ),
            )
            return added or int(
                self._database.value(
                    "SELECT outbox_id FROM outbox WHERE contact_id = ? AND content_id = ?",
                    (contact_id, content_id),
                )
            )

    def get(self, outbox_id: int) -> OutboxRow | None:
        """The content of that outbox id, or None when it has left."""
        row = self._database.row(
            f"SELECT {OUTBOX_COLUMNS} FROM outbox WHERE outbox_id = ?", (outbox_id,)
        )
        return None if row is None else outbox_row(row)

    def pending(self, contact_id: int | None = None) -> tuple[OutboxRow, ...]:
        """Everything that waits, in order."""
        return self._many("?1 IS NULL OR contact_id = ?1 ORDER BY outbox_id", contact_id)

    def waiting_receipts(self, contact_id: int) -> tuple[OutboxRow, ...]:
        """Receipts of which nothing has left, so that others can still be joined to them."""
        return self._many(
            "contact_id = ? AND kind = ? AND envelope IS NULL ORDER BY outbox_id",
            *(contact_id, OutboxKind.RECEIPT),
        )

    def due(
        self,
        now_ms: int,
        *,
        contact_id: int | None = None,
        busy: Collection[int] = (),
        limit: int = MAX_IN_FLIGHT,
    ) -> tuple[OutboxRow, ...]:
        """What is to be sent now, in order: at most `limit` for each contact, none of the `busy`.

        Nothing overtakes a content that the relay refused for now: what comes after it for the
        same contact waits too.
        """
        rows = self._database.rows(
            f"{_TIMED} SELECT outbox_id, contact_id FROM timed"
            " WHERE (?2 IS NULL OR contact_id = ?2) AND due_ms <= ?3 AND expires_at_ms > ?3"
            " ORDER BY outbox_id",
            (OutboxState.REFUSED, contact_id, now_ms),
        )
        counts: Counter[int] = Counter()
        chosen: list[int] = []
        for outbox_id, owner_id in rows:
            if outbox_id not in busy and counts[owner_id] < limit:
                counts[owner_id] += 1
                chosen.append(outbox_id)
        return tuple(row for row in map(self.get, chosen) if row is not None)

    def next_due_ms(
        self, *, busy: Collection[int] = (), without_contacts: Collection[int] = ()
    ) -> int | None:
        """When `due` or `expire` has something to give next; None when nothing waits.

        Contents in `busy` and those to `without_contacts` do not count.
        """
        rows = self._database.rows(
            f"{_TIMED} SELECT outbox_id, contact_id, min(due_ms, expires_at_ms) FROM timed",
            (OutboxState.REFUSED,),
        )
        times = (
            due_ms
            for outbox_id, contact_id, due_ms in rows
            if outbox_id not in busy and contact_id not in without_contacts
        )
        return min(times, default=None)

    def record_envelope(
        self, outbox_id: int, *, envelope: bytes, envelope_id: bytes, envelope_time_ms: int
    ) -> None:
        """Keep the bytes of an attempt; call it before the first of them leaves."""
        self._database.change(
            "UPDATE outbox SET envelope = ?, envelope_id = ?, envelope_time_ms = ?,"
            " attempts = attempts + 1 WHERE outbox_id = ?",
            (envelope, envelope_id, envelope_time_ms, outbox_id),
        )

    def record_accepted(
        self, outbox_id: int, *, now_ms: int, expires_in_ms: int, jitter: float
    ) -> OutboxRow | None:
        """The relay keeps it for `expires_in_ms`; returns the row, None when it is gone.

        It is tried again when that time and a pause are over; `jitter` (0 to 1) shortens the
        pause by up to a half. A receipt leaves the outbox here.
        """
        with self._database.transaction():
            row = self.get(outbox_id)
            if row is None:
                return None
            if row.kind.ends_when_accepted:
                self._remove((outbox_id,))
                return row
            until_ms = now_ms + expires_in_ms
            self._database.change(
                "UPDATE outbox SET state = ?, on_relay_until_ms = ?, next_attempt_ms = ?,"
                " rounds = rounds + 1, envelope = NULL WHERE outbox_id = ?",
                (
                    *(OutboxState.ACCEPTED, until_ms),
                    *(until_ms + self._pause_ms(outbox_id, expires_in_ms, jitter), outbox_id),
                ),
            )
            return self.get(outbox_id)

    def record_refused(
        self, outbox_id: int, retry_at_ms: int, *, keep_envelope: bool = False
    ) -> None:
        """The relay would not have it before `retry_at_ms`; another envelope is made then.

        `keep_envelope`: the relay may have it all the same, so the same bytes are repeated.
        """
        self._database.change(
            "UPDATE outbox SET state = ?, next_attempt_ms = ?, on_relay_until_ms = 0,"
            " envelope = CASE WHEN ? THEN envelope END WHERE outbox_id = ?",
            (OutboxState.REFUSED, retry_at_ms, keep_envelope, outbox_id),
        )

    def record_postponed(self, outbox_id: int, retry_at_ms: int) -> None:
        """Not before `retry_at_ms`, for a reason of its own: later contents need not wait."""
        self._database.change(
            "UPDATE outbox SET next_attempt_ms = ?1, state = iif(state = ?2, ?3, state)"
            " WHERE outbox_id = ?4",
            (retry_at_ms, OutboxState.REFUSED, OutboxState.QUEUED, outbox_id),
        )

    def record_evicted(self, envelope_id: bytes, retry_at_ms: int) -> OutboxRow | None:
        """The relay has pushed this envelope out; returns its content, due at `retry_at_ms`."""
        with self._database.transaction():
            outbox_id = self._database.value(
                "UPDATE outbox SET on_relay_until_ms = 0, next_attempt_ms = ?"
                " WHERE envelope_id = ? AND state = ? RETURNING outbox_id",
                (retry_at_ms, envelope_id, OutboxState.ACCEPTED),
            )
            return None if outbox_id is None else self.get(outbox_id)

    def record_forgotten(self, contact_id: int, now_ms: int) -> int:
        """The contact's relay holds nothing any more: what lay on it is due; returns how many."""
        return self._database.change(
            "UPDATE outbox SET on_relay_until_ms = 0, next_attempt_ms = ?1"
            " WHERE contact_id = ?2 AND state = ?3 AND on_relay_until_ms > ?1",
            (now_ms, contact_id, OutboxState.ACCEPTED),
        )

    def record_failed(self, outbox_id: int) -> OutboxRow | None:
        """It can never be sent: take it out and return it."""
        with self._database.transaction():
            row = self.get(outbox_id)
            self._remove((outbox_id,))
            return row

    def record_delivered(
        self, contact_id: int, content_ids: Iterable[bytes]
    ) -> tuple[OutboxRow, ...]:
        """Contents that this contact has confirmed: take them out and return them."""
        with self._database.transaction():
            found = [
                row
                for content_id in dict.fromkeys(content_ids)
                for row in self._many("contact_id = ? AND content_id = ?", contact_id, content_id)
            ]
            self._remove(row.outbox_id for row in found)
            return tuple(found)

    def cancel(self, contact_id: int, content_id: bytes) -> bool:
        """Give up one content."""
        return bool(self.record_delivered(contact_id, (content_id,)))

    def wake_contact(self, contact_id: int, now_ms: int) -> int:
        """A sign of the contact: all his contents are due, except while they lie on the relay.

        The pauses begin again at the shortest. Returns how many are due at once.
        """
        with self._database.transaction():
            self._database.change(
                "UPDATE outbox SET rounds = 0,"
                " next_attempt_ms = min(next_attempt_ms, max(?, on_relay_until_ms))"
                " WHERE contact_id = ?",
                (now_ms, contact_id),
            )
            return int(
                self._database.value(
                    "SELECT count(*) FROM outbox WHERE contact_id = ? AND next_attempt_ms <= ?",
                    (contact_id, now_ms),
                )
            )

    def owes_receipts(self) -> bool:
        """Whether anything waits that ends as soon as the relay has it."""
        kinds = [kind for kind in OutboxKind if kind.ends_when_accepted]
        marks = ", ".join("?" * len(kinds))
        return bool(
            self._database.value(
                f"SELECT EXISTS (SELECT 1 FROM outbox WHERE kind IN ({marks}))", kinds
            )
        )

    def next_expiry_ms(self) -> int | None:
        """When `expire` has something to give next, busy or not."""
        value = self._database.value("SELECT min(expires_at_ms) FROM outbox")
        return None if value is None else int(value)

    def expire(self, now_ms: int) -> tuple[OutboxRow, ...]:
        """Take out and return what is past its life."""
        with self._database.transaction():
            rows = self._many("expires_at_ms <= ? ORDER BY outbox_id", now_ms)
            self._remove(row.outbox_id for row in rows)
            return rows

    def _pause_ms(self, outbox_id: int, expires_in_ms: int, jitter: float) -> int:
        rounds = self._database.value("SELECT rounds FROM outbox WHERE outbox_id = ?", (outbox_id,))
        return pause_ms(int(rounds), expires_in_ms, jitter)

    def _many(self, condition: str, *values: object) -> tuple[OutboxRow, ...]:
        rows = self._database.rows(f"SELECT {OUTBOX_COLUMNS} FROM outbox WHERE {condition}", values)
        return tuple(outbox_row(row) for row in rows)

    def _remove(self, outbox_ids: Iterable[int]) -> None:
        for outbox_id in outbox_ids:
            self._database.change("DELETE FROM outbox WHERE outbox_id = ?", (outbox_id,))
