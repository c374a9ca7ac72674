"""The files of messages, and what is known about moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.attachment import (
    ATTACHMENT_COLUMNS,
    TRANSITIONS,
    Attachment,
    AttachmentState,
    attachment_of,
)
from whispr.client.store.message import Direction
from whispr.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whispr.client.store.database import Database

_FROM = f"SELECT {ATTACHMENT_COLUMNS} FROM attachment JOIN message USING (message_id)"
_UPLOADS = (AttachmentState.STAGED, AttachmentState.UPLOADING)
_DOWNLOADS = (AttachmentState.OFFERED, AttachmentState.DOWNLOADING)


class Attachments:
    """One row for each message that carries a file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        message_id: int,
        *,
        name: str,
        size_bytes: int,
        media_type: str,
        descriptor: bytes,
        blob_id: bytes,
        state: AttachmentState,
        file_sha256: bytes | None = None,
        local_path: str = "",
        spool_path: str = "",
    ) -> Attachment:
        """Describe the file of a message; call it in the transaction that stores the message."""
        with self._database.transaction():
            self._database.change(
                "UPDATE message SET file_name = ? WHERE message_id = ?", (name, message_id)
            )
            self._database.change(
                "INSERT INTO attachment (message_id, size_bytes, media_type, descriptor, blob_id,"
                " state, file_sha256, local_path, spool_path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(message_id, size_bytes, media_type, descriptor, blob_id, state),
                    *(file_sha256, local_path, spool_path),
                ),
            )
            return self._existing(message_id)

    def get(self, message_id: int) -> Attachment | None:
        """The file of a message, or None."""
        row = self._database.row(f"{_FROM} WHERE attachment.message_id = ?", (message_id,))
        return None if row is None else attachment_of(row)

    def find(self, contact_id: int, direction: Direction, content_id: bytes) -> Attachment | None:
        """The file of the message that holds this content."""
        row = self._database.row(
            f"{_FROM} WHERE contact_id = ? AND direction = ? AND content_id = ?",
            (contact_id, direction, content_id),
        )
        return None if row is None else attachment_of(row)

    def pending_uploads(self) -> tuple[Attachment, ...]:
        """Own files that are not on the relay yet, oldest first."""
        return self._in_states(_UPLOADS)

    def pending_downloads(self) -> tuple[Attachment, ...]:
        """Their files that are to be fetched, oldest first."""
        return self._in_states(_DOWNLOADS)

    def set_state(self, message_id: int, state: AttachmentState, reason: str = "") -> bool:
        """Move on, if `TRANSITIONS` allows it; False when it does not."""
        with self._database.transaction():
            known = self._existing(message_id)
            if state not in TRANSITIONS[known.state]:
                return False
            self._database.change(
                "UPDATE attachment SET state = ?, reason = ? WHERE message_id = ?",
                (state, reason, message_id),
            )
            if state is AttachmentState.STORED:
                self._note_stored(known)
            return True

    def set_progress(self, message_id: int, bytes_done: int) -> None:
        """How many bytes of the file have been moved, for display."""
        self._database.change(
            "UPDATE attachment SET bytes_done = min(size_bytes, ?) WHERE message_id = ?",
            (bytes_done, message_id),
        )

    def restart(self, message_id: int, *, descriptor: bytes, blob_id: bytes) -> None:
        """Take over a descriptor that came again; parts of another blob are forgotten."""
        self._database.change(
            "UPDATE attachment SET descriptor = ?1, blob_id = ?2,"
            " parts_done = CASE WHEN blob_id = ?2 THEN parts_done ELSE x'' END,"
            " bytes_done = CASE WHEN blob_id = ?2 THEN bytes_done ELSE 0 END"
            " WHERE message_id = ?3",
            (descriptor, blob_id, message_id),
        )

    def set_paths(
        self, message_id: int, *, local_path: str | None = None, spool_path: str | None = None
    ) -> None:
        """Name the files on disk; one that is replaced is noted as discarded."""
        with self._database.transaction():
            known = self._existing(message_id)
            local = known.local_path if local_path is None else local_path
            spool = known.spool_path if spool_path is None else spool_path
            self._database.change(
                "UPDATE attachment SET local_path = ?, spool_path = ? WHERE message_id = ?",
                (local, spool, message_id),
            )
            for path in {known.local_path, known.spool_path} - {local, spool, ""}:
                self._database.change(
                    "INSERT OR IGNORE INTO discarded_file (path) VALUES (?)", (path,)
                )

    def record_part(self, message_id: int, part_number: int, *, bytes_done: int) -> None:
        """Part `part_number` (from 0) is on the disk and verified."""
        with self._database.transaction():
            bits = bytearray(self._parts(message_id))
            index, bit = divmod(part_number, 8)
            bits.extend(bytes(max(0, index + 1 - len(bits))))
            bits[index] |= 1 << bit
            self._database.change(
                "UPDATE attachment SET parts_done = ?, bytes_done = min(size_bytes, ?)"
                " WHERE message_id = ?",
                (bytes(bits), bytes_done, message_id),
            )

    def received_parts(self, message_id: int) -> frozenset[int]:
        """The parts that are on the disk, to resume a download after a stop."""
        bits = self._parts(message_id)
        return frozenset(
            number for number in range(len(bits) * 8) if bits[number // 8] >> (number % 8) & 1
        )

    def forget_parts(self, message_id: int) -> None:
        """Begin again: the partial file is missing or does not verify."""
        self._database.change(
            "UPDATE attachment SET parts_done = x'', bytes_done = 0 WHERE message_id = ?",
            (message_id,),
        )

    def stored_after(
        self, stored_id: int, *, limit: int = 100
    ) -> tuple[tuple[int, Attachment], ...]:
        """Their files in the order in which they became complete, after a cursor.

        Each with its own cursor position: a file may be complete long after its message came.
        """
        rows = self._database.rows(
            f"SELECT stored_id, {ATTACHMENT_COLUMNS} FROM stored_file"
            " JOIN attachment USING (message_id) JOIN message USING (message_id)"
            " WHERE stored_id > ? ORDER BY stored_id LIMIT ?",
            (stored_id, limit),
        )
        return tuple((position, attachment_of(tuple(row))) for position, *row in rows)

    def known_paths(self) -> frozenset[str]:
        """Every file on disk that a message still needs; anything else is a left-over."""
        rows = self._database.rows(
            "SELECT local_path FROM attachment UNION SELECT spool_path FROM attachment"
        )
        return frozenset(path for (path,) in rows if path)

    def discarded(self) -> tuple[str, ...]:
        """Files on disk to delete: their messages are wiped, or they were replaced."""
        return tuple(path for (path,) in self._database.rows("SELECT path FROM discarded_file"))

    def forget_discarded(self, paths: Iterable[str]) -> None:
        """These have been deleted."""
        with self._database.transaction():
            for path in paths:
                self._database.change("DELETE FROM discarded_file WHERE path = ?", (path,))

    def _existing(self, message_id: int) -> Attachment:
        found = self.get(message_id)
        if found is None:
            raise LocalProtocolError("that message has no attachment")
        return found

    def _parts(self, message_id: int) -> bytes:
        self._existing(message_id)
        return bytes(
            self._database.value(
                "SELECT parts_done FROM attachment WHERE message_id = ?", (message_id,)
            )
        )

    def _in_states(self, states: tuple[AttachmentState, ...]) -> tuple[Attachment, ...]:
        marks = ", ".join("?" * len(states))
        rows = self._database.rows(
            f"{_FROM} WHERE state IN ({marks}) ORDER BY attachment.message_id", states
        )
        return tuple(attachment_of(row) for row in rows)

    def _note_stored(self, attachment: Attachment) -> None:
        if attachment.direction is Direction.IN:
            self._database.change(
                "INSERT OR IGNORE INTO stored_file (message_id) VALUES (?)",
                (attachment.message_id,),
            )
