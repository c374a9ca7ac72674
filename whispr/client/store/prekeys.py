"""Secrets of this device's prekeys, and of its own ML-KEM key; none is ever exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.crypto.suite2.prekey import PrekeyKind, PrekeySecret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whispr.client.store.database import Database


class PrekeySecrets:
    """Prekeys by kind and id; every change joins the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kem_seed(self) -> bytes | None:
        """The seed of the device's own ML-KEM-768 key, 64 bytes; None before the first one."""
        seed = self._database.value("SELECT seed FROM device_kem")
        return None if seed is None else bytes(seed)

    def set_kem_seed(self, seed: bytes) -> None:
        """Keep the seed; it stays as long as this device does. StorageError for a second one."""
        self._database.change("INSERT INTO device_kem (only, seed) VALUES (1, ?)", (seed,))

    def add(self, secrets: Iterable[PrekeySecret], *, now_ms: int, delete_at_ms: int) -> None:
        """Keep secrets, before anybody sees their public keys."""
        with self._database.transaction():
            for secret in secrets:
                self._database.change(
                    "INSERT INTO prekey (kind, prekey_id, secret, created_ms, delete_at_ms)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (secret.kind, secret.prekey_id, secret.encode(), now_ms, delete_at_ms),
                )

    def get(self, kind: PrekeyKind, prekey_id: int) -> PrekeySecret | None:
        """One secret, or None when it was used up or never ours."""
        encoded = self._database.value(
            "SELECT secret FROM prekey WHERE kind = ? AND prekey_id = ?", (kind, prekey_id)
        )
        return None if encoded is None else PrekeySecret.decode(encoded)

    def newest(self, kind: PrekeyKind) -> tuple[int, int] | None:
        """Id and time of making of the newest of a kind."""
        row = self._database.row(
            "SELECT prekey_id, created_ms FROM prekey WHERE kind = ? ORDER BY created_ms DESC",
            (kind,),
        )
        return None if row is None else (int(row[0]), int(row[1]))

    def count(self, kind: PrekeyKind) -> int:
        """How many there are of a kind."""
        return int(self._database.value("SELECT count(*) FROM prekey WHERE kind = ?", (kind,)))

    def use_up(self, used: Iterable[tuple[PrekeyKind, int]]) -> None:
        """Delete one-time secrets: what was sealed with them is open."""
        for kind, prekey_id in used:
            self._database.change(
                "DELETE FROM prekey WHERE kind = ? AND prekey_id = ?", (kind, prekey_id)
            )

    def supersede(self, delete_at_ms: int) -> None:
        """Nothing of what there is is handed out any more: it goes at that time at the latest."""
        self._database.change(
            "UPDATE prekey SET delete_at_ms = min(delete_at_ms, ?)", (delete_at_ms,)
        )

    def purge(self, now_ms: int) -> int:
        """Delete what nobody can begin with any more; returns how many."""
        return self._database.change("DELETE FROM prekey WHERE delete_at_ms <= ?", (now_ms,))
