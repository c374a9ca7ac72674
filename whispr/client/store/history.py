"""The messages of all conversations, in the order in which this profile got them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.contacts import ContactState
from whispr.client.store.message import (
    MESSAGE_COLUMNS,
    ConversationSummary,
    Direction,
    Fate,
    Message,
    MessageKind,
    message_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whispr.client.store.database import Database, Row

_BOTH = (Direction.IN, Direction.OUT)
_INSERT = (
    "INSERT INTO message (contact_id, direction, content_id, kind, text, file_name, sent_at_ms,"
    " stored_at_ms, order_number, fate, reason, verified, is_read)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (contact_id, direction, content_id) DO NOTHING"
)


class History:
    """The conversations of a profile.

    A content is one row, whatever happens to it: an attempt to add it again changes nothing, and
    what becomes of an outgoing message is a change of its fate, never another row.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_incoming(
        self,
        contact_id: int,
        content_id: bytes,
        *,
        kind: MessageKind,
        text: str,
        sent_at_ms: int,
        stored_at_ms: int,
        order_number: int = 0,
        verified: bool = True,
        reason: str = "",
    ) -> Message | None:
        """Store a message from a contact; None when this content of his is there already."""
        return self._add(
            (
                *(contact_id, Direction.IN, content_id, kind, text, "", sent_at_ms, stored_at_ms),
                *(order_number, None, reason, verified, False),
            )
        )

    def add_outgoing(
        self,
        contact_id: int,
        content_id: bytes,
        *,
        kind: MessageKind,
        text: str,
        sent_at_ms: int,
        order_number: int,
        fate: Fate = Fate.QUEUED,
        reason: str = "",
    ) -> Message | None:
        """Store a message to a contact; None when this content to him is there already."""
        return self._add(
            (
                *(contact_id, Direction.OUT, content_id, kind, text, "", sent_at_ms, sent_at_ms),
                *(order_number, fate, reason, True, True),
            )
        )

    def _add(self, values: Row) -> Message | None:
        with self._database.transaction():
            message_id = self._database.insert(_INSERT, values)
            return self.get(message_id) if message_id else None

    def get(self, message_id: int) -> Message | None:
        """The message of that id, or None."""
        return self._one("message_id = ?", message_id)

    def find(self, contact_id: int, direction: Direction, content_id: bytes) -> Message | None:
        """The message that holds this content."""
        condition = "contact_id = ? AND direction = ? AND content_id = ?"
        return self._one(condition, contact_id, direction, content_id)

    def conversation(
        self,
        contact_id: int,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
        limit: int = 100,
    ) -> tuple[Message, ...]:
        """A page of one conversation, oldest first.

        The last messages before `before_id`, or of all; with `after_id` the first ones after it.
        """
        if after_id is not None:
            condition = "contact_id = ? AND message_id > ? ORDER BY message_id LIMIT ?"
            return self._many(condition, contact_id, after_id, limit)
        condition = "contact_id = ?1 AND (?2 IS NULL OR message_id < ?2)"
        order = " ORDER BY message_id DESC LIMIT ?3"
        return self._many(condition + order, contact_id, before_id, limit)[::-1]

    def after(
        self, message_id: int, *, limit: int = 100, directions: Iterable[Direction] = _BOTH
    ) -> tuple[Message, ...]:
        """The messages of accepted contacts after a cursor, oldest first."""
        wanted = tuple(directions)
        marks = ", ".join("?" * len(wanted))
        return self._many(
            f"message_id > ? AND direction IN ({marks}) AND contact_id IN"
            " (SELECT contact_id FROM contact WHERE state = ?) ORDER BY message_id LIMIT ?",
            *(message_id, *wanted, ContactState.ACCEPTED, limit),
        )

    def last_id(self) -> int:
        """The id of the newest message, 0 in an empty history: a cursor at the end."""
        return int(self._database.value("SELECT coalesce(max(message_id), 0) FROM message"))

    def count(self, contact_id: int | None = None) -> int:
        """How many messages there are, of one conversation or of all."""
        return int(
            self._database.value(
                "SELECT count(*) FROM message WHERE ?1 IS NULL OR contact_id = ?1", (contact_id,)
            )
        )

    def count_before(self, contact_id: int, message_id: int) -> int:
        """How many messages of a conversation are older than that one: its place, from 0."""
        return int(
            self._database.value(
                "SELECT count(*) FROM message WHERE contact_id = ? AND message_id < ?",
                (contact_id, message_id),
            )
        )

    def conversation_at(self, contact_id: int, index: int, limit: int) -> tuple[Message, ...]:
        """A page of one conversation from the message at that place on, oldest first."""
        condition = "contact_id = ? ORDER BY message_id LIMIT ? OFFSET ?"
        return self._many(condition, contact_id, limit, index)

    def advance_fate(
        self, content_id: bytes, contact_id: int, fate: Fate, reason: str = ""
    ) -> bool:
        """Move an outgoing message to this fate; False when that would be no step forward.

        Only a message *to this contact* moves: a receipt speaks for nobody else.
        """
        earlier = [other for other in Fate if fate.may_follow(other)]
        marks = ", ".join("?" * len(earlier))
        changed = self._database.change(
            "UPDATE message SET fate = ?, reason = ? WHERE contact_id = ? AND direction = ?"
            f" AND content_id = ? AND fate IN ({marks})",
            (fate, reason, contact_id, Direction.OUT, content_id, *earlier),
        )
        return changed > 0

    def fail_stranded(self, reason: str) -> int:
        """Mark as failed what waits for a delivery that nobody works on: it has no outbox row.

        For an import, whose outbox stayed behind. Returns how many there were.
        """
        return self._database.change(
            "UPDATE message SET fate = ?, reason = ? WHERE direction = ? AND fate IN (?, ?)"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.contact_id = message.contact_id"
            " AND outbox.content_id = message.content_id)",
            (Fate.FAILED, reason, Direction.OUT, Fate.QUEUED, Fate.ACCEPTED),
        )

    def mark_read(self, contact_id: int, up_to_id: int | None = None) -> tuple[bytes, ...]:
        """Mark a conversation as read, up to one message or whole.

        Returns the content ids of the messages that were unread, for read receipts; what this
        client wrote itself, or could not open, has none that its sender knows.
        """
        rows = self._database.rows(
            "UPDATE message SET is_read = 1 WHERE contact_id = ?1 AND is_read = 0"
            " AND (?2 IS NULL OR message_id <= ?2) RETURNING content_id, kind",
            (contact_id, up_to_id),
        )
        without = (MessageKind.NOTICE, MessageKind.UNDECRYPTABLE)
        return tuple(content_id for content_id, kind in rows if kind not in without)

    def unread_counts(self) -> dict[int, int]:
        """Unread messages of each contact that has any."""
        return dict(
            self._database.rows(
                "SELECT contact_id, count(*) FROM message WHERE is_read = 0 GROUP BY contact_id"
            )
        )

    def summaries(self) -> tuple[ConversationSummary, ...]:
        """The accepted contacts for a contact list, the latest conversation first."""
        unread = self.unread_counts()
        rows = self._database.rows(
            f"SELECT contact.contact_id, {MESSAGE_COLUMNS} FROM contact"
            " LEFT JOIN message ON message.message_id = (SELECT max(newest.message_id)"
            " FROM message AS newest WHERE newest.contact_id = contact.contact_id)"
            " WHERE contact.state = ? ORDER BY message.message_id DESC, contact.name_key",
            (ContactState.ACCEPTED,),
        )
        return tuple(
            ConversationSummary(
                contact_id,
                None if message[0] is None else message_of(message),
                unread.get(contact_id, 0),
            )
            for contact_id, *message in rows
        )

    def delete_message(self, message_id: int) -> bool:
        """Wipe one message and what was still to be sent of it."""
        with self._database.transaction():
            self._cancel("message_id = ?", message_id)
            deleted = self._database.change(
                "DELETE FROM message WHERE message_id = ?", (message_id,)
            )
            return deleted > 0

    def delete_conversation(self, contact_id: int) -> int:
        """Wipe a conversation and what was still to be sent of it; returns how many messages.

        The contact stays, and so do the seen rows: what comes again is not shown again.
        """
        with self._database.transaction():
            self._cancel("contact_id = ?", contact_id)
            self._database.change("DELETE FROM order_gap WHERE contact_id = ?", (contact_id,))
            return self._database.change("DELETE FROM message WHERE contact_id = ?", (contact_id,))

    def delete_before(self, stored_before_ms: int) -> int:
        """Wipe what was stored before then, but nothing that still waits to be sent.

        Their files are noted as discarded. Returns how many messages went.
        """
        return self._database.change(
            "DELETE FROM message WHERE stored_at_ms < ? AND NOT (direction = ? AND fate = ?)",
            (stored_before_ms, Direction.OUT, Fate.QUEUED),
        )

    def iterate(self, contact_id: int, *, page: int = 500) -> Iterator[Message]:
        """Every message of a conversation, oldest first, read page by page."""
        last_id = 0
        while messages := self.conversation(contact_id, after_id=last_id, limit=page):
            yield from messages
            last_id = messages[-1].message_id

    def import_rows(self, contact_id: int, messages: Iterable[Message]) -> int:
        """Add messages of an export to a conversation; returns how many were new.

        Content ids, times, fates and read marks are kept, message ids are given anew. What is
        there already is left as it is, so a second import adds nothing.
        """
        with self._database.transaction():
            return sum(
                self._database.insert(_INSERT, (contact_id, *_portable(message))) > 0
                for message in messages
            )

    def _cancel(self, condition: str, value: int) -> None:
        self._database.change(
            "DELETE FROM outbox WHERE (contact_id, content_id) IN (SELECT contact_id, content_id"
            f" FROM message WHERE direction = ? AND {condition})",
            (Direction.OUT, value),
        )

    def _one(self, condition: str, *values: object) -> Message | None:
        found = self._many(condition, *values)
        return found[0] if found else None

    def _many(self, condition: str, *values: object) -> tuple[Message, ...]:
        rows = self._database.rows(
            f"SELECT {MESSAGE_COLUMNS} FROM message WHERE {condition}", values
        )
        return tuple(message_of(row) for row in rows)


def _portable(message: Message) -> Row:
    return (
        *(message.direction, message.content_id, message.kind, message.text, message.file_name),
        *(message.sent_at_ms, message.stored_at_ms, message.order_number, message.fate),
        *(message.reason, message.verified, message.read),
    )
