"""Two whole clients with real databases and a real relay store, between them everything that fails.

The network is the machine's: it drops, doubles, delays and repeats. Clients crash before a commit,
between commit and acknowledgement, and at any other time; the relay forgets everything. Whatever
the order: a message is one row at its recipient, or visibly not delivered at its sender.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.client.fake_clock import FakeClientClock, settle
from tests.client.kit import (
    NOW_MS,
    PIN,
    RELAY,
    RELAY_ID,
    SeededBytes,
    card_of,
    key_file_access,
    material,
)
from tests.client.sending_kit import FakeLink, Network
from tests.relay.fake_clock import FakeClock
from whispr.client.client import Client
from whispr.client.profile import Profile
from whispr.client.store.message import Direction, Fate
from whispr.errors import RelayError, StorageError
from whispr.protocol import frames
from whispr.protocol.schema import Frame
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.metrics import Metrics
from whispr.relay.peer import Peer
from whispr.relay.services import Services
from whispr.relay.storage import make_store
from whispr.relay.submission import Sender, submit

SLICE_SECONDS = 30
"""Both ends' clocks stay this close while time passes: well within the window of the protocol."""
LIVES_MS = (60_000, 600_000)
ROUNDS_TO_QUIET = 40


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of something that waits for nothing, as the memory store never does."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the memory store waited")


class Sending(Sender):
    """A connection that hears of no evictions: the relay refuses instead."""

    def evicted(self, mailbox: bytes, envelope_id: bytes) -> None:
        raise AssertionError("nothing is evicted")


class RelayHalf:
    """The real checks and the real store of a relay; it forgets everything when restarted."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.clock = FakeClock(wall_ms=NOW_MS)
        self._loop = loop
        self._restarts = 0
        self.submitted: list[tuple[bytes, bytes]] = []
        self.restart()

    def restart(self) -> None:
        self._restarts += 1
        config = RelayConfig()
        self.epoch = self._restarts.to_bytes(16, "big")
        self.store = make_store(config, self.clock, self.epoch)
        self._services = Services(
            config,
            store=self.store,
            blobs=None,
            clock=self.clock,
            metrics=Metrics(self.clock, store_name="memory"),
            log=Log(self.clock, level="error", write=lambda line: None),
            access_token=b"",
            loop=self._loop,
        )
        self._sender = Sending()

    def submit(self, frame: frames.Send, name: str) -> Frame | Exception:
        peer = Peer(label=name, address="192.0.2.1", relay_ids=RELAY_ID, nonce=bytes(32))
        try:
            answer: Frame = at_once(submit(self._services, peer, frame, self._sender))
        except RelayError as error:
            return error
        self.submitted.append((frame.envelope[36:68], frame.envelope))
        return answer


class Party:
    """One person's client through all its crashes, and what its connection has been pushed."""

    def __init__(self, folder: Path, name: str, relay: RelayHalf) -> None:
        self.name, self.relay = name, relay
        self._folder = folder / name
        self._access = key_file_access(name)
        self._random = SeededBytes(f"machine/{name}")
        self.keys = material(name)
        self.clock = FakeClientClock(wall_ms=NOW_MS)
        self.weather = "fine"
        self.expected: dict[int, str] = {}
        self.fates: dict[int, Fate] = {}
        self.profile = Profile.create(self._folder, self.keys, PIN, self._access)

    def befriend(self, other: Party) -> None:
        card = card_of(other.keys)
        contact = self.profile.store.contacts.add(
            identity=card.identity,
            name=other.name,
            card=card.data,
            card_version=card.card_version,
            device_key=card.device.device_key,
            mailbox=card.device.mailbox,
            created_ms=NOW_MS,
        )
        self.contact_id = contact.contact_id

    async def start(self) -> None:
        """Open the client; it is connected when the relay lets it in."""
        self.network = Network(self.clock, self.relay.clock.wall_ms)
        self.network.answer = self._answer
        self.network.up = False
        self._stack = contextlib.AsyncExitStack()
        self.client = await self._stack.enter_async_context(
            Client.open(
                self.profile,
                clock=self.clock,
                random_bytes=self._random,
                jitter=lambda: 0.5,
                make_link=self.network.make_link,
            )
        )

    async def crash(self) -> None:
        """Everything in memory is gone; only what was committed is there again."""
        await self._stack.aclose()
        self.profile.close()
        self.profile = Profile.unlock(self._folder, PIN, self._access)
        await self.start()

    async def close(self) -> None:
        await self._stack.aclose()
        self.profile.close()

    @property
    def link(self) -> FakeLink:
        return self.network.own

    @property
    def online(self) -> bool:
        return self.link.session is not None

    @property
    def mailbox(self) -> bytes:
        return self.profile.identity.mailbox_id

    def connect(self) -> None:
        """A new connection: its sequences begin anew at what is not acknowledged."""
        self._position, self._sequence = 0, 0
        self._positions: dict[int, int] = {}
        self.link.acknowledged.clear()
        self.link.connect(epoch=self.relay.epoch)

    def lose(self) -> None:
        if self.online:
            self.link.lose()

    def _answer(self, frame: Frame) -> Frame | Exception | None:
        if not isinstance(frame, frames.Send):
            return None if isinstance(frame, frames.Ping) else frames.Done(frame.request_id)
        if self.weather == "requests are lost":
            return None
        outcome = self.relay.submit(frame, self.name)
        if self.weather == "everything comes twice":
            again = self.relay.submit(frame, self.name)
            assert (
                isinstance(outcome, RelayError)
                or not isinstance(again, frames.Accepted)
                or (isinstance(outcome, frames.Accepted))
            )
        return None if self.weather == "answers are lost" else outcome

    def push(self, count: int) -> None:
        """The relay delivers up to so many of what waits."""
        batch = at_once(
            self.relay.store.fetch(
                self.mailbox, after=self._position, max_messages=count, max_bytes=2**20
            )
        )
        for stored in batch:
            self._position = stored.position
            self._deliver(stored.data, stored.position)

    def push_again(self, data: bytes) -> None:
        """The relay, or somebody in its place, repeats an envelope of long ago."""
        self._deliver(data, 0)

    def _deliver(self, data: bytes, position: int) -> None:
        if not self.online:
            return
        self._sequence += 1
        self._positions[self._sequence] = position
        self.link.deliver(data, self._sequence)

    def acknowledge(self) -> None:
        """The relay hears what this client has acknowledged so far."""
        for sequence in self.link.acknowledged:
            position = max((at for number, at in self._positions.items() if number <= sequence))
            if position:
                at_once(self.relay.store.acknowledge(self.mailbox, position))
        self.link.acknowledged.clear()

    @contextlib.contextmanager
    def failing_commits(self) -> Any:
        """Whatever is received is rolled back after all of it was done."""
        receiver = self.client._engine.mailroom._receiver
        receive = receiver.receive

        def fail(data: bytes, relay_ids: Any) -> Any:
            receive(data, relay_ids)
            raise StorageError("the disk is full")

        receiver.receive = fail
        try:
            yield
        finally:
            del receiver.receive

    def shown(self) -> list[str]:
        """What this person reads of the other, in as many rows as there are."""
        rows = self.profile.store.history.conversation(self.contact_id, limit=1000)
        return [row.text for row in rows if row.direction is Direction.IN]


