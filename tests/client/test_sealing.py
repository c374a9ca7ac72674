"""The envelope of an attempt: on the disk first, repeated while the relay remembers it."""

from __future__ import annotations

import pytest

from tests.client.kit import DAY_MS, NOW_MS, RELAY_ID, Scene, seeded
from tests.client.sending_kit import FakeLink, FakeSession, Network
from whispr.client.content import Content, ContentType, Extension
from whispr.client.opening import Message, open_envelope
from whispr.client.sealing import REPEAT_WINDOW_MS, Sealer
from whispr.client.session import Session
from whispr.client.store.outbox_row import OutboxRow
from whispr.protocol import envelope as envelopes
from whispr.protocol.codes import EnvelopeFlag
from whispr.protocol.limits import CLOCK_WINDOW_MS


class Bench:
    """Alice seals a text to Bob for a relay."""

    def __init__(self, people: Scene) -> None:
        self.alice, self.bob = people.alice, people.bob
        self.network = Network(self.alice.clock, self.alice.core.now_ms)
        self.link = self._link()
        self.sealer = Sealer(self.alice.core, self.alice.ratchets)
        contact = self.alice.contact(self.bob)
        self.message = self.alice.outgoing.text(contact, "hello")

    def _link(self) -> FakeSession:
        link = FakeLink(
            self.network,
            self.alice.core.own_card.relay,
            device=None,
            mailbox=None,
            clock=self.alice.clock,
            random=None,
            listener=None,
        )
        return FakeSession(link, self.alice.clock, self.alice.core.now_ms())

    @property
    def session(self) -> Session:
        return self.link  # type: ignore[return-value]

    @property
    def row(self) -> OutboxRow:
        (row,) = self.alice.store.outbox.pending()
        return row

    def attempt(self, *, with_card: bool = False) -> bytes:
        return self.sealer.attempt(
            self.row, self.bob.card, session=self.session, with_card=with_card
        )

    def opened(self, data: bytes) -> Message:
        outcome = open_envelope(data, self.bob.identity, (RELAY_ID,))
        assert isinstance(outcome, Message)
        return outcome


@pytest.fixture
def bench(people: Scene) -> Bench:
    return Bench(people)


def test_recipient_opens_it(bench: Bench) -> None:
    message = bench.opened(bench.attempt())
    assert message.content.body == b"hello"
    assert message.content.content_id == bench.message.content_id
    assert message.opened.identity == bench.alice.identity.identity


def test_envelope_is_for_this_relay_mailbox_and_moment(bench: Bench) -> None:
    bench.link.relay_clock.set_from(NOW_MS + 1234)
    envelope = envelopes.decode(bench.attempt())
    assert envelope.relay_id == RELAY_ID
    assert envelope.mailbox == bench.bob.card.device.mailbox
    assert envelope.time_ms == NOW_MS + 1234
    assert envelope.ttl_ms == 7 * DAY_MS - 1234
    assert envelope.flags == EnvelopeFlag(0)
    envelope.verify()


def test_envelope_is_on_the_disk_before_it_is_returned(bench: Bench) -> None:
    data = bench.attempt()
    envelope = envelopes.decode(data)
    assert bench.row.envelope == data
    assert bench.row.envelope_id == envelope.envelope_id
    assert bench.row.envelope_time_ms == envelope.time_ms
    assert bench.row.attempts == 1


def test_retry_within_the_window_repeats_the_bytes(bench: Bench) -> None:
    data = bench.attempt()
    bench.alice.pass_ms(REPEAT_WINDOW_MS - 1)
    assert bench.attempt() == data
    assert bench.row.attempts == 1


def test_window_is_shorter_than_the_memory_of_the_relay() -> None:
    assert 0 < REPEAT_WINDOW_MS < CLOCK_WINDOW_MS


def test_retry_after_the_window_is_a_new_envelope_around_the_same_content(bench: Bench) -> None:
    first = bench.attempt()
    bench.alice.pass_ms(REPEAT_WINDOW_MS)
    second = bench.attempt()
    assert envelopes.decode(first).envelope_id != envelopes.decode(second).envelope_id
    assert bench.opened(first).content == bench.opened(second).content
    assert bench.row.envelope == second and bench.row.attempts == 2


def test_clock_of_the_relay_that_was_set_back_makes_a_new_envelope(bench: Bench) -> None:
    first = bench.attempt()
    bench.link.relay_clock.set_from(NOW_MS - REPEAT_WINDOW_MS)
    assert bench.attempt() != first


def test_another_key_of_the_relay_makes_a_new_envelope(bench: Bench) -> None:
    first = bench.attempt()
    bench.link.relay_id = seeded("next key")
    assert envelopes.decode(bench.attempt()).relay_id == seeded("next key")
    assert first != bench.row.envelope


def test_another_mailbox_makes_a_new_envelope(bench: Bench, people: Scene) -> None:
    bench.attempt()
    card = people.mallory.card
    data = bench.sealer.attempt(bench.row, card, session=bench.session, with_card=False)
    assert envelopes.decode(data).mailbox == card.device.mailbox


def test_own_card_rides_along_until_the_contact_has_answered(bench: Bench) -> None:
    content = bench.opened(bench.attempt(with_card=True)).content
    assert content.extension(Extension.CARD) == bench.alice.card.data


def test_own_card_does_not_ride_along_afterwards(bench: Bench) -> None:
    assert bench.opened(bench.attempt(with_card=False)).content.extensions == ()


def test_card_does_not_carry_itself(bench: Bench) -> None:
    now_ms = bench.alice.core.now_ms()
    own = bench.alice.card.data
    content = Content(ContentType.CARD, b"c" * 16, now_ms, now_ms + DAY_MS, 0, own)
    envelope = bench.sealer.seal(content, bench.bob.card, session=bench.session, with_card=True)
    assert bench.opened(envelope.data).content.extensions == ()


def test_longest_text_fits_with_a_card(bench: Bench, people: Scene) -> None:
    contact = bench.alice.contact(people.bob)
    bench.alice.outgoing.text(contact, "x" * 48 * 1024)
    row = bench.alice.store.outbox.pending()[-1]
    data = bench.sealer.attempt(row, people.bob.card, session=bench.session, with_card=True)
    assert bench.opened(data).content.extension(Extension.CARD) is not None


@pytest.mark.parametrize(("left_ms", "ttl_ms"), [(5000, 5000), (1, 1000), (-5000, 1000)])
def test_life_at_the_relay_is_what_is_left_of_the_content(
    bench: Bench, left_ms: int, ttl_ms: int
) -> None:
    now_ms = bench.alice.core.now_ms()
    content = Content(ContentType.HERE, b"c" * 16, now_ms, now_ms + left_ms, 0, b"")
    flags = EnvelopeFlag.EPHEMERAL
    envelope = bench.sealer.seal(
        content, bench.bob.card, session=bench.session, with_card=False, flags=flags
    )
    assert envelope.ttl_ms == ttl_ms and envelope.ephemeral
