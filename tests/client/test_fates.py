from __future__ import annotations

from tests.client.kit import Scene
from whispr.client import fates
from whispr.client.events import FateChanged
from whispr.client.store.message import Fate


def test_a_step_forward_is_told_with_its_reason(people: Scene) -> None:
    alice = people.alice
    contact = alice.contact(people.bob)
    message = alice.outgoing.text(contact, "hello")
    moved = fates.advance(
        alice.store, contact.contact_id, message.content_id, Fate.FAILED, "too large"
    )
    assert moved == FateChanged(
        message.message_id, contact.contact_id, message.content_id, Fate.FAILED, "too large"
    )


def test_a_step_back_a_repeated_one_and_a_strange_message_are_none(people: Scene) -> None:
    alice = people.alice
    contact = alice.contact(people.bob)
    message = alice.outgoing.text(contact, "hello")
    place = (alice.store, contact.contact_id, message.content_id)
    assert fates.advance(*place, Fate.DELIVERED) is not None
    for fate in (Fate.DELIVERED, Fate.ACCEPTED, Fate.EXPIRED):
        assert fates.advance(*place, fate) is None
    assert fates.advance(alice.store, contact.contact_id, bytes(16), Fate.READ) is None
    assert fates.advance(alice.store, 99, message.content_id, Fate.READ) is None
