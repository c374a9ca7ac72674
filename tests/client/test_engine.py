"""What happens in one part reaches the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import RELAY, RELAY_ID, Person, Scene, sealed, seeded
from tests.client.sending_kit import (
    LIFE_MS,
    OTHER_RELAY,
    CountedQueries,
    FakeSession,
    Network,
    accept,
    silent,
    somebody,
)
from whispr.client.content import ContentType, Receipt, ReceiptKind, decode_content
from whispr.client.engine import EVICTED_RETRY_MS, PURGE_EVERY_SECONDS, Engine
from whispr.client.events import Synced
from whispr.client.export_file import CARD_TO_ANNOUNCE
from whispr.client.opening import Message, open_envelope
from whispr.client.receiver import MOVED
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.settings import SEND_HERE
from whispr.errors import StorageError
from whispr.protocol import frames
from whispr.protocol.card import parse_card


class Machine:
    """Alice's engine over a network of the test's making."""

    def __init__(self, alice: Person, bob: Person) -> None:
        self.alice, self.bob = alice, bob
        self.network = Network(alice.clock, alice.core.now_ms)
        alice.store.settings.set(SEND_HERE, False)
        self.engine = Engine(alice.core, self.network.make_link)

    @property
    def session(self) -> FakeSession:
        assert self.network.own.fake_session is not None
        return self.network.own.fake_session

    def write(self, text: str = "hello", **changes: int) -> int:
        contact = self.alice.contact(self.bob)
        message = self.engine.outgoing.text(contact, text, **changes)
        self.engine.outbox_changed()
        return message.message_id

    def fate(self, message_id: int) -> Fate | None:
        message = self.alice.store.history.get(message_id)
        return None if message is None else message.fate

    def from_bob(self, type_number: int = ContentType.TEXT, body: bytes = b"hello") -> bytes:
        return sealed(self.bob, self.alice, self.bob.content(type_number, body))

    def contents(self) -> list[int]:
        """Types of what Bob was sent."""
        found = []
        for envelope in self.network.sent:
            outcome = open_envelope(envelope.data, self.bob.identity, (RELAY_ID,))
            if isinstance(outcome, Message):
                found.append(outcome.content.type_number)
        return found

    async def start(self) -> None:
        self.engine.start()
        await settle()


@pytest.fixture
async def machine(people: Scene) -> AsyncIterator[Machine]:
    made = Machine(people.alice, people.bob)
    yield made
    await made.engine.stop()
    await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_delivered_text_is_stored_acknowledged_and_confirmed(machine: Machine) -> None:
    await machine.start()
    machine.network.own.deliver(machine.from_bob())
    await settle()
    assert machine.alice.texts(machine.bob) == ["hello"]
    assert machine.network.own.acknowledged == [1]
    assert machine.contents() == [ContentType.RECEIPT]


async def test_duplicate_is_confirmed_again_and_shown_once(machine: Machine) -> None:
    await machine.start()
    content = machine.bob.content()
    for sequence in (1, 2):
        machine.network.own.deliver(sealed(machine.bob, machine.alice, content), sequence)
        await settle()
    assert machine.alice.texts(machine.bob) == ["hello"]
    assert machine.contents() == [ContentType.RECEIPT] * 2


async def test_receipts_of_one_moment_are_joined(machine: Machine) -> None:
    await machine.start()
    for sequence in range(1, 15):
        machine.network.own.deliver(machine.from_bob(), sequence)
    await settle()
    assert machine.contents() == [ContentType.RECEIPT]


async def test_receipt_ends_the_sending(machine: Machine) -> None:
    message_id = machine.write()
    await machine.start()
    (row,) = machine.alice.store.outbox.pending()
    receipt = Receipt(ReceiptKind.DELIVERED, (row.content_id,))
    machine.network.own.deliver(machine.from_bob(ContentType.RECEIPT, receipt.encode()))
    await settle()
    assert machine.fate(message_id) is Fate.DELIVERED
    await machine.alice.clock.advance(3600)
    assert machine.contents() == [ContentType.TEXT]


async def test_late_receipt_corrects_expired(machine: Machine) -> None:
    message_id = machine.write(life_ms=30_000)
    content_id = machine.alice.store.outbox.pending()[0].content_id
    await machine.start()
    await machine.alice.clock.advance(31)
    assert machine.fate(message_id) is Fate.EXPIRED
    receipt = Receipt(ReceiptKind.DELIVERED, (content_id,))
    machine.network.own.deliver(machine.from_bob(ContentType.RECEIPT, receipt.encode()))
    await settle()
    assert machine.fate(message_id) is Fate.DELIVERED


async def test_sign_of_the_contact_sends_at_once_what_waits(machine: Machine) -> None:
    machine.write()
    await machine.start()
    await machine.alice.clock.advance(LIFE_MS / 1000 + 1)
    machine.network.own.deliver(machine.from_bob(ContentType.HERE, b""), 0)
    await settle()
    assert machine.contents() == [ContentType.TEXT] * 2


async def test_relay_with_another_epoch_is_sent_everything_again_at_once(
    machine: Machine, people: Scene
) -> None:
    machine.write()
    somebody(people.alice, "Far", OTHER_RELAY)
    await machine.start()
    machine.network.own.lose()
    machine.network.own.connect(epoch=b"f" * 16)
    await settle()
    assert machine.contents() == [ContentType.TEXT] * 2


async def test_relay_with_the_same_epoch_is_sent_nothing_again(machine: Machine) -> None:
    machine.write()
    await machine.start()
    machine.network.own.lose()
    machine.network.own.connect()
    await settle()
    assert machine.contents() == [ContentType.TEXT]


async def test_other_relays_forgetting_concerns_nobody_here(machine: Machine) -> None:
    machine.write()
    await machine.start()
    machine.engine.relay_forgot(OTHER_RELAY.location)
    machine.engine.relay_reached(OTHER_RELAY.location)
    await settle()
    assert machine.contents() == [ContentType.TEXT]


async def test_evicted_is_sent_again_later_each_time(machine: Machine) -> None:
    machine.write()
    await machine.start()
    pauses = []
    for count in range(1, 5):
        machine.network.own.fate(machine.network.sent[-1].envelope_id)
        began = machine.alice.clock.seconds
        while len(machine.network.sent) == count:
            await machine.alice.clock.advance(1)
        pauses.append(machine.alice.clock.seconds - began)
    assert pauses == [EVICTED_RETRY_MS / 1000 * factor for factor in (1, 2, 4, 8)]


async def test_unknown_fate_and_unknown_envelope_change_nothing(machine: Machine) -> None:
    machine.write()
    await machine.start()
    machine.network.own.fate(machine.network.sent[-1].envelope_id, fate=9)
    machine.network.own.fate(b"?" * 16)
    await machine.alice.clock.advance(30)
    assert machine.contents() == [ContentType.TEXT]


async def test_relay_is_told_whom_we_allow(machine: Machine) -> None:
    await machine.start()
    (allow,) = machine.session.of(frames.Allow)
    assert allow.keys == machine.bob.card.device.device_key
    machine.engine.publish_allowed()
    assert len(machine.session.of(frames.Allow)) == 2


async def test_allowed_are_published_later_when_there_is_no_connection(
    machine: Machine,
) -> None:
    machine.network.up = False
    await machine.start()
    machine.engine.publish_allowed()
    machine.network.own.connect()
    machine.network.own.lose()
    machine.engine.publish_allowed()
    assert len(machine.session.of(frames.Allow)) == 1


async def test_new_key_of_our_relay_is_announced_to_every_contact(
    machine: Machine, people: Scene
) -> None:
    carol = somebody(people.alice, "Carol")
    await machine.start()
    machine.network.own.connect(relay_ids=(RELAY.relay_ids[0], seeded("next")))
    rows = machine.alice.store.outbox.pending()
    assert {row.contact_id for row in rows if row.kind is OutboxKind.CARD} == {
        machine.alice.contact(machine.bob).contact_id,
        carol.contact_id,
    }
    card = parse_card(decode_content(rows[0].content).body)
    assert card.device.relay.relay_ids == (RELAY.relay_ids[0], seeded("next"))


async def test_card_of_an_import_is_announced_once(machine: Machine) -> None:
    machine.alice.store.settings.set(CARD_TO_ANNOUNCE, True)
    machine.network.answer = silent
    await machine.start()
    assert machine.contents() == [ContentType.CARD]
    assert machine.alice.store.settings.get(CARD_TO_ANNOUNCE) is False


async def test_synced_is_told_and_contacts_hear_that_we_are_here(machine: Machine) -> None:
    machine.alice.store.settings.set(SEND_HERE, True)
    await machine.start()
    machine.network.own.synced()
    await settle()
    assert Synced() in machine.alice.events
    assert machine.contents() == [ContentType.HERE]


async def test_device_that_was_replaced_gives_up_now_and_after_a_restart(
    machine: Machine, people: Scene
) -> None:
    await machine.start()
    machine.engine.moved_away()
    await settle()
    assert machine.network.own.stopped
    machine.write()
    await machine.alice.clock.advance(600)
    assert machine.network.sent == []
    machine.alice.store.settings.set(MOVED, 1)
    again = Machine(people.alice, people.bob)
    await again.start()
    assert not again.network.own.started
    await again.engine.stop()


async def test_housekeeping_forgets_and_closes_what_is_over(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def close_ended() -> None:
        done.append("links")

    monkeypatch.setattr(machine.engine.links, "close_ended", close_ended)
    monkeypatch.setattr(machine.alice.store.seen, "purge", lambda now_ms: done.append("seen"))
    await machine.start()
    await machine.alice.clock.advance(PURGE_EVERY_SECONDS + 1)
    assert done == ["seen", "links"] * 2


async def test_flush_waits_for_commit_receipts_and_acknowledgement(machine: Machine) -> None:
    machine.network.answer = lambda frame: None if isinstance(frame, frames.Send) else accept(frame)
    await machine.start()
    machine.network.flushing.clear()
    machine.network.own.deliver(machine.from_bob())
    flushing = asyncio.create_task(machine.engine.flush())
    await settle()
    assert machine.alice.texts(machine.bob) == ["hello"] and machine.network.own.flushed == 0
    machine.session.give(0)
    await settle()
    assert machine.network.own.flushed == 1 and not flushing.done()
    machine.network.flushing.set()
    await flushing


async def test_stop_goes_through_although_links_are_broken(machine: Machine) -> None:
    await machine.start()
    machine.network.broken_stop = True
    await machine.engine.stop()
    assert machine.alice.counts == {"failed: link": 1}


async def test_nothing_runs_in_circles_while_every_relay_is_away(
    machine: Machine, people: Scene
) -> None:
    machine.network.up = False
    far = somebody(people.alice, "Far", OTHER_RELAY)
    for number in range(20):
        machine.write(f"text {number}")
        machine.engine.outgoing.text(far, f"text {number}")
    await machine.start()
    machine.write("later")
    await settle()
    with CountedQueries(people.alice).counting() as queries:
        await machine.alice.clock.advance(3000)
    assert queries.count <= 10


async def test_move_tells_every_contact_the_new_relay_and_reads_the_old_one(
    machine: Machine, people: Scene
) -> None:
    carol = somebody(people.alice, "Carol")
    machine.network.answer = silent
    await machine.start()
    version = machine.alice.card.card_version
    machine.engine.move(OTHER_RELAY)
    await settle()
    assert machine.alice.card.card_version > version
    rows = machine.alice.store.outbox.pending()
    assert {row.contact_id for row in rows if row.kind is OutboxKind.CARD} == {
        machine.alice.contact(machine.bob).contact_id,
        carol.contact_id,
    }
    told = parse_card(decode_content(rows[0].content).body)
    assert told.data == machine.alice.card.data and told.device.relay == OTHER_RELAY
    assert machine.network.to(OTHER_RELAY).session is not None
    machine.network.own.deliver(machine.from_bob())
    await settle()
    assert machine.alice.texts(machine.bob) == ["hello"]
    assert machine.network.own.acknowledged == [1]


async def test_move_that_cannot_be_stored_changes_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await machine.start()
    card = machine.alice.card

    def full(contact_id: int) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(machine.engine.outgoing, "card", full)
    with pytest.raises(StorageError):
        machine.engine.move(OTHER_RELAY)
    own = machine.alice.core.own_card
    assert (own.current, own.relay) == (card, RELAY)
    assert machine.engine.links.places.current(machine.alice.core.now_ms()) == ()
    assert len(machine.network.links) == 1
    again = Machine(machine.alice, machine.bob)
    assert again.network.own.address == RELAY


async def test_whom_we_allow_is_told_to_the_new_relay_alone(machine: Machine) -> None:
    await machine.start()
    machine.network.up = False
    machine.engine.move(OTHER_RELAY)
    machine.engine.publish_allowed()
    await settle()
    assert len(machine.session.of(frames.Allow)) == 1
    new = machine.network.to(OTHER_RELAY).connect()
    assert len(new.of(frames.Allow)) == 1
