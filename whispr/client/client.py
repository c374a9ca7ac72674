"""`Client`: the public face of the library, for the desktop, the command line and bots alike.

with await asyncio.to_thread(Profile.unlock, folder, pin) as profile:
    async with Client.open(profile) as client:
        message = await client.send("Bob", "hello")
        await client.wait_for_fate(message.message_id, Fate.DELIVERED, timeout_seconds=10)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from whispr.client.account import check_name
from whispr.client.clock import ClientClock, RelayClock, SystemClock, within
from whispr.client.core import Core
from whispr.client.engine import Engine
from whispr.client.events import Event, FateChanged, LinkState
from whispr.client.files.outgoing import DEFAULT_MAX_FILE_BYTES, prepare
from whispr.client.link import Link
from whispr.client.messages import Messages
from whispr.client.own_card import OwnCard
from whispr.client.people import People
from whispr.client.receiver import MOVED
from whispr.client.store.message import Fate, Message
from whispr.errors import UserInputError

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.client.links import MakeLink
    from whispr.client.places import FormerPlace
    from whispr.client.profile import Profile
    from whispr.client.store.profile_store import ProfileStore
    from whispr.protocol.address import RelayAddress
    from whispr.protocol.card import Card

FLUSH_SECONDS = 2.0


class Client:
    """A profile that is connected; made by `Client.open`."""

    def __init__(
        self,
        profile: Profile,
        *,
        clock: ClientClock,
        random_bytes: Callable[[int], bytes],
        jitter: Callable[[], float],
        make_link: MakeLink,
    ) -> None:
        self._listeners: set[asyncio.Queue[Event]] = set()
        relay_clock = RelayClock(clock)
        self._core = Core(
            profile=profile,
            own_card=OwnCard(
                profile.material, profile.identity, profile.store.settings, relay_clock.now_ms()
            ),
            clock=clock,
            relay_clock=relay_clock,
            random_bytes=random_bytes,
            random=jitter,
            emit=self._emit,
        )
        self._engine = Engine(self._core, make_link)
        self.people = People(self._core, self._engine)
        """Contacts and message requests."""
        self.messages = Messages(self._core, self._engine)
        """History, search, stored files."""

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        profile: Profile,
        *,
        clock: ClientClock | None = None,
        random_bytes: Callable[[int], bytes] = os.urandom,
        jitter: Callable[[], float] = random.random,
        make_link: MakeLink = Link,
        connect: bool = True,
    ) -> AsyncIterator[Client]:
        """Connect a profile; at the end everything is closed but the profile itself.

        With `connect=False` nothing is sent or received: for a look at contacts and history.
        """
        client = cls(
            profile,
            clock=clock or SystemClock(),
            random_bytes=random_bytes,
            jitter=jitter,
            make_link=make_link,
        )
        try:
            if connect:
                client._engine.start()
            yield client
        finally:
            await client._engine.stop()

    @property
    def store(self) -> ProfileStore:
        """The database of the profile, to read."""
        return self._core.store

    @property
    def identity(self) -> bytes:
        """Who we are: the Ed25519 root key, 32 bytes."""
        return self._core.identity.identity

    @property
    def card(self) -> Card | None:
        """Our card; None while a relay given without a pin was never reached."""
        return self._core.own_card.current

    @property
    def name(self) -> str:
        """What our card calls us."""
        return self._core.own_card.name

    def rename(self, name: str) -> None:
        """Call ourselves otherwise; every contact gets the new card.

        Raises:
            UserInputError: a name that cannot be shown on a card, or a relay never reached.
        """
        check_name(name)
        if self.card is None:
            raise UserInputError("the relay has to be reached once before the name can change")
        with self.store.transaction():
            if self._core.own_card.rename(name, self._core.now_ms()):
                self._engine.announce_card()

    @property
    def relay(self) -> RelayAddress:
        """Where our mailbox lies."""
        return self._core.own_card.relay

    @property
    def former_places(self) -> tuple[FormerPlace, ...]:
        """Where our mailbox lay before and is still read, the latest first."""
        return self._engine.links.places.current(self._core.now_ms())

    def move(self, relay: RelayAddress) -> None:
        """Have our mailbox at another relay from now on, with the same keys.

        Every contact gets the new card. The old place is read for 30 days more, so that whoever
        has only the old card still reaches us; at most four such places, the latest.

        Raises:
            UserInputError: the address has no pin (ask `find_relay`), or another device took our
                place.
        """
        if relay == self.relay and self.card is not None:
            return
        if not relay.relay_ids:
            raise UserInputError("the address does not say which key the relay has")
        if self.store.settings.get(MOVED):
            raise UserInputError("this profile was moved to another device")
        self._engine.move(relay)

    @property
    def message_life_ms(self) -> int | None:
        """How long our relay keeps a message; None while it is not connected."""
        session = self._engine.links.own.session
        return None if session is None else session.hello.mailbox_ttl_ms

    @property
    def state(self) -> LinkState:
        """The state of the connection to our own relay."""
        return self._engine.links.own.state

    @property
    def counters(self) -> dict[str, int]:
        """How often something was dropped unseen, by reason; for a diagnosis."""
        return dict(self._core.counters.counts)

    def now_ms(self) -> int:
        """Relay time."""
        return self._core.now_ms()

    def retry_now(self) -> None:
        """Connect at once instead of waiting; also takes the mailbox back ("use here")."""
        self._engine.links.retry_now()

    async def send(
        self, to: str, text: str, *, life_ms: int | None = None, allow_suite_1: bool = False
    ) -> Message:
        """Queue a text to a contact by name; it is on the disk when this returns.

        With `allow_suite_1` it does not wait for the keys of suite 2; it is marked as sent so.

        Raises:
            UnknownContactError, TextTooLongError, UserInputError.
        """
        contact = self.people.get(to)
        message = self._engine.outgoing.text(contact, text, life_ms, older_protection=allow_suite_1)
        self._engine.outbox_changed()
        return message

    async def send_file(
        self,
        to: str,
        path: Path,
        *,
        life_ms: int | None = None,
        max_file_bytes: int = DEFAULT_MAX_FILE_BYTES,
        allow_suite_1: bool = False,
    ) -> Message:
        """Queue a file to a contact by name; it is encrypted on the disk when this returns.

        `allow_suite_1` as for `send`.

        Raises:
            UnknownContactError, FileTooLargeError, UserInputError, StorageError.
        """
        contact = self.people.get(to)
        transfers = self._engine.transfers
        prepared = await prepare(transfers.spool, path, max_file_bytes=max_file_bytes)
        message = self._engine.outgoing.file(
            contact, prepared, life_ms, older_protection=allow_suite_1
        )
        self._engine.outbox_changed()
        return message

    async def send_again(self, message_id: int) -> Message:
        """Queue an expired or failed message once more, as a new one.

        Raises:
            UserInputError: there is no such message, or it has not ended.
        """
        message = self._engine.outgoing.again(message_id)
        self._engine.outbox_changed()
        return message

    async def events(self) -> AsyncIterator[Event]:
        """What happens from now on, in order."""
        with self.listening() as queue:
            while True:
                yield await queue.get()

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """A queue of events from now on; take them out while the block lasts."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def wait_for_fate(
        self, message_id: int, wanted: Fate, *, timeout_seconds: float
    ) -> Message:
        """Wait until a message of ours has come as far as `wanted`, ended, or time is over.

        Returns the message as it is then; compare its fate.

        Raises:
            UserInputError: there is no such message.
        """
        with self.listening() as queue:
            with contextlib.suppress(TimeoutError):
                coming = self._come(message_id, wanted, queue)
                await within(self._core.clock, timeout_seconds, coming)
        return self._message(message_id)

    async def _come(self, message_id: int, wanted: Fate, queue: asyncio.Queue[Event]) -> None:
        while not _has_come(self._message(message_id), wanted):
            while not isinstance(await queue.get(), FateChanged):
                pass

    def _message(self, message_id: int) -> Message:
        message = self.store.history.get(message_id)
        if message is None:
            raise UserInputError("there is no such message")
        return message

    async def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:
        """Give receipts and acknowledgements a moment to leave; returns whether all have."""
        try:
            await within(self._core.clock, timeout_seconds, self._engine.flush())
        except TimeoutError:
            return False
        return True

    def _emit(self, event: Event) -> None:
        for queue in self._listeners:
            queue.put_nowait(event)


def _has_come(message: Message, wanted: Fate) -> bool:
    fate = message.fate
    ended = fate in (Fate.EXPIRED, Fate.FAILED)
    return fate is None or ended or fate is wanted or fate.may_follow(wanted)
