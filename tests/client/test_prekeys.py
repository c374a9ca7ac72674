"""The stock of prekeys on our relay: made, rotated, filled up, replaced when it is not ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import HOUR_MS, Person, Scene
from tests.client.suite2_kit import Shelf
from whispr.client.crypto.suite2.bundle import open_bundle
from whispr.client.crypto.suite2.party import Party
from whispr.client.crypto.suite2.prekey import PrekeyKind
from whispr.client.own_card import CARD
from whispr.client.prekeys import (
    LIFE_MS,
    ONE_TIME,
    ONE_TIME_KEM,
    OPENS_LONGER_MS,
    RETRY_SECONDS,
    ROTATE_MS,
    Prekeys,
)
from whispr.errors import ConnectionClosedError, RelayFullError, StorageError
from whispr.protocol import frames
from whispr.protocol.codes import Capability
from whispr.protocol.device import SUITE_1_BIT, SUITE_2_BIT
from whispr.protocol.limits import LOW_PREKEYS
from whispr.protocol.schema import Frame


class OwnRelay:
    """A connection to the own relay that holds prekeys."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.hello = SimpleNamespace(capabilities=int(Capability.PREKEYS))
        self.usable = True
        self.asked = 0
        self.trouble: Exception | None = None
        self.lose_answers = False

    async def request(self, frame_type: type[Frame], **fields: Any) -> Frame:
        assert frame_type is frames.PublishPrekeys
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        frame = frames.PublishPrekeys(self.asked, **fields)
        if frame.one_time or frame.one_time_kem or frame.replace:
            stock = self.shelf.put(frame)
            if self.lose_answers:
                raise ConnectionClosedError("the answer is lost")
            return stock
        return self.shelf.stock(self.asked)


class Stockroom:
    """Alice's prekeys and her relay."""

    def __init__(self, alice: Person) -> None:
        self.alice = alice
        self.relay = OwnRelay()
        self.announced = 0
        self.prekeys = Prekeys(alice.core, alice.ratchets, self._advertised)

    def _advertised(self) -> None:
        self.announced += 1

    async def connect(self) -> None:
        self.prekeys.own_ready(self.relay)  # type: ignore[arg-type]
        await settle()

    @property
    def published(self) -> list[frames.PublishPrekeys]:
        return self.relay.shelf.published


@pytest.fixture
async def room(people: Scene) -> AsyncIterator[Stockroom]:
    made = Stockroom(people.alice)
    made.prekeys.start()
    yield made
    await made.prekeys.stop()


