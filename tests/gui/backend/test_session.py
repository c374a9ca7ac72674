from __future__ import annotations

import asyncio

import pytest

from tests.client.kit import PIN
from tests.gui.backend.conftest import Person, introduce
from whispr.client.events import FateChanged
from whispr.client.store.message import Fate
from whispr.errors import LocalProtocolError, ProfileExistsError, ProfileInUseError, WrongPinError
from whispr.gui.backend.session import BATCH_SECONDS
from whispr.gui.news import ConnectionNews, MessageNews, PeopleNews
from whispr.relay.relay import Relay


async def test_a_new_person_has_a_card_and_nobody(alice: Person) -> None:
    opened = alice.session.opened()
    assert opened.own.name == "Alice" and opened.own.card.startswith("whispr://")
    assert opened.conversations == () and opened.requests == ()


async def test_connection_is_told(alice: Person, relay: Relay) -> None:
    def online() -> bool:
        return any(
            isinstance(news, ConnectionNews) and news.connection.phase == "online"
            for news in alice.told
        )

    await alice.until(online)
    assert alice.session.opened().connection.location == relay.address.location
    assert alice.session.opened().connection.lost_at is None
    assert alice.session.opened().connection.message_life_ms


async def test_lost_relay_has_a_cause_and_a_time(alice: Person, relay: Relay) -> None:
    await alice.until(lambda: alice.session.opened().connection.phase == "online")
    await relay.stop()
    await alice.until(lambda: alice.session.opened().connection.phase == "waiting")
    connection = alice.session.opened().connection
    assert connection.reason and connection.retry_at is not None
    assert connection.lost_at is not None


async def test_text_goes_from_queued_to_delivered(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "hello")
    (sent,) = alice.messages().values()
    assert sent.fate == "queued"
    await alice.until(lambda: any(item.fate == "delivered" for item in alice.messages().values()))
    await bob.until(lambda: bob.messages())
    assert [item.text for item in bob.messages().values()] == ["hello"]
    assert bob.people.conversations[0].unread == 1


async def test_many_events_are_few_news(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "hello")
    await alice.until(lambda: any(item.fate == "delivered" for item in alice.messages().values()))
    (message_id,) = alice.messages()
    await asyncio.sleep(2 * BATCH_SECONDS)
    alice.told.clear()
    for _ in range(500):
        alice.session.client._core.emit(FateChanged(message_id, to_bob, b"", Fate.DELIVERED))
    await alice.until(lambda: alice.told)
    assert [type(news) for news in alice.told] == [MessageNews, PeopleNews]


async def test_lock_and_unlock(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.save_draft(to_bob, "not yet")
    await alice.session.close()
    with pytest.raises(LocalProtocolError):
        _ = alice.session.client
    with pytest.raises(WrongPinError):
        await alice.session.unlock(alice.folder, "000001")
    opened = await alice.session.unlock(alice.folder, PIN)
    assert [item.draft for item in opened.conversations] == ["not yet"]


async def test_second_window_is_refused(alice: Person, tmp_path: object) -> None:
    second = Person("Alice", alice.folder)
    with pytest.raises(ProfileInUseError):
        await second.session.unlock(alice.folder, PIN)


async def test_one_session_holds_one_profile(alice: Person) -> None:
    with pytest.raises(ProfileExistsError):
        await alice.session.create(alice.folder.with_name("third"), "Carol", PIN, "whispr://h:1")


async def test_work_that_goes_on_ends_with_the_lock(alice: Person) -> None:
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    alice.session.keep(waiting)
    await alice.session.close()
    assert waiting.cancelled()
