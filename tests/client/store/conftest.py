"""A profile database in a temporary folder, and contacts and messages to put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.database import Database
from whispr.client.store.message import Fate, Message, MessageKind
from whispr.client.store.profile_store import ProfileStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DATABASE_KEY = bytes(range(32))
NOW_MS = 1_800_000_000_000


@pytest.fixture
def database_key() -> bytes:
    return DATABASE_KEY


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "profile.db", DATABASE_KEY, create=True)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> ProfileStore:
    return ProfileStore.over(database)


@pytest.fixture
def add_contact(store: ProfileStore) -> Callable[..., Contact]:
    """Adds a contact whose keys follow from a number."""

    def add(
        name: str = "Alice", number: int = 1, state: ContactState = ContactState.ACCEPTED
    ) -> Contact:
        return store.contacts.add(
            identity=number.to_bytes(32, "big"),
            name=name,
            card=b"card %d" % number,
            card_version=1,
            device_key=(10_000 + number).to_bytes(32, "big"),
            mailbox=(20_000 + number).to_bytes(32, "big"),
            created_ms=NOW_MS + number,
            state=state,
        )

    return add


@pytest.fixture
def alice(add_contact: Callable[..., Contact]) -> Contact:
    return add_contact("Alice", 1)


@pytest.fixture
def bob(add_contact: Callable[..., Contact]) -> Contact:
    return add_contact("Bob", 2)


@pytest.fixture
def receive(store: ProfileStore) -> Callable[..., Message]:
    """Stores a text from a contact."""

    def receive_text(contact: Contact, text: str, number: int = 1) -> Message:
        message = store.history.add_incoming(
            contact.contact_id,
            number.to_bytes(16, "big"),
            kind=MessageKind.TEXT,
            text=text,
            sent_at_ms=NOW_MS + number,
            stored_at_ms=NOW_MS + number + 5,
            order_number=number,
        )
        assert message is not None
        return message

    return receive_text


@pytest.fixture
def write(store: ProfileStore) -> Callable[..., Message]:
    """Stores a text to a contact."""

    def write_text(
        contact: Contact, text: str, number: int = 1, fate: Fate = Fate.QUEUED
    ) -> Message:
        message = store.history.add_outgoing(
            contact.contact_id,
            number.to_bytes(16, "big"),
            kind=MessageKind.TEXT,
            text=text,
            sent_at_ms=NOW_MS + number,
            order_number=number,
            fate=fate,
        )
        assert message is not None
        return message

    return write_text
