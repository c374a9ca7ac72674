"""What was typed to a contact and not sent yet; encrypted like everything else here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.client.store.database import Database


class Drafts:
    """At most one draft for each contact; it goes when the contact does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, contact_id: int) -> str:
        """The draft for a contact, or an empty text."""
        found = self._database.value("SELECT text FROM draft WHERE contact_id = ?", (contact_id,))
        return "" if found is None else str(found)

    def set(self, contact_id: int, text: str) -> None:
        """Keep a draft; an empty text removes it. Lone surrogates are left out.

        Raises StorageError for a contact that does not exist.
        """
        clean = text.encode("utf-8", "ignore").decode()
        if not clean:
            self._database.change("DELETE FROM draft WHERE contact_id = ?", (contact_id,))
            return
        self._database.change(
            "INSERT INTO draft (contact_id, text) VALUES (?1, ?2)"
            " ON CONFLICT (contact_id) DO UPDATE SET text = ?2",
            (contact_id, clean),
        )

    def all(self) -> dict[int, str]:
        """Every draft by contact."""
        return dict(self._database.rows("SELECT contact_id, text FROM draft"))
