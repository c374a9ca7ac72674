"""The former device, still alive, is told that it was replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import RELAY, RELAY_ID, Person, Scene, person
from whispr.client.sealing import Sealer
from whispr.client.twin import REACH_SECONDS, REPLACED_CARD, TAKE_BACK_SECONDS, Twin
from whispr.errors import ConnectError, MailboxFullError
from whispr.protocol.address import RelayAddress


class FakeSession:
    relay_id = RELAY_ID

    def __init__(self, owner: Person) -> None:
        self.relay_clock = owner.core.relay_clock
        self.sent: list[bytes] = []
        self.error: Exception | None = None

    async def request(self, frame_type: type, /, *, envelope: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(envelope)


class FakeLinks:
    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.asked: list[RelayAddress] = []
        self.error: Exception | None = None

    async def session_to(self, relay: RelayAddress) -> FakeSession:
        self.asked.append(relay)
        if self.error is not None:
            raise self.error
        return self.session


class FakeLink:
    def __init__(self) -> None:
        self.retries = 0

    def retry_now(self) -> None:
        self.retries += 1


class Telling:
    """Bob's new device, and what it tells the former one."""

    def __init__(self, new: Person, former: Person) -> None:
        self.new = new
        self.session = FakeSession(new)
        self.links = FakeLinks(self.session)
        links: Any = self.links
        self.twin = Twin(new.core, links, Sealer(new.core, new.ratchets))
        self.link: Any = FakeLink()
        new.store.settings.set(REPLACED_CARD, former.card.data)


@pytest.fixture
async def telling(people: Scene, tmp_path: Path) -> AsyncIterator[Telling]:
    with person(tmp_path / "new", "Bob", device=2) as new:
        made = Telling(new, people.bob)
        yield made
        await made.twin.stop()


async def test_the_former_device_learns_that_it_was_replaced(
    telling: Telling, people: Scene
) -> None:
    telling.twin.tell(telling.link)
    await settle()
    assert telling.links.asked == [RELAY]
    (data,) = telling.session.sent
    people.bob.receive(data)
    assert people.bob.reactions.moved == 1
    assert telling.link.retries == 0
    await telling.new.clock.advance(TAKE_BACK_SECONDS)
    assert telling.link.retries == 1, "then the mailbox is taken back"


async def test_it_is_told_once_at_a_time(telling: Telling) -> None:
    for _ in range(3):
        telling.twin.tell(telling.link)
    await settle()
    assert len(telling.session.sent) == 1
    await telling.new.clock.advance(TAKE_BACK_SECONDS)
    telling.twin.tell(telling.link)
    await settle()
    assert len(telling.session.sent) == 2


async def test_who_replaced_nobody_tells_nobody(telling: Telling) -> None:
    telling.new.store.settings.set(REPLACED_CARD, b"")
    telling.twin.tell(telling.link)
    await settle()
    assert telling.session.sent == [] and telling.links.asked == []


async def test_a_relay_that_cannot_be_reached_is_counted_and_tried_again(
    telling: Telling,
) -> None:
    telling.links.error = ConnectError("no connection")
    telling.twin.tell(telling.link)
    await settle()
    telling.links.error, telling.session.error = None, MailboxFullError("full")
    await telling.new.clock.advance(TAKE_BACK_SECONDS)
    telling.twin.tell(telling.link)
    await settle()
    assert telling.new.counts == {"former device not told": 2}
    await telling.new.clock.advance(REACH_SECONDS + TAKE_BACK_SECONDS)
    assert telling.link.retries == 2
