"""The order counters of a conversation: the next one to send, and which ones never came.

A gap is a hint for the person, never a reason to refuse: what comes late fills it. Numbers start
at 1, and a hostile one costs at most one of the `MAX_GAPS` ranges kept for a contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.errors import UnknownContactError

if TYPE_CHECKING:
    from whispr.client.store.database import Database

MAX_GAPS = 64
MAX_ORDER = 2**63 - 2
"""The largest number that SQLite can hold, less one for the next."""


@dataclass(frozen=True, slots=True)
class OrderGap:
    """Numbers of a contact that have not come, both ends included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many numbers are missing."""
        return self.last - self.first + 1


class Orders:
    """Counts what goes out to each contact, and notes what came in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, contact_id: int) -> int:
        """The next number for a content to this contact; no number is given out twice."""
        taken = self._database.value(
            "UPDATE contact SET next_order = next_order + 1 WHERE contact_id = ?"
            " RETURNING next_order - 1",
            (contact_id,),
        )
        if taken is None:
            raise UnknownContactError("no such contact")
        return int(taken)

    def note(self, contact_id: int, order_number: int) -> None:
        """Remember that this number came; one out of range says nothing and is ignored."""
        if not 1 <= order_number <= MAX_ORDER:
            return
        with self._database.transaction():
            highest = self._highest(contact_id)
            if order_number <= highest:
                self._fill(contact_id, order_number)
                return
            if order_number > highest + 1:
                self._open_gap(contact_id, highest + 1, order_number - 1)
            self._database.change(
                "UPDATE contact SET highest_order = ? WHERE contact_id = ?",
                (order_number, contact_id),
            )

    def gaps(self, contact_id: int) -> tuple[OrderGap, ...]:
        """The missing numbers below the highest that came, oldest first."""
        rows = self._database.rows(
            "SELECT first_order, last_order FROM order_gap WHERE contact_id = ?"
            " ORDER BY first_order",
            (contact_id,),
        )
        return tuple(OrderGap(first, last) for first, last in rows)

    def forget_gaps(self, contact_id: int) -> None:
        """Report nothing that is missing up to now, as after a wipe."""
        self._database.change("DELETE FROM order_gap WHERE contact_id = ?", (contact_id,))

    def counters(self, contact_id: int) -> tuple[int, int]:
        """The next number to send and the highest that came: what an export carries."""
        row = self._database.row(
            "SELECT next_order, highest_order FROM contact WHERE contact_id = ?", (contact_id,)
        )
        if row is None:
            raise UnknownContactError("no such contact")
        return int(row[0]), int(row[1])

    def restore(self, contact_id: int, *, next_order: int, highest_order: int) -> None:
        """Take over the counters of an export; neither goes back."""
        self._database.change(
            "UPDATE contact SET next_order = max(next_order, ?),"
            " highest_order = max(highest_order, ?) WHERE contact_id = ?",
            (next_order, highest_order, contact_id),
        )

    def _highest(self, contact_id: int) -> int:
        return self.counters(contact_id)[1]

    def _open_gap(self, contact_id: int, first: int, last: int) -> None:
        self._insert_gap(contact_id, first, last)
        self._database.change(
            "DELETE FROM order_gap WHERE contact_id = ?1 AND first_order <= ("
            " SELECT first_order FROM order_gap WHERE contact_id = ?1"
            " ORDER BY first_order DESC LIMIT 1 OFFSET ?2)",
            (contact_id, MAX_GAPS),
        )

    def _insert_gap(self, contact_id: int, first: int, last: int) -> None:
        if first <= last:
            self._database.change(
                "INSERT INTO order_gap (contact_id, first_order, last_order) VALUES (?, ?, ?)",
                (contact_id, first, last),
            )

    def _fill(self, contact_id: int, order_number: int) -> None:
        """Take one number out of the range that holds it, if any does."""
        row = self._database.row(
            "DELETE FROM order_gap WHERE contact_id = ?1 AND last_order >= ?2"
            " AND first_order = (SELECT max(first_order) FROM order_gap"
            " WHERE contact_id = ?1 AND first_order <= ?2) RETURNING first_order, last_order",
            (contact_id, order_number),
        )
        if row is not None:
            self._insert_gap(contact_id, row[0], order_number - 1)
            self._open_gap(contact_id, order_number + 1, row[1])
