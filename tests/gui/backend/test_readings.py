from __future__ import annotations

import pytest

from tests.gui.backend.conftest import Person, introduce
from whispr.client.store.message import MessageKind
from whispr.gui.backend import readings


async def test_row_says_what_waits(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await bob.session.close()
    await alice.actions.send_text(to_bob, "one\n  two")
    (item,) = readings.conversation_items(alice.session.client.store)
    assert (item.last_line, item.last_outgoing, item.last_fate) == ("one two", True, "queued")
    assert item.waiting == 1 and item.address.startswith("wsp1")


async def test_long_message_is_a_short_line(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "word " * 5000)
    (item,) = readings.conversation_items(alice.session.client.store)
    assert len(item.last_line) == readings.LAST_LINE_CHARACTERS


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (MessageKind.UNSUPPORTED, "Needs a newer Whispr"),
        (MessageKind.UNDECRYPTABLE, "Could not be decrypted"),
    ],
)
async def test_what_cannot_be_shown_is_said(
    alice: Person, bob: Person, kind: MessageKind, said: str
) -> None:
    to_bob, _ = await introduce(alice, bob)
    message = alice.session.client.store.history.add_incoming(
        to_bob, b"\1" * 16, kind=kind, text="", sent_at_ms=1, stored_at_ms=1
    )
    assert message is not None and readings.last_line(message) == said


async def test_newest_conversation_is_first(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.block(to_bob)
    assert readings.conversation_items(alice.session.client.store) == ()
    assert [item.name for item in readings.blocked_items(alice.session.client.store)] == ["Bob"]
