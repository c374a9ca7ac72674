"""`Session`: the open profile in the network thread; follows its events and tells the window."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from whispr.client.account import new_key_material
from whispr.client.events import (
    AttachmentFailed,
    AttachmentStored,
    ConnectionChanged,
    ContactChanged,
    Event,
    FateChanged,
    LinkState,
    MessageReceived,
    RequestReceived,
    TransferProgress,
)
from whispr.client.profile import KeyFileAccess, Profile
from whispr.errors import LocalProtocolError, ProfileExistsError
from whispr.gui.backend import readings
from whispr.gui.backend.loading import load_client
from whispr.gui.backend.previews import Previews
from whispr.gui.items import ConnectionItem, ConnectionPhase, MessageItem
from whispr.gui.news import ConnectionNews, HistoryNews, MessageNews, News, Opened, PeopleNews
from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.client.client import Client
    from whispr.client.links import MakeLink
    from whispr.client.store.message import Message

BATCH_SECONDS = 0.03
"""How long events are collected before the window is told: 500 at once are one redraw."""
PURGE_SECONDS = 3600.0
"""How often old messages are looked for."""
_PHASES: dict[LinkState, ConnectionPhase] = {
    LinkState.CONNECTING: "connecting",
    LinkState.ONLINE: "online",
    LinkState.WAITING: "waiting",
    LinkState.REPLACED: "replaced",
    LinkState.REFUSED: "refused",
    LinkState.CLOSED: "closed",
}


class Session:
    """One profile from unlocking to locking; its methods run in the network thread."""

    def __init__(
        self,
        emit: Callable[[News], object],
        *,
        access: KeyFileAccess | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        make_link: MakeLink | None = None,
    ) -> None:
        self._emit = emit
        self.access = access or KeyFileAccess()
        self._monotonic = monotonic
        self._wall_ms = wall_ms
        self._make_link = make_link
        self._resources = contextlib.AsyncExitStack()
        self._profile: Profile | None = None
        self._client: Client | None = None
        self._done_bytes: dict[int, int] = {}
        self._connection = ConnectionItem("closed")
        self._tasks: set[asyncio.Future[None]] = set()
        self._turn = asyncio.Lock()
        self.previews = Previews()

    @property
    def client(self) -> Client:
        """The open client; LocalProtocolError while locked."""
        if self._client is None:
            raise LocalProtocolError("the profile is locked")
        return self._client

    @property
    def profile(self) -> Profile:
        """The unlocked profile; LocalProtocolError while locked."""
        if self._profile is None:
            raise LocalProtocolError("the profile is locked")
        return self._profile

    async def unlock(self, folder: Path, secret: str) -> Opened:
        """Open a profile; the KDF runs in another thread.

        Raises:
            NoProfileError, ProfileInUseError, WrongPinError, CorruptFileError,
            UnsupportedFormatError.
        """
        async with self._turn:
            profile = await asyncio.to_thread(Profile.unlock, folder, secret, self.access)
            return await self._begin(profile)

    async def create(self, folder: Path, name: str, secret: str, relay: str) -> Opened:
        """Make a profile and open it; after a crash, repeatable.

        Raises:
            UserInputError, InvalidAddressError, WeakSecretError, ProfileExistsError, StorageError.
        """
        material = new_key_material(name, RelayAddress.parse(relay), now_ms=self._wall_ms())
        async with self._turn:
            profile = await asyncio.to_thread(Profile.create, folder, material, secret, self.access)
            return await self._begin(profile)

    async def _begin(self, profile: Profile) -> Opened:
        if self._profile is not None:
            profile.close()
            raise ProfileExistsError("another profile is open already")
        self._resources = contextlib.AsyncExitStack()
        self._resources.callback(profile.close)
        client_class, make_link = await load_client(), self._make_link
        client = await self._resources.enter_async_context(
            client_class.open(profile, make_link=make_link)
            if make_link
            else client_class.open(profile)
        )
        queue = self._resources.enter_context(client.listening())
        self._profile, self._client = profile, client
        self._connection = self._connection_of(client.state, client.relay.location, "", 0.0)
        client.messages.purge()
        following = asyncio.create_task(self._follow(queue), name="whispr follow")
        self._resources.push_async_callback(_cancel, following)
        purging = asyncio.create_task(self._purge(), name="whispr purge")
        self._resources.push_async_callback(_cancel, purging)
        return self.opened()

    def opened(self) -> Opened:
        """Everything the first look needs."""
        store = self.client.store
        return Opened(
            readings.own_item(self.client),
            readings.conversation_items(store),
            readings.request_items(store),
            self._connection,
        )

    async def close(self) -> None:
        """Lock: close the client and the database, drop the keys; a second call does nothing."""
        async with self._turn:
            self._client = self._profile = None
            for task in self._tasks:
                task.cancel()
            self._done_bytes.clear()
            self.previews.clear()
            self._connection = ConnectionItem("locked")
            await self._resources.aclose()

    def tell_people(self) -> None:
        """The contact list is told anew."""
        store = self.client.store
        self._emit(
            PeopleNews(
                readings.conversation_items(store),
                readings.request_items(store),
                readings.own_item(self.client),
            )
        )

    def tell(self, news: News) -> None:
        """Tell the window something that an action did."""
        self._emit(news)

    def keep(self, task: asyncio.Future[None]) -> None:
        """Hold on to work that goes on by itself, until it is done or the profile is locked."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def item(self, message: Message) -> MessageItem:
        """The row of a message as it is now."""
        store = self.client.store
        attachment = store.attachments.get(message.message_id)
        return readings.message_item(
            message,
            attachment,
            done_bytes=self._done_bytes.get(message.message_id, 0),
            preview=self.previews.known(message.message_id),
        )

    async def _purge(self) -> None:
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            self.purge()

    def purge(self) -> int:
        """Delete what is older than the person wants to keep; returns how many messages."""
        count = self.client.messages.purge()
        if count:
            for contact in self.client.store.contacts.list():
                self._emit(HistoryNews(contact.contact_id))
            self.tell_people()
        return count

    async def _follow(self, queue: asyncio.Queue[Event]) -> None:
        while True:
            batch = [await queue.get()]
            await asyncio.sleep(BATCH_SECONDS)
            while not queue.empty():
                batch.append(queue.get_nowait())
            self._tell_batch(batch)

    def _tell_batch(self, batch: list[Event]) -> None:
        added: dict[int, None] = {}
        changed: dict[int, None] = {}
        people = False
        for event in batch:
            match event:
                case ConnectionChanged(own=True):
                    self._connected(event)
                    people = people or event.state is LinkState.ONLINE
                case MessageReceived():
                    added[event.message_id] = None
                case FateChanged() | AttachmentStored() | AttachmentFailed():
                    changed[event.message_id] = None
                case TransferProgress():
                    self._done_bytes[event.message_id] = event.done_bytes
                    changed[event.message_id] = None
                case ContactChanged() | RequestReceived():
                    people = True
                case _:
                    pass
        news = MessageNews(
            self._items(added), self._items(key for key in changed if key not in added)
        )
        if news.added or news.changed:
            self._emit(news)
        if people or added or any(not isinstance(event, TransferProgress) for event in batch):
            self.tell_people()

    def _items(self, message_ids: Iterable[int]) -> tuple[MessageItem, ...]:
        history = self.client.store.history
        found = (history.get(message_id) for message_id in sorted(message_ids))
        return tuple(self.item(message) for message in found if message is not None)

    def _connected(self, event: ConnectionChanged) -> None:
        self._connection = self._connection_of(
            event.state, event.location, event.reason, event.retry_seconds
        )
        self._emit(ConnectionNews(self._connection))

    def _connection_of(
        self, state: LinkState, location: str, reason: str, retry_seconds: float
    ) -> ConnectionItem:
        now = self._monotonic()
        lost_at = None if state is LinkState.ONLINE else self._connection.lost_at or now
        return ConnectionItem(
            phase=_PHASES[state],
            location=location,
            reason=reason,
            retry_at=now + retry_seconds if state is LinkState.WAITING else None,
            lost_at=lost_at,
            message_life_ms=self.client.message_life_ms if self._client else None,
        )


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
