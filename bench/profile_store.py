"""What the database of a profile costs: a durable message, a page of a long chat, a search.

Run `python bench/profile_store.py [FOLDER]`; it prints one table. The database is made in FOLDER,
or in a temporary folder: the time of a commit is mostly that of the disk below it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from whispr.client.store.message import Fate, MessageKind
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.profile_store import ProfileStore

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES = 10_000
ROUNDS = 300
WORDS = "the quick brown fox jumps over a lazy dog while seven bright stars rise".split()


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        store = ProfileStore.open(Path(folder) / "profile.db", bytes(32), create=True)
        contact_id = _fill(store)
        print(f"{MESSAGES} messages, {_size(folder) / 1e6:.1f} MB")
        print(f"{'':44} {'median':>9} {'99 %':>9}")
        for name, act in _acts(store, contact_id):
            _measure(name, act)
        store.close()


def _fill(store: ProfileStore) -> int:
    contact = store.contacts.add(
        identity=bytes(32),
        name="Alice",
        card=b"",
        card_version=1,
        device_key=bytes(32),
        mailbox=bytes(32),
        created_ms=0,
    )
    with store.transaction():
        for number in range(MESSAGES):
            _receive(store, contact.contact_id, number)
    return contact.contact_id


def _receive(store: ProfileStore, contact_id: int, number: int) -> None:
    content_id = number.to_bytes(16, "big")
    with store.transaction():
        store.seen.mark(bytes(32), content_id, number)
        store.contacts.note_order(contact_id, number + 1)
        store.history.add_incoming(
            contact_id,
            content_id,
            kind=MessageKind.TEXT,
            text=" ".join(WORDS[number % 7 :]) + f" number{number}",
            sent_at_ms=number,
            stored_at_ms=number,
            order_number=number + 1,
        )


def _send(store: ProfileStore, contact_id: int, number: int) -> None:
    content_id = number.to_bytes(16, "big")
    with store.transaction():
        store.history.add_outgoing(
            contact_id,
            content_id,
            kind=MessageKind.TEXT,
            text=" ".join(WORDS),
            sent_at_ms=number,
            order_number=store.contacts.take_order(contact_id),
        )
        store.outbox.put(
            contact_id,
            content_id,
            kind=OutboxKind.TEXT,
            content=bytes(300),
            now_ms=0,
            expires_at_ms=10**9,
        )


def _acts(store: ProfileStore, contact_id: int) -> list[tuple[str, Callable[[int], object]]]:
    first = MESSAGES
    return [
        ("receive a text, durable", lambda number: _receive(store, contact_id, first + number)),
        ("write a text and queue it, durable", lambda number: _send(store, contact_id, number)),
        (
            "change of a fate, durable",
            lambda number: store.history.advance_fate(
                number.to_bytes(16, "big"), contact_id, Fate.ACCEPTED
            ),
        ),
        (f"due, {ROUNDS} rows waiting", lambda number: store.outbox.due(1)),
        ("next_due_ms", lambda number: store.outbox.next_due_ms()),
        ("last page of 100", lambda number: store.history.conversation(contact_id)),
        (
            "page of 100 in the middle",
            lambda number: store.history.conversation(contact_id, before_id=MESSAGES // 2),
        ),
        ("contact list with unread counts", lambda number: store.history.summaries()),
        ("search, one rare word", lambda number: store.search.search(f"number{number * 31}")),
        ("search, a word of every message, 50 hits", lambda number: store.search.search("star")),
        ("count of that", lambda number: store.search.count("star")),
    ]


def _measure(name: str, act: Callable[[int], object]) -> None:
    times_ms = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        act(number)
        times_ms.append((time.perf_counter() - start) * 1000)
    high = statistics.quantiles(times_ms, n=100)[98]
    print(f"{name:44} {statistics.median(times_ms):6.2f} ms {high:6.2f} ms")


def _size(folder: str) -> int:
    return sum(file.stat().st_size for file in Path(folder).iterdir())


if __name__ == "__main__":
    main()
