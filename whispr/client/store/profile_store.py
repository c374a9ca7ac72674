"""The database of a profile with everything that lives in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.store.attachments import Attachments
from whispr.client.store.contacts import Contacts
from whispr.client.store.cursors import Cursors
from whispr.client.store.database import Database
from whispr.client.store.drafts import Drafts
from whispr.client.store.history import History
from whispr.client.store.notes import Notes
from whispr.client.store.orders import Orders
from whispr.client.store.outbox import Outbox
from whispr.client.store.prekeys import PrekeySecrets
from whispr.client.store.ratchets import RatchetRows
from whispr.client.store.requests import Requests
from whispr.client.store.search import Search
from whispr.client.store.seen import Seen
from whispr.client.store.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProfileStore:
    """One open profile database and its parts, which share its transactions."""

    database: Database
    contacts: Contacts
    orders: Orders
    history: History
    outbox: Outbox
    seen: Seen
    attachments: Attachments
    requests: Requests
    search: Search
    settings: Settings
    cursors: Cursors
    drafts: Drafts
    notes: Notes
    prekeys: PrekeySecrets
    ratchets: RatchetRows

    @classmethod
    def open(cls, path: Path, key: bytes, *, create: bool = False) -> ProfileStore:
        """Open or create the database at `path`; errors as of `Database.open`."""
        return cls.over(Database.open(path, key, create=create))

    @classmethod
    def over(cls, database: Database) -> ProfileStore:
        """The parts over an open database."""
        contacts, history, seen = Contacts(database), History(database), Seen(database)
        return cls(
            database=database,
            contacts=contacts,
            orders=Orders(database),
            history=history,
            outbox=Outbox(database),
            seen=seen,
            attachments=Attachments(database),
            requests=Requests(database, contacts, history, seen),
            search=Search(database),
            settings=Settings(database),
            cursors=Cursors(database),
            drafts=Drafts(database),
            notes=Notes(database),
            prekeys=PrekeySecrets(database),
            ratchets=RatchetRows(database),
        )

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing over all parts; never `await` inside. See `Database.transaction`."""
        return self.database.transaction()

    def wipe_conversation(self, contact_id: int) -> int:
        """Delete a conversation and leave no older page of it in the log; returns how many."""
        deleted = self.history.delete_conversation(contact_id)
        self.database.compact_log()
        return deleted

    def close(self) -> None:
        """Close the database; no part can be used after it."""
        self.database.close()
