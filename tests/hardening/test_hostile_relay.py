"""A whole client against a relay that breaks every rule: real TLS, real profile, fed clock."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import AsyncIterator

import pytest

from tests.client.conftest import clock, fake_relay, relay_tls  # noqa: F401 - fixtures
from tests.client.fake_clock import settle
from tests.client.fake_relay import FakePeer, FakeRelay
from tests.client.kit import DAY_MS, NOW_MS, Person, person, sealed
from whispr.client.client import Client
from whispr.client.content import ContentType, Receipt, ReceiptKind
from whispr.client.courier import SHORTEST_ON_RELAY_MS
from whispr.client.events import ConnectionChanged, LinkState
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind, OutboxState
from whispr.client.subscription import TOLERANCE
from whispr.protocol import codec, frames
from whispr.protocol.codes import EnvelopeFlag
from whispr.protocol.framing import prefixed

YEAR_10000_MS = 253_402_300_800_000
HOUR_MS = 3_600_000


class Hostile:
    """Bob's client, his contact Alice who is a hand on a keyboard, and their hostile relay."""

    def __init__(self, relay: FakeRelay, alice: Person, bob: Person, client: Client) -> None:
        self.relay, self.alice, self.bob, self.client = relay, alice, bob, client

    async def subscribed(self, count: int = 1) -> FakePeer:
        """The `count`-th connection, once its subscription stands."""
        peer = await self.relay.connected(count)
        await peer.frame(frames.Subscribe)
        await settle()
        return peer

    def from_alice(self, type_number: int = ContentType.TEXT, body: bytes = b"hi", **changes):
        content = self.alice.content(type_number, body, **changes.pop("content", {}))
        return sealed(*(self.alice, self.bob, content), relay_id=self.relay.relay_id, **changes)

    async def delivered(self, peer: FakePeer, sequence: int, envelope: bytes) -> None:
        """Push one envelope and wait for its acknowledgement."""
        peer.deliver(sequence, envelope)
        await self.relay.until(
            lambda: any(ack.sequence >= sequence for ack in peer._of(frames.Ack))
        )

    async def ended(self, peer: FakePeer) -> None:
        """The client left this connection; it is alive and comes again later."""
        await peer.closed.wait()
        await self.bob.clock.advance(120)
        await self.subscribed(self.relay.peers.index(peer) + 2)

    @property
    def texts(self) -> list[str]:
        return self.bob.texts(self.alice)

    def fates(self) -> list[Fate]:
        contact = self.bob.contact(self.alice)
        rows = self.bob.store.history.conversation(contact.contact_id)
        return [row.fate for row in rows if row.fate is not None]


@pytest.fixture
async def hostile(fake_relay, tmp_path) -> AsyncIterator[Hostile]:  # noqa: F811
    fake_relay.script.hello["clock_ms"] = NOW_MS
    with (
        person(tmp_path / "alice", "Alice", relay=fake_relay.address) as alice,
        person(tmp_path / "bob", "Bob", relay=fake_relay.address) as bob,
    ):
        alice.knows(bob)
        bob.knows(alice)
        async with Client.open(
            bob.profile, clock=bob.clock, random_bytes=bob.random_bytes, jitter=lambda: 0.5
        ) as client:
            yield Hostile(fake_relay, alice, bob, client)


def a_deliver(peer: FakePeer, sequence: int, size: int = 8) -> frames.Deliver:
    return frames.Deliver(peer.subscription, sequence, 0, bytes(size))


