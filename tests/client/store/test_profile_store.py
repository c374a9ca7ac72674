"""The whole store: nothing readable on the disk, and a model that it follows step by step."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Direction, Fate, MessageKind
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message

PLANTED = ("Zanzibar Pemberton", "quixotic rendezvous", "blueprints-of-the-vault.pdf")


def _plant(store: ProfileStore) -> Contact:
    """Every personal value that the store can hold, in every table."""
    name, text, file_name = PLANTED
    contact = store.contacts.add(
        identity=b"I" * 32,
        name=name,
        card=name.encode(),
        card_version=1,
        device_key=b"D" * 32,
        mailbox=b"M" * 32,
        created_ms=1,
    )
    for number in range(200):
        with store.transaction():
            content_id = number.to_bytes(16, "big")
            message = store.history.add_outgoing(
                contact.contact_id,
                content_id,
                kind=MessageKind.ATTACHMENT,
                text=f"{text} {number}",
                sent_at_ms=number,
                order_number=store.contacts.take_order(contact.contact_id),
            )
            assert message is not None
            store.attachments.add(
                message.message_id,
                name=file_name,
                size_bytes=1,
                media_type="application/pdf",
                descriptor=file_name.encode(),
                blob_id=b"B" * 32,
                state=AttachmentState.STAGED,
                local_path=file_name,
            )
            store.outbox.put(
                contact.contact_id,
                content_id,
                kind=OutboxKind.ATTACHMENT,
                content=f"{text} {file_name}".encode(),
                now_ms=1,
                expires_at_ms=2,
            )
    store.search.search("quixotic")
    return contact


def _readable(folder: Path) -> list[tuple[str, bytes]]:
    """Which planted words stand in which file, as UTF-8 or UTF-16, in any case."""
    words = {word for planted in PLANTED for word in planted.lower().replace("-", " ").split()}
    # Shorter ones stand in random bytes by chance.
    long_words = sorted(word for word in words if len(word) >= 8)
    needles = [word.encode(encoding) for word in long_words for encoding in ("utf8", "utf-16-le")]
    needles += [b"I" * 32, b"D" * 32, b"M" * 32, b"B" * 32, b"CREATE TABLE".lower()]
    return [
        (file.name, needle)
        for file in sorted(folder.iterdir())
        for needle in needles
        if needle in (content := file.read_bytes()).lower() or needle in content
    ]


def test_no_file_of_the_profile_holds_anything_readable(
    tmp_path: Path, database_key: bytes
) -> None:
    """Defect S11 of the predecessor: names, times and the outbox stood on the disk in clear."""
    store = ProfileStore.open(tmp_path / "profile.db", database_key, create=True)
    contact = _plant(store)
    assert {file.name for file in tmp_path.iterdir()} == {"profile.db", "profile.db-wal"}
    assert (tmp_path / "profile.db-wal").stat().st_size > 100_000
    assert _readable(tmp_path) == []
    store.wipe_conversation(contact.contact_id)
    assert (tmp_path / "profile.db-wal").stat().st_size == 0
    assert _readable(tmp_path) == []
    store.close()
    assert _readable(tmp_path) == []


def test_search_for_readable_words_would_find_them(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"... QUIXOTIC ...")
    assert _readable(tmp_path) == [("plain", b"quixotic")]


def test_unreadable_database_stays_where_it_is(tmp_path: Path, database_key: bytes) -> None:
    """Defect R15 of the predecessor: it was moved aside and made anew."""
    path = tmp_path / "profile.db"
    store = ProfileStore.open(path, database_key, create=True)
    _plant(store)
    store.close()
    before = path.read_bytes()
    with pytest.raises(CorruptFileError):
        ProfileStore.open(path, b"w" * 32)
    assert path.read_bytes() == before
    again = ProfileStore.open(path, database_key)
    assert again.history.count() == 200
    again.close()


def test_content_that_comes_twice_is_shown_once(
    store: ProfileStore, alice: Contact, receive: Callable[..., Message]
) -> None:
    """Defect R2 of the predecessor: what was pushed came again with the next poll."""
    for _ in range(2):
        with store.transaction():
            if store.seen.mark(alice.identity, (1).to_bytes(16, "big"), 100):
                receive(alice, "hello", 1)
    assert [message.text for message in store.history.conversation(alice.contact_id)] == ["hello"]


CONTENTS = st.integers(1, 6)
PEOPLE = st.integers(0, 1)
STEPS_MS = st.integers(0, 5_000)
TTL_MS = 2_000
LIFE_MS = 40_000


class StoreMachine(RuleBasedStateMachine):
    """Outbox and history beside a model of plain dictionaries, with restarts in between."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now_ms = 1_000
        self.fates: dict[tuple[int, bytes], Fate] = {}
        self.waiting: dict[tuple[int, bytes], int] = {}
        """Contact and content id of what waits, with the end of its life."""
        self.lying: dict[tuple[int, bytes], int] = {}

    @initialize()
    def create(self) -> None:
        self.store = ProfileStore.open(self.folder / "profile.db", bytes(32), create=True)
        self.people = [
            self.store.contacts.add(
                identity=bytes([number]) * 32,
                name=f"Contact {number}",
                card=b"",
                card_version=1,
                device_key=bytes([number]) * 32,
                mailbox=bytes(32),
                created_ms=0,
            ).contact_id
            for number in range(2)
        ]

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def _key(self, person: int, content: int) -> tuple[int, bytes]:
        return self.people[person], content.to_bytes(16, "big")

    def _advance(self, key: tuple[int, bytes], fate: Fate) -> None:
        moved = self.store.history.advance_fate(key[1], key[0], fate)
        known = self.fates.get(key)
        assert moved == (known is not None and fate.may_follow(known))
        if moved:
            self.fates[key] = fate

    @rule(person=PEOPLE, content=CONTENTS)
    def send(self, person: int, content: int) -> None:
        key = self._key(person, content)
        with self.store.transaction():
            message = self.store.history.add_outgoing(
                *key, kind=MessageKind.TEXT, text="text", sent_at_ms=self.now_ms, order_number=1
            )
            assert (message is None) == (key in self.fates)
            if message is not None:
                self.fates[key] = Fate.QUEUED
                self.waiting[key] = self.now_ms + LIFE_MS
                self.store.outbox.put(
                    *key,
                    kind=OutboxKind.TEXT,
                    content=b"text",
                    now_ms=self.now_ms,
                    expires_at_ms=self.waiting[key],
                )

    @rule(accept=st.booleans(), pause_ms=STEPS_MS)
    def dispatch(self, accept: bool, pause_ms: int) -> None:
        for row in self.store.outbox.due(self.now_ms):
            key = (row.contact_id, row.content_id)
            assert self.lying.get(key, 0) <= self.now_ms, "sent again while it lies on the relay"
            assert self.waiting[key] > self.now_ms, "sent after its life"
            if accept:
                self.store.outbox.record_accepted(
                    row.outbox_id, now_ms=self.now_ms, expires_in_ms=TTL_MS, jitter=0.5
                )
                self.lying[key] = self.now_ms + TTL_MS
                self._advance(key, Fate.ACCEPTED)
            else:
                self.store.outbox.record_refused(row.outbox_id, self.now_ms + pause_ms)
                self.lying.pop(key, None)

    @rule(person=PEOPLE, contents=st.lists(CONTENTS, max_size=4), read=st.booleans())
    def receipt(self, person: int, contents: list[int], read: bool) -> None:
        keys = [self._key(person, content) for content in contents]
        rows = self.store.outbox.record_delivered(
            self.people[person], [content_id for _, content_id in keys]
        )
        assert {(row.contact_id, row.content_id) for row in rows} == set(keys) & set(self.waiting)
        for key in keys:
            self.waiting.pop(key, None)
            self._advance(key, Fate.READ if read else Fate.DELIVERED)

    @rule(step_ms=STEPS_MS)
    def pass_time(self, step_ms: int) -> None:
        self.now_ms += step_ms
        for row in self.store.outbox.expire(self.now_ms):
            key = (row.contact_id, row.content_id)
            assert self.waiting.pop(key) <= self.now_ms
            self._advance(key, Fate.EXPIRED)

    @rule(person=PEOPLE)
    def sign(self, person: int) -> None:
        contact_id = self.people[person]
        self.store.outbox.wake_contact(contact_id, self.now_ms)
        due = {row.content_id for row in self.store.outbox.due(self.now_ms, contact_id=contact_id)}
        assert due == {
            content_id
            for (owner_id, content_id), end_ms in self.waiting.items()
            if owner_id == contact_id
            and end_ms > self.now_ms
            and self.lying.get((owner_id, content_id), 0) <= self.now_ms
        }

    @rule(person=PEOPLE)
    def wipe(self, person: int) -> None:
        contact_id = self.people[person]
        self.store.wipe_conversation(contact_id)
        for known in (self.fates, self.waiting, self.lying):
            for key in [key for key in known if key[0] == contact_id]:
                del known[key]

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = ProfileStore.open(self.folder / "profile.db", bytes(32))

    @invariant()
    def history_and_outbox_are_as_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return
        for (contact_id, content_id), fate in self.fates.items():
            message = self.store.history.find(contact_id, Direction.OUT, content_id)
            assert message is not None
            assert message.fate is fate
        assert self.store.history.count() == len(self.fates)
        pending = {(row.contact_id, row.content_id) for row in self.store.outbox.pending()}
        assert pending == set(self.waiting)

    @invariant()
    def next_due_is_neither_late_nor_idle(self) -> None:
        if not hasattr(self, "store"):
            return
        due_ms = self.store.outbox.next_due_ms()
        assert (due_ms is None) == (not self.waiting)
        has_work = bool(self.store.outbox.due(self.now_ms))
        assert has_work == (due_ms is not None and due_ms <= self.now_ms)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