async def test_everything_is_published_once_and_the_card_says_so(room: Stockroom) -> None:
    before = room.alice.card
    assert before.device.suites == SUITE_1_BIT
    await room.connect()
    (everything,) = room.published
    assert everything.replace == 1
    assert (len(everything.one_time) // 108, len(everything.one_time_kem) // 1260) == (50, 20)
    card = room.alice.card
    assert card.device.suites == SUITE_1_BIT | SUITE_2_BIT
    assert card.device.kem_key_hash == room.alice.ratchets.kem().public_hash
    assert card.card_version > before.card_version
    await room.connect()
    assert len(room.published) == 1 and room.announced == 1
    assert room.alice.card == card


async def test_what_was_published_is_a_bundle_that_opens(room: Stockroom) -> None:
    await room.connect()
    card = room.alice.card
    claimed = room.relay.shelf.take()
    now_ms = room.alice.core.now_ms()
    bundle = open_bundle(claimed, Party.of_device(card, card.device), now_ms)
    assert bundle.one_time is not None
    assert bundle.kem.kind is PrekeyKind.KEM_ONE_TIME
    open_bundle(claimed, Party.of_device(card, card.device), now_ms + 14 * 24 * HOUR_MS)


async def test_secrets_are_on_the_disk_before_the_relay_has_the_records(room: Stockroom) -> None:
    room.relay.lose_answers = True
    await room.connect()
    (everything,) = room.published
    counts = [room.alice.store.prekeys.count(kind) for kind in PrekeyKind]
    assert counts == [1, ONE_TIME, 1, ONE_TIME_KEM]
    assert room.alice.card.device.suites == SUITE_1_BIT, "not before the relay has said so"
    room.relay.lose_answers = False
    await room.alice.clock.advance(RETRY_SECONDS)
    await settle()
    assert room.published == [everything], "no record is handed over twice"
    assert room.alice.card.device.suites == SUITE_1_BIT | SUITE_2_BIT


async def test_signed_prekeys_are_replaced_every_other_day_and_open_three_more(
    room: Stockroom,
) -> None:
    await room.connect()
    first = int.from_bytes(room.published[0].signed_prekey[:4], "big")
    await room.alice.clock.advance(ROTATE_MS / 1000 + 1)
    await settle()
    assert len(room.published) == 2 and room.published[1].replace == 1
    prekeys, now_ms = room.alice.store.prekeys, room.alice.core.now_ms()
    prekeys.purge(now_ms + OPENS_LONGER_MS - 2000)
    assert prekeys.get(PrekeyKind.SIGNED, first) is not None
    prekeys.purge(now_ms + OPENS_LONGER_MS)
    assert prekeys.get(PrekeyKind.SIGNED, first) is None
    assert prekeys.count(PrekeyKind.ONE_TIME) == ONE_TIME, "of the new ones"
    assert LIFE_MS >= ROTATE_MS + 14 * 24 * HOUR_MS, "a relay hands out nothing that has expired"


async def test_a_low_stock_is_filled_up_with_new_ones(room: Stockroom) -> None:
    await room.connect()
    shelf = room.relay.shelf
    del shelf.one_time[LOW_PREKEYS - 1 :]
    handed_over = {
        shelf.published[0].one_time[start : start + 108] for start in range(0, 5400, 108)
    }
    room.prekeys.low()
    await settle()
    more = shelf.published[1]
    assert more.replace == 0 and more.signed_prekey == b"" and more.one_time_kem == b""
    assert len(shelf.one_time) == ONE_TIME
    assert not handed_over & {
        more.one_time[start : start + 108] for start in range(0, len(more.one_time), 108)
    }


async def test_card_and_its_telling_are_one_commit(room: Stockroom) -> None:
    await room.prekeys.stop()

    def fails() -> None:
        raise StorageError("the disk is full")

    prekeys = Prekeys(room.alice.core, room.alice.ratchets, fails)
    before = room.alice.card
    with pytest.raises(StorageError):
        await prekeys._publish(room.relay)  # type: ignore[arg-type]
    assert room.alice.card == before
    assert room.alice.core.own_card._settings.get(CARD) in (before.data, b"")


async def test_enough_is_left_alone(room: Stockroom) -> None:
    await room.connect()
    del room.relay.shelf.one_time[LOW_PREKEYS:]
    room.prekeys.low()
    await settle()
    assert len(room.published) == 1


@pytest.mark.parametrize("kind", [PrekeyKind.SIGNED, PrekeyKind.ONE_TIME, PrekeyKind.KEM_ONE_TIME])
async def test_prekeys_whose_secrets_are_gone_are_replaced(
    room: Stockroom, kind: PrekeyKind
) -> None:
    """The profile is an older copy of itself: the relay has what came after it."""
    await room.connect()
    room.alice.store.database.change("DELETE FROM prekey WHERE kind = ?", (kind,))
    await room.connect()
    assert [frame.replace for frame in room.published] == [1, 1]


async def test_a_relay_that_forgot_gets_everything_again(room: Stockroom) -> None:
    await room.connect()
    published = room.relay.shelf.published
    room.relay.shelf = Shelf()
    await room.connect()
    assert room.published[0].replace == 1
    assert room.published[0].one_time != published[0].one_time


async def test_a_relay_without_prekeys_is_not_asked(room: Stockroom) -> None:
    room.relay.hello.capabilities = int(Capability.BLOBS)
    await room.connect()
    assert room.relay.asked == 0
    assert room.alice.card.device.suites == SUITE_1_BIT


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (RelayFullError("full", retry_after_ms=3_600_000), 3600.0),
        (RelayFullError("full", retry_after_ms=0), RETRY_SECONDS),
        (ConnectionClosedError("gone"), RETRY_SECONDS),
    ],
)
async def test_a_refusal_is_tried_again_later(
    room: Stockroom, trouble: Exception, seconds: float
) -> None:
    room.relay.trouble = trouble
    await room.connect()
    assert room.relay.asked == 1
    await room.alice.clock.advance(seconds - 1)
    assert room.relay.asked == 1
    room.relay.trouble = None
    await room.alice.clock.advance(1)
    await settle()
    assert len(room.published) == 1


async def test_a_profile_without_a_pinned_relay_publishes_and_waits_with_the_card(
    room: Stockroom,
) -> None:
    room.alice.core.own_card._card = None
    await room.connect()
    assert len(room.published) == 1 and room.announced == 0