BROKEN_RULES = {
    "length of 64 KiB and one": lambda peer: peer.write((65_537).to_bytes(4, "big")),
    "length of 4 GiB": lambda peer: peer.write(b"\xff" * 100),
    "nested containers": lambda peer: peer.write_body(b"\x93\x14\x01" + b"\x91" * 60_000),
    "sequence going back": lambda peer: peer.send(a_deliver(peer, 2), a_deliver(peer, 1)),
    "sequence repeated": lambda peer: peer.send(a_deliver(peer, 1), a_deliver(peer, 1)),
    "more than the credit": lambda peer: peer.send(
        *(a_deliver(peer, number) for number in range(1, 64 * TOLERANCE + 2))
    ),
    "another subscription": lambda peer: peer.send(frames.Deliver(99, 1, 0, b"x")),
    "an acknowledgement that nobody asked for": lambda peer: peer.send(frames.Done(4711)),
    "an acceptance that nobody asked for": lambda peer: peer.send(frames.Accepted(4711, 60_000)),
    "a part that nobody asked for": lambda peer: peer.send(frames.PartData(4711, 0, bytes(9))),
    "a second READY": lambda peer: peer.send(frames.Ready(4711, 1, bytes(16))),
    "a second SUBSCRIBED": lambda peer: peer.send(
        frames.Subscribed(peer.subscription, bytes(32), 64, 1)
    ),
    "a clock beyond every calendar": lambda peer: peer.send(frames.Pong(4711, clock_ms=2**64 - 1)),
    "a frame of a client": lambda peer: peer.write_body(b"\x92\x04\x01"),
}


@pytest.mark.parametrize("broken", BROKEN_RULES.values(), ids=BROKEN_RULES)
async def test_shown_a_relay_that_breaks_a_rule_is_left_and_nothing_changes(
    hostile: Hostile, broken
) -> None:
    await hostile.client.send("Alice", "mine")
    peer = await hostile.subscribed()
    await peer.frame(frames.Send)
    await settle()
    broken(peer)
    await hostile.ended(peer)
    assert hostile.texts == ["mine"]
    assert hostile.fates() == [Fate.ACCEPTED]