class Delivery(RuleBasedStateMachine):
    """The rules; the parties are picked by name, so that a failure reads like a story."""

    names = st.sampled_from(["Alice", "Bob"])

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.count = 0

    def run_now(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    def act(self, *actions: Callable[[], object]) -> None:
        """Do things inside the loop, as links do, and let everything follow from them."""

        async def acted() -> None:
            for action in actions:
                action()
            for _ in range(4):
                await settle()

        self.run_now(acted())

    @initialize()
    def begin(self) -> None:
        async def opened() -> None:
            self.relay = RelayHalf(self.loop)
            folder = Path(self.folder.name)
            self.parties = {name: Party(folder, name, self.relay) for name in ("Alice", "Bob")}
            alice, bob = self.parties.values()
            alice.befriend(bob)
            bob.befriend(alice)
            for party in self.parties.values():
                await party.start()
                party.connect()

        self.run_now(opened())
        self.act()

    def other(self, name: str) -> Party:
        return self.parties["Bob" if name == "Alice" else "Alice"]

    @rule(name=names, life_ms=st.sampled_from(LIVES_MS))
    def send(self, name: str, life_ms: int) -> None:
        self.count += 1
        text = f"{self.count} of {name}"
        party = self.parties[name]
        recipient = self.other(name).name
        message = self.run_now(party.client.send(recipient, text, life_ms=life_ms))
        party.expected[message.message_id] = text
        party.fates[message.message_id] = Fate.QUEUED
        self.act()

    @rule(
        name=names,
        weather=st.sampled_from(
            ["fine", "requests are lost", "answers are lost", "everything comes twice"]
        ),
    )
    def weather(self, name: str, weather: str) -> None:
        self.parties[name].weather = weather

    @rule(name=names, count=st.integers(1, 3))
    def deliver(self, name: str, count: int) -> None:
        party = self.parties[name]
        if party.online:
            self.act(lambda: party.push(count))

    @rule(name=names)
    def acknowledge(self, name: str) -> None:
        party = self.parties[name]
        if party.online:
            self.act(party.acknowledge)

    @rule(name=names)
    def connection_breaks(self, name: str) -> None:
        self.act(self.parties[name].lose)

    @rule(name=names)
    def connects(self, name: str) -> None:
        party = self.parties[name]
        self.act(party.lose, party.connect)

    @precondition(lambda self: self.relay.submitted)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        mailbox, envelope = data.draw(st.sampled_from(self.relay.submitted))
        for party in self.parties.values():
            if party.mailbox == mailbox and party.online:
                self.act(lambda party=party: party.push_again(envelope))

    @rule(name=names)
    def crash(self, name: str) -> None:
        self.run_now(self.parties[name].crash())
        self.act()

    @rule(name=names)
    def crash_before_commit(self, name: str) -> None:
        party = self.parties[name]
        if not party.online:
            return
        with party.failing_commits():
            before = list(party.link.acknowledged)
            self.act(lambda: party.push(3))
            assert party.link.acknowledged == before, "what was not committed is not acknowledged"
        self.run_now(party.crash())

    @rule(name=names)
    def crash_between_commit_and_acknowledgement(self, name: str) -> None:
        party = self.parties[name]
        if not party.online:
            return
        self.act(lambda: party.push(3))
        self.run_now(party.crash())
        self.act(party.connect)

    @rule()
    def relay_restarts(self) -> None:
        self.relay.restart()
        self.act(*(party.lose for party in self.parties.values()))

    @rule(seconds=st.sampled_from([1, 30, 70, 300, 900]))
    def time_passes(self, seconds: int) -> None:
        left = seconds
        while left:
            step = min(left, SLICE_SECONDS)
            left -= step
            self.relay.clock.advance(step * 1000)
            for party in self.parties.values():
                self.run_now(party.clock.advance(step))
        self.run_now(self.relay.store.sweep())

    @invariant()
    def one_row_or_visibly_not_delivered(self) -> None:
        if not hasattr(self, "parties"):
            return
        for name, party in self.parties.items():
            shown = Counter(self.other(name).shown())
            texts = set(party.expected.values())
            assert set(shown) <= texts, "nothing was made up"
            assert all(count == 1 for count in shown.values()), f"{shown} has a row twice"
            waiting = {row.content_id for row in party.profile.store.outbox.pending()}
            for message_id, text in party.expected.items():
                message = party.profile.store.history.get(message_id)
                assert message is not None, "a message of ours vanished"
                fate, before = message.fate, party.fates[message_id]
                assert fate is before or fate.may_follow(before), f"{before} became {fate}"
                party.fates[message_id] = fate
                if fate >= Fate.DELIVERED:
                    assert text in shown, "delivered means that he has it"
                elif fate in (Fate.QUEUED, Fate.ACCEPTED):
                    assert message.content_id in waiting, "still said to come, and nobody tries"

    def teardown(self) -> None:
        try:
            if hasattr(self, "parties"):
                self._becomes_quiet()
        finally:
            for party in getattr(self, "parties", {}).values():
                self.run_now(party.close())
            self.loop.close()
            self.folder.cleanup()

    def _becomes_quiet(self) -> None:
        """When everything works again, every message comes to an end, and soon."""
        for _ in range(ROUNDS_TO_QUIET):
            for party in self.parties.values():
                party.weather = "fine"
                if not party.online:
                    self.act(party.connect)
            self.act(*(lambda party=party: party.push(100) for party in self.parties.values()))
            self.act(*(party.acknowledge for party in self.parties.values()))
            self.one_row_or_visibly_not_delivered()
            if all(
                fate > Fate.ACCEPTED for one in self.parties.values() for fate in one.fates.values()
            ):
                return
            self.time_passes(70)
        raise AssertionError(f"no end: {[party.fates for party in self.parties.values()]}")


Delivery.TestCase.settings = settings(
    max_examples=int(os.environ.get("WHISPR_MACHINE_EXAMPLES", "30")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestDelivery = Delivery.TestCase
assert RELAY.relay_ids == (RELAY_ID,)
