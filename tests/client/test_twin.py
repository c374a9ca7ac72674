"""A former device that is still alive hears that it was replaced, and its mailbox is taken back."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import (
    DAY_MS,
    NOW_MS,
    PIN,
    RELAY,
    RELAY_ID,
    Person,
    card_of,
    key_file_access,
    material,
    open_person,
    person,
    seeded,
)
from tests.client.sending_kit import Desk, FakeLink, make_desk, silent
from whispr.client.crypto.key_material import PreviousMailbox
from whispr.client.link import Link
from whispr.client.profile import Profile
from whispr.client.receiver import MOVED
from whispr.client.sealing import Sealer
from whispr.client.twin import REACH_SECONDS, REPLACED_CARD, TAKE_BACK_SECONDS, Twin


@pytest.fixture
def new_device(tmp_path: Path) -> Iterator[Person]:
    mailboxes = tuple(
        PreviousMailbox(seeded("Alice", number, "mailbox"), RELAY.text(), b"", NOW_MS + DAY_MS)
        for number in (1, 0)
    )
    keys = dataclasses.replace(material("Alice", device=2), previous_mailboxes=mailboxes)
    with Profile.create(tmp_path / "new", keys, PIN, key_file_access("new")) as profile:
        profile.store.settings.set(REPLACED_CARD, card_of(material("Alice")).data)
        yield open_person(profile, "new")


@pytest.fixture
async def desk(new_device: Person) -> AsyncIterator[Desk]:
    made = make_desk(new_device)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def twin(desk: Desk) -> AsyncIterator[Twin]:
    made = Twin(desk.person.core, desk.links, Sealer(desk.person.core))
    yield made
    await made.stop()


def former(desk: Desk, number: int = 1) -> FakeLink:
    return desk.network.links[number]


def tell(twin: Twin, link: FakeLink) -> None:
    twin.tell(cast("Link", link))


async def test_former_device_is_told_and_gives_up(twin: Twin, desk: Desk, tmp_path: Path) -> None:
    tell(twin, former(desk))
    await settle()
    (envelope,) = desk.network.sent
    with person(tmp_path / "old", "Alice") as old:
        assert envelope.mailbox == old.card.device.mailbox
        for action in old.receiver.receive(envelope.data, (RELAY_ID,)):
            action()
        assert old.store.settings.get(MOVED) == desk.person.card.card_version
        assert old.reactions.moved == 1


async def test_mailbox_is_taken_back_after_a_minute(twin: Twin, desk: Desk) -> None:
    tell(twin, former(desk))
    await desk.clock.advance(TAKE_BACK_SECONDS - 0.1)
    assert former(desk).retries == 0
    await desk.clock.advance(0.2)
    assert former(desk).retries == 1


async def test_told_once_while_it_is_being_told(twin: Twin, desk: Desk) -> None:
    tell(twin, former(desk))
    tell(twin, former(desk))
    await settle()
    assert len(desk.network.sent) == 1
    await desk.clock.advance(TAKE_BACK_SECONDS + 1)
    tell(twin, former(desk))
    await settle()
    assert len(desk.network.sent) == 2


async def test_each_former_mailbox_is_taken_back(twin: Twin, desk: Desk) -> None:
    tell(twin, former(desk, 1))
    tell(twin, former(desk, 2))
    await desk.clock.advance(TAKE_BACK_SECONDS + 1)
    assert [former(desk, number).retries for number in (1, 2)] == [1, 1]


async def test_relay_that_does_not_answer_is_counted_and_the_mailbox_taken_back_all_the_same(
    twin: Twin, desk: Desk
) -> None:
    desk.network.answer = silent
    tell(twin, former(desk))
    await desk.clock.advance(REACH_SECONDS + TAKE_BACK_SECONDS + 1)
    assert desk.person.counts == {"former device not told": 1}
    assert former(desk).retries == 1


async def test_device_that_replaced_nobody_tells_nobody(twin: Twin, desk: Desk) -> None:
    desk.person.store.settings.set(REPLACED_CARD, b"")
    tell(twin, former(desk))
    await desk.clock.advance(TAKE_BACK_SECONDS + 1)
    assert desk.network.sent == [] and former(desk).retries == 0


async def test_damaged_card_is_counted(twin: Twin, desk: Desk) -> None:
    desk.person.store.settings.set(REPLACED_CARD, b"no card")
    tell(twin, former(desk))
    await settle()
    assert desk.person.counts == {"former device not told": 1}


async def test_stop_leaves_no_task(twin: Twin, desk: Desk) -> None:
    tell(twin, former(desk))
    await settle()
    await twin.stop()
    await desk.stop()
    assert desk.clock.sleeping == []
