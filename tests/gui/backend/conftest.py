"""Two people with sessions on a real relay in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.client.kit import PIN, key_file_access
from whispr.gui.backend.actions import Actions
from whispr.gui.backend.session import Session
from whispr.gui.news import MessageNews, PeopleNews
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay


class Person:
    """A session, and what its window was told."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.told: list[Any] = []
        self._changed = asyncio.Event()
        self.session = Session(self._take, access=key_file_access(name))
        self.actions = Actions(self.session)

    def _take(self, news: Any) -> None:
        self.told.append(news)
        self._changed.set()

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait for news until something holds."""
        async with asyncio.timeout(20):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    @property
    def people(self) -> PeopleNews:
        """The contact list as it was told last."""
        return next(news for news in reversed(self.told) if isinstance(news, PeopleNews))

    def messages(self) -> dict[int, Any]:
        """Every message by id as it was told last."""
        found = {}
        for news in self.told:
            if isinstance(news, MessageNews):
                found.update({item.message_id: item for item in (*news.added, *news.changed)})
        return found


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    config = RelayConfig(listen=("127.0.0.1:0",), data=tmp_path / "relay")
    running = Relay(config, log=Log(SystemClock(), level="error"))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def alice(tmp_path: Path, relay: Relay) -> AsyncIterator[Person]:
    person = Person("Alice", tmp_path / "alice")
    await person.session.create(person.folder, "Alice", PIN, relay.address.text())
    yield person
    await person.session.close()


@pytest.fixture
async def bob(tmp_path: Path, relay: Relay) -> AsyncIterator[Person]:
    person = Person("Bob", tmp_path / "bob")
    await person.session.create(person.folder, "Bob", PIN, relay.address.text())
    yield person
    await person.session.close()


async def introduce(one: Person, other: Person) -> tuple[int, int]:
    """Each has the card of the other; returns the ids they have for each other."""
    first = await one.actions.add_contact(other.session.opened().own.card, None)
    second = await other.actions.add_contact(one.session.opened().own.card, None)
    return first, second