async def test_shown_garbage_of_a_relay_never_ends_the_client(hostile: Hostile) -> None:
    chance = random.Random(7)
    good = [
        frames.Deliver(3, 1, 0, hostile.from_alice()),
        frames.Synced(3),
        frames.Pong(5, clock_ms=NOW_MS),
        frames.FateNotice(0, 1, bytes(32), bytes(16)),
        frames.Error(1, 30, 100, "no"),
        frames.Goaway(0, 1, 5),
        frames.Accepted(1, 60_000),
    ]
    for number in range(1, 41):
        peer = await hostile.subscribed(number)
        for _ in range(10):
            body = bytearray(codec.encode(chance.choice(good)))
            for _ in range(chance.randrange(1, 4)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            peer.write(prefixed(bytes(body)))
        peer.transport.close()
        await hostile.ended(peer)
    peer = hostile.relay.peer
    await hostile.delivered(peer, 1, hostile.from_alice(body=b"still here"))
    assert "still here" in hostile.texts


async def test_shown_no_relay_invents_a_receipt(hostile: Hostile) -> None:
    """It accepts, says that it evicted, and repeats what it has: delivered stays Alice's word."""
    message = await hostile.client.send("Alice", "mine")
    peer = await hostile.subscribed()
    sent = await peer.frame(frames.Send)
    mine = sent.envelope
    await hostile.delivered(peer, 1, mine)  # our own envelope comes back
    receipt = Receipt(ReceiptKind.DELIVERED, (message.content_id,)).encode()
    genuine = hostile.from_alice(ContentType.RECEIPT, receipt)
    for index in (0, 1, 36, 68, 100, 116, 124, 130, len(genuine) - 1):
        changed = bytearray(genuine)
        changed[index] ^= 1
        await hostile.delivered(peer, index + 2, bytes(changed))
        assert hostile.fates() == [Fate.ACCEPTED], index
    await hostile.delivered(peer, 10_000, genuine)
    assert hostile.fates() == [Fate.DELIVERED], "the unchanged one is hers"


async def test_shown_an_envelope_for_somebody_else_is_not_opened(hostile: Hostile) -> None:
    peer = await hostile.subscribed()
    alice, bob = hostile.alice, hostile.bob
    of_another_relay = sealed(alice, bob, alice.content(), relay_id=b"x" * 32)
    of_another_mailbox = hostile.from_alice(mailbox=alice.identity.mailbox_id)
    await hostile.delivered(peer, 1, of_another_relay)
    await hostile.delivered(peer, 2, of_another_mailbox)
    assert hostile.texts == []


async def test_shown_a_thousand_repetitions_are_one_row_and_few_receipts(hostile: Hostile) -> None:
    hostile.relay.script.answers[frames.Send] = lambda peer, frame: None
    peer = await hostile.subscribed()
    data = hostile.from_alice(body=b"once")
    for start in range(1, 1001, 50):
        for sequence in range(start, start + 49):
            peer.deliver(sequence, data)
        await hostile.delivered(peer, start + 49, data)
    assert hostile.texts == ["once"]
    receipts = [row for row in hostile.bob.store.outbox.pending() if row.kind is OutboxKind.RECEIPT]
    assert len(receipts) <= 2


async def test_shown_a_here_that_is_repeated_is_no_sign_of_anybody(hostile: Hostile) -> None:
    """The relay keeps no memory of EPHEMERAL envelopes, and nobody may trust that it does."""
    peer = await hostile.subscribed()
    here = hostile.from_alice(*(ContentType.HERE, b""), flags=int(EnvelopeFlag.EPHEMERAL), ttl_ms=0)
    with hostile.client.listening() as events:
        for _ in range(200):
            peer.deliver(0, here)
        await hostile.delivered(peer, 1, hostile.from_alice(body=b"behind them"))
        hostile.alice.pass_ms(1000)
        newer = hostile.from_alice(
            *(ContentType.HERE, b""), flags=int(EnvelopeFlag.EPHEMERAL), ttl_ms=0
        )
        peer.deliver(0, newer)
        peer.deliver(0, here)  # and an older one again
        await hostile.delivered(peer, 2, hostile.from_alice(body=b"behind them too"))
        kinds = []
        while not events.empty():
            kinds.append(type(events.get_nowait()).__name__)
    assert kinds.count("ContactHere") == 2
    assert hostile.client.counters["a here that came before"] >= 200


async def test_shown_endless_ephemeral_pushes_are_bounded(hostile: Hostile) -> None:
    peer = await hostile.subscribed()
    noise = frames.Deliver(peer.subscription, 0, 0, bytes(300))
    peer.send(*[noise] * 2000)
    await hostile.delivered(peer, 1, hostile.from_alice(body=b"after the noise"))
    assert hostile.texts == ["after the noise"]


@pytest.mark.parametrize("clock_ms", [2**64 - 1, YEAR_10000_MS + 1])
async def test_shown_a_clock_beyond_the_year_10000_is_refused(
    hostile: Hostile, clock_ms: int
) -> None:
    await hostile.client.send("Alice", "mine")
    peer = await hostile.subscribed()
    await peer.frame(frames.Send)
    await settle()
    hostile.relay.script.hello["clock_ms"] = clock_ms
    peer.transport.abort()
    await peer.closed.wait()
    await hostile.bob.clock.advance(30)
    await hostile.relay.connected(2)
    await hostile.relay.peers[1].closed.wait()
    assert hostile.client.state is not LinkState.ONLINE
    assert abs(hostile.client.now_ms() - NOW_MS) < HOUR_MS
    assert hostile.fates() == [Fate.ACCEPTED], "nothing expired by its word"


async def test_shown_a_clock_that_jumps_shows_nothing_twice(hostile: Hostile) -> None:
    """Ahead to have it forgotten, back to deliver it again, after the history was wiped."""
    peer = await hostile.subscribed()
    data = hostile.from_alice(body=b"once", content={"life_ms": DAY_MS})
    await hostile.delivered(peer, 1, data)
    contact = hostile.bob.contact(hostile.alice)
    hostile.bob.store.wipe_conversation(contact.contact_id)
    for number, clock_ms in enumerate((NOW_MS + 400 * DAY_MS, NOW_MS), start=2):
        hostile.relay.script.hello["clock_ms"] = clock_ms
        peer.transport.abort()
        await peer.closed.wait()
        await hostile.bob.clock.advance(2 * 3600)  # housekeeping runs
        peer = await hostile.subscribed(number)
    await hostile.delivered(peer, 1, data)
    assert hostile.texts == []
    assert hostile.bob.store.seen.contains(
        hostile.alice.identity.identity, _content_id(data, hostile)
    )


def _content_id(data: bytes, hostile: Hostile) -> bytes:
    from whispr.client.opening import Message, open_envelope

    opened = open_envelope(data, hostile.bob.identity, (hostile.relay.relay_id,))
    assert isinstance(opened, Message)
    return opened.content.content_id


def test_shown_what_was_forgotten_is_not_new_when_a_clock_is_set_back(tmp_path) -> None:
    """Months later the row is gone; a relay that lives in the past shows nothing again."""
    with person(tmp_path / "a", "Alice") as alice, person(tmp_path / "b", "Bob") as bob:
        alice.knows(bob)
        bob.knows(alice)
        data = sealed(alice, bob, alice.content(life_ms=DAY_MS))
        bob.receive(data)
        bob.pass_ms(60 * DAY_MS)
        assert bob.store.seen.purge(bob.core.now_ms()) == 1
        bob.store.wipe_conversation(bob.contact(alice).contact_id)
        outbox = len(bob.store.outbox.pending())
        bob.core.relay_clock.set_from(NOW_MS)
        bob.receive(data)
        assert bob.texts(alice) == []
        assert len(bob.store.outbox.pending()) == outbox, "no receipt for what was not looked at"
        alice.pass_ms(60 * DAY_MS)
        bob.core.relay_clock.set_from(NOW_MS + 60 * DAY_MS)
        bob.receive(sealed(alice, bob, alice.content(body=b"new")))
        assert bob.texts(alice) == ["new"]


async def test_shown_an_epoch_that_changes_at_each_connection_costs_one_send_each(
    hostile: Hostile,
) -> None:
    message = await hostile.client.send("Alice", "mine")
    for number in range(1, 11):
        epoch = number.to_bytes(16, "big")

        def ready(peer, frame, epoch=epoch):
            return dataclasses.replace(peer.ordinary(frame), epoch=epoch)

        hostile.relay.script.answers[frames.Auth] = ready
        peer = await hostile.subscribed(number)
        await peer.frame(frames.Send)
        await settle()
        texts = len(peer._of(frames.Send))
        assert texts <= 1 + (number == 1), "once, and a here"
        assert hostile.fates() == [Fate.ACCEPTED]
        peer.transport.abort()
        await peer.closed.wait()
        await hostile.bob.clock.advance(120)
    assert hostile.bob.store.history.get(message.message_id).fate is Fate.ACCEPTED


async def test_shown_a_relay_that_keeps_nothing_is_not_fed_at_every_sign(hostile: Hostile) -> None:
    """It accepts for 0 ms and replays what Alice once said: one send a second at most."""
    hostile.relay.script.answers[frames.Send] = lambda peer, frame: frames.Accepted(
        frame.request_id, 0
    )
    await hostile.client.send("Alice", "mine")
    peer = await hostile.subscribed()
    await peer.frame(frames.Send)
    await settle()
    (row,) = [row for row in hostile.bob.store.outbox.pending() if row.kind is OutboxKind.TEXT]
    assert row.state is OutboxState.ACCEPTED
    assert row.on_relay_until_ms - hostile.client.now_ms() == SHORTEST_ON_RELAY_MS
    data = hostile.from_alice(body=b"sign of life")
    before = row.attempts
    for sequence in range(1, 31):
        await hostile.delivered(peer, sequence, data)
    await settle()
    assert hostile.bob.store.outbox.get(row.outbox_id).attempts == before


async def test_shown_a_wrong_pin_gets_not_one_byte(fake_relay, tmp_path) -> None:  # noqa: F811
    wrong = dataclasses.replace(fake_relay.address, relay_ids=(b"w" * 32,))
    with person(tmp_path / "bob", "Bob", relay=wrong) as bob:
        async with Client.open(bob.profile, clock=bob.clock, jitter=lambda: 0.5) as client:
            with client.listening() as events:
                state = client.state
                while state is not LinkState.REFUSED:
                    event = await events.get()
                    assert isinstance(event, ConnectionChanged)
                    state = event.state
            assert "another key" in event.reason
            assert all(peer.bytes_received == 0 for peer in fake_relay.peers)
