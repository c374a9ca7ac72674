"""Sessions of suite 2 with devices of contacts, and what may be taken only once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.client.store.database import Database, Row

MAX_SESSIONS = 4
"""With one device; the oldest makes room."""
_COLUMNS = (
    "session_id, contact_id, device_key, state, begun_here, created_ms, decrypted_ms, is_retired"
)


@dataclass(frozen=True, slots=True)
class RatchetRow:
    """One session; the state of one moment."""

    session_id: bytes
    contact_id: int
    device_key: bytes
    state: bytes = field(repr=False)
    begun_here: bool
    """Whether the handshake is ours."""
    created_ms: int
    decrypted_ms: int
    """When something of the peer opened last; 0 before."""
    is_retired: bool
    """Nothing is sent in it any more; what comes still opens."""

    @property
    def answered(self) -> bool:
        """Whether the peer is known to have this session."""
        return self.decrypted_ms > 0


class RatchetRows:
    """Every change joins the caller's transaction: state and message are one commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        session_id: bytes,
        contact_id: int,
        device_key: bytes,
        state: bytes,
        begun_here: bool,
        now_ms: int,
    ) -> None:
        """Keep a new session; at most `MAX_SESSIONS` with one device stay."""
        with self._database.transaction():
            self._database.change(
                "INSERT INTO ratchet (session_id, contact_id, device_key, state, begun_here,"
                " created_ms, decrypted_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(session_id, contact_id, device_key, state, begun_here, now_ms),
                    0 if begun_here else now_ms,
                ),
            )
            self._database.change(
                "DELETE FROM ratchet WHERE device_key = ?1 AND ratchet_id NOT IN (SELECT"
                " ratchet_id FROM ratchet WHERE device_key = ?1 ORDER BY ratchet_id DESC LIMIT ?2)",
                (device_key, MAX_SESSIONS),
            )

    def get(self, session_id: bytes) -> RatchetRow | None:
        """The session of that id, or None."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM ratchet WHERE session_id = ?", (session_id,)
        )
        return None if row is None else _ratchet(row)

    def of_device(self, device_key: bytes) -> tuple[RatchetRow, ...]:
        """All sessions with a device, the oldest first."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM ratchet WHERE device_key = ? ORDER BY ratchet_id",
            (device_key,),
        )
        return tuple(_ratchet(row) for row in rows)

    def record_sent(self, session_id: bytes, state: bytes) -> None:
        """Something was encrypted: commit this before it leaves."""
        self._database.change(
            "UPDATE ratchet SET state = ? WHERE session_id = ?", (state, session_id)
        )

    def record_decrypted(self, session_id: bytes, state: bytes, now_ms: int) -> None:
        """Something of the peer opened: commit this with the message."""
        self._database.change(
            "UPDATE ratchet SET state = ?, decrypted_ms = max(?, 1) WHERE session_id = ?",
            (state, now_ms, session_id),
        )

    def retire(self, device_key: bytes, *, but: tuple[bytes, ...] = ()) -> None:
        """Send no longer in the sessions with a device, except in these."""
        marks = ", ".join("?" * len(but))
        self._database.change(
            "UPDATE ratchet SET is_retired = 1"
            f" WHERE device_key = ? AND session_id NOT IN ({marks})",
            (device_key, *but),
        )

    def note_suite_2(self, device_key: bytes) -> None:
        """This device has spoken suite 2 to us: from now on it has to."""
        self._database.change(
            "INSERT INTO suite_2_device (device_key) VALUES (?) ON CONFLICT DO NOTHING",
            (device_key,),
        )

    def spoke_suite_2(self, device_key: bytes) -> bool:
        """Whether it has, ever; outlives every session."""
        found = self._database.value(
            "SELECT 1 FROM suite_2_device WHERE device_key = ?", (device_key,)
        )
        return found is not None

    def take_once(self, digest: bytes, forget_at_ms: int) -> bool:
        """Note a handshake or an envelope that opened, 32 bytes; False when it was noted before."""
        return 0 < self._database.change(
            "INSERT INTO taken_once (digest, forget_at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (digest, forget_at_ms),
        )

    def was_taken(self, digest: bytes) -> bool:
        """Whether it was noted."""
        found = self._database.value("SELECT 1 FROM taken_once WHERE digest = ?", (digest,))
        return found is not None

    def purge(self, now_ms: int) -> int:
        """Forget what can no longer come again; returns how many."""
        return self._database.change("DELETE FROM taken_once WHERE forget_at_ms <= ?", (now_ms,))


def _ratchet(row: Row) -> RatchetRow:
    session_id, contact_id, device_key, state, begun_here, created_ms, decrypted_ms, retired = row
    return RatchetRow(
        *(session_id, contact_id, device_key, state, bool(begun_here), created_ms, decrypted_ms),
        is_retired=bool(retired),
    )
