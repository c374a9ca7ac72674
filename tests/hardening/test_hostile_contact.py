"""An accepted contact who turns hostile: he costs himself, and nobody else notices."""

from __future__ import annotations

import os

import pytest

from tests.client.conftest import people  # noqa: F401 - a fixture
from tests.client.kit import Scene, send
from whispr.client.content import ContentType, Receipt, ReceiptKind
from whispr.client.receiver import ASKED_AGAIN_EVERY_MS
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind


@pytest.fixture
def waiting(people: Scene):  # noqa: F811
    """A message of Bob that lies on the relay of Alice."""
    bob, alice = people.bob, people.alice
    bob.outgoing.text(bob.contact(alice), "mine", None)
    (row,) = bob.store.outbox.pending()
    bob.store.outbox.record_accepted(
        row.outbox_id, now_ms=bob.core.now_ms(), expires_in_ms=60_000, jitter=0.0
    )
    return row.outbox_id


def test_shown_asking_for_everything_again_is_heard_once_a_minute(
    people: Scene,  # noqa: F811
    waiting: int,
) -> None:
    alice, bob = people.alice, people.bob

    def ask() -> bool:
        """Whether Bob sends again at once."""
        send(alice, bob, alice.content(ContentType.SEND_AGAIN, os.urandom(32)))
        row = bob.store.outbox.get(waiting)
        due = row.next_attempt_ms <= bob.core.now_ms()
        bob.store.outbox.record_accepted(
            waiting, now_ms=bob.core.now_ms(), expires_in_ms=600_000, jitter=0.0
        )
        return due

    assert ask()
    assert [ask() for _ in range(20)] == [False] * 20
    for person in (alice, bob):
        person.pass_ms(ASKED_AGAIN_EVERY_MS)
    assert ask()
    assert bob.counts["asked to send again too often"] == 20


def test_shown_receipts_move_only_what_was_sent_to_him(
    people: Scene,  # noqa: F811
) -> None:
    """Mallory, accepted by now, confirms what Bob wrote to Alice."""
    alice, bob, mallory = people.alice, people.bob, people.mallory
    bob.knows(mallory)
    message = bob.outgoing.text(bob.contact(alice), "for Alice", None)
    for kind in ReceiptKind:
        body = Receipt(kind, (message.content_id,)).encode()
        send(mallory, bob, mallory.content(ContentType.RECEIPT, body))
    assert bob.store.history.get(message.message_id).fate is Fate.QUEUED
    assert [row.kind for row in bob.store.outbox.pending()] == [OutboxKind.TEXT]
