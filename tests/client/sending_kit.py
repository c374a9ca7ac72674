"""Links and sessions that a test leads by the hand: no sockets, no time of their own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from tests.client.fake_clock import FakeClientClock, settle
from tests.client.kit import RELAY, Person, card_of, material
from whispr.client.claims import Claims
from whispr.client.clock import RelayClock, within
from whispr.client.events import LinkState
from whispr.client.link import Link
from whispr.client.links import Links
from whispr.client.requests import Asked
from whispr.client.sealing import Sealer
from whispr.client.sender import Sender
from whispr.client.session import Session
from whispr.client.store.contacts import Contact
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind, OutboxRow
from whispr.errors import ConnectError, ConnectionClosedError
from whispr.protocol import envelope as envelopes
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import Card
from whispr.protocol.codec import decode, encode
from whispr.protocol.codes import Scope
from whispr.protocol.envelope import Envelope
from whispr.protocol.schema import Frame, Role

EPOCH = b"e" * 16
LIFE_MS = 60_000
OTHER_RELAY = RelayAddress("other.example", 7443, (hashlib.sha256(b"other relay").digest(),))

Answer = Callable[[Frame], Frame | Exception | None]


def accept(frame: Frame) -> Frame | Exception | None:
    """A relay that takes everything."""
    match frame:
        case frames.Send():
            envelope = envelopes.decode(frame.envelope)
            return frames.Accepted(frame.request_id, 0 if envelope.ephemeral else LIFE_MS)
        case frames.Allow() | frames.Ack():
            return frames.Done(frame.request_id)
        case frames.Ping():
            return None
    raise AssertionError(f"nobody asks {type(frame).__name__} here")


def silent(frame: Frame) -> Frame | Exception | None:
    """A relay that answers nothing."""
    return None


class FakeSession:
    """One connection: every frame that a client sends on it, answered as the network says."""

    def __init__(self, link: FakeLink, clock: FakeClientClock, relay_ms: int) -> None:
        self.relay_ids = link.address.relay_ids
        self.relay_id = link.address.relay_ids[0]
        self.relay_clock = RelayClock(clock)
        self.relay_clock.set_from(relay_ms)
        self.hello = SimpleNamespace(capabilities=link.network.capabilities, mailbox_ttl_ms=LIFE_MS)
        self.sent: list[Frame] = []
        self.error: Exception | None = None
        self.goaway: frames.Goaway | None = None
        self.unanswered: dict[int, asyncio.Future[Frame]] = {}
        self.most_unanswered = 0
        self._link = link
        self._ids = itertools.count(1)

    @property
    def usable(self) -> bool:
        return self.error is None and self.goaway is None

    @property
    def closed(self) -> bool:
        return self.error is not None

    def ask(self, frame_type: type[Frame], /, **fields: Any) -> Asked:
        request, answer = self._sent(frame_type, fields)
        return Asked(request.request_id, answer)

    async def request(self, frame_type: type[Frame], /, **fields: Any) -> Frame:
        return await self.ask(frame_type, **fields).answer

    def post(self, frame_type: type[Frame], **fields: Any) -> None:
        _, answer = self._sent(frame_type, fields)
        answer.cancel()

    async def writable(self) -> None:
        await asyncio.sleep(0)

    def _sent(self, frame_type: type[Frame], fields: dict[str, Any]) -> Any:
        if not self.usable:
            raise ConnectionClosedError("the connection ended")
        request = decode(encode(frame_type(next(self._ids), **fields)), sender=Role.CLIENT)
        self._link.network.before_each(request)
        self.sent.append(request)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self.unanswered[request.request_id] = answer
        waiting = [one for one in self.unanswered.values() if not one.done()]
        self.most_unanswered = max(self.most_unanswered, len(waiting))
        outcome = self._link.network.answer(request)
        if outcome is not None:
            asyncio.get_running_loop().call_soon(self._give, answer, outcome)
        return request, answer

    def _give(self, answer: asyncio.Future[Frame], outcome: Frame | Exception) -> None:
        if answer.done():
            return
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    def give(self, index: int, outcome: Exception | int = LIFE_MS) -> None:
        """Answer the `index`-th SEND of this connection."""
        send = self.sends[index]
        answer = self.unanswered[send.request_id]
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(frames.Accepted(send.request_id, outcome))

    def lose(self) -> None:
        """Nothing passes any more; whoever waits for an answer hears it."""
        self.error = ConnectionClosedError("the connection broke")
        for answer in self.unanswered.values():
            if not answer.done():
                answer.set_exception(ConnectionClosedError("the connection broke"))

    def abort(self, reason: str) -> None:
        self.lose()
        self._link.aborted.append(reason)
        self._link.session_ended()

    def of(self, frame_type: type[Frame]) -> list[Any]:
        return [frame for frame in self.sent if isinstance(frame, frame_type)]

    @property
    def sends(self) -> list[frames.Send]:
        return self.of(frames.Send)

    @property
    def envelopes(self) -> list[Envelope]:
        return [envelopes.decode(frame.envelope) for frame in self.sends]


class FakeLink:
    """A link whose connection comes and goes when the test says so."""

    def __init__(
        self,
        network: Network,
        address: RelayAddress,
        *,
        device: Any,
        mailbox: Any,
        clock: Any,
        random: Any,
        listener: Any,
        linger_seconds: float | None = None,
    ) -> None:
        self.network = network
        self.address = address
        self.mailbox = mailbox
        self.linger_seconds = linger_seconds
        self.state = LinkState.CLOSED
        self.started = self.stopped = False
        self.retries = 0
        self.asked_online = 0
        self.acknowledged: list[int] = []
        self.aborted: list[str] = []
        self.flushed = 0
        self.fake_session: FakeSession | None = None
        self.sessions: list[FakeSession] = []
        self.refused = ""
        self._clock = clock
        self._listener = listener
        self._waiters: set[asyncio.Future[Session]] = set()

    @property
    def session(self) -> Session | None:
        found = self.fake_session
        return cast("Session", found) if found is not None and not found.closed else None

    def start(self) -> None:
        if self.started:
            return
        self.started = True
        if self.network.up:
            self.connect()

    async def stop(self) -> None:
        self.stopped = True
        if self.network.broken_stop:
            raise RuntimeError("a bug in a link")
        if self.fake_session is not None and not self.fake_session.closed:
            self.fake_session.lose()
        self.state = LinkState.CLOSED
        self.refuse("the connection was closed")

    def retry_now(self) -> None:
        self.retries += 1

    def connect(self, *, epoch: bytes = EPOCH, relay_ids: tuple[bytes, ...] = ()) -> FakeSession:
        """The relay lets us in."""
        self.refused = ""
        relay_ms = self.network.relay_ms()
        if relay_ids:
            self.address = RelayAddress(self.address.host, self.address.port, relay_ids)
        self.fake_session = session = FakeSession(self, self._clock, relay_ms)
        self.sessions.append(session)
        if relay_ids:
            self._listener.relay_ids_learned(self, relay_ids)
        self._listener.link_ready(self, self.session, frames.Ready(1, int(Scope.SEND), epoch))
        self._change(LinkState.ONLINE)
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(cast("Session", session))
        return session

    def lose(self) -> None:
        """The connection breaks."""
        assert self.fake_session is not None
        self.fake_session.lose()
        self.session_ended()

    def session_ended(self) -> None:
        self._change(LinkState.WAITING)

    def replaced(self) -> None:
        """Another connection has taken the mailbox over."""
        assert self.fake_session is not None
        self.fake_session.lose()
        self._change(LinkState.REPLACED)

    def refuse(self, reason: str) -> None:
        """Whoever asks hears that there will be no connection."""
        self.refused = reason
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(ConnectError(reason))

    def _change(self, state: LinkState) -> None:
        self.state = state
        self._listener.link_changed(self, state, "", 0.0)

    async def online(self, timeout_seconds: float) -> Session:
        self.asked_online += 1
        session = self.session
        if session is not None and session.usable:
            return session
        if self.refused:
            raise ConnectError(self.refused)
        waiter: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            return await within(self._clock, timeout_seconds, waiter)
        except TimeoutError as error:
            raise ConnectError("no connection in time") from error
        finally:
            self._waiters.discard(waiter)

    def acknowledge(self, session: Session, sequence: int) -> None:
        assert session is cast("Session", self.fake_session)
        self.acknowledged.append(sequence)

    async def flush(self) -> bool:
        self.flushed += 1
        await self.network.flushing.wait()
        return True

    def deliver(self, envelope: bytes, sequence: int = 1) -> None:
        self._listener.delivered(self, frames.Deliver(1, sequence, 0, envelope))

    def synced(self) -> None:
        self._listener.synced(self)

    def fate(self, envelope_id: bytes, fate: int = 1) -> None:
        self._listener.fate(self, frames.FateNotice(0, fate, bytes(32), envelope_id))


class Network:
    """Makes the links of one client and answers for every relay."""

    def __init__(self, clock: FakeClientClock, relay_ms: Callable[[], int]) -> None:
        self.clock = clock
        self.relay_ms = relay_ms
        self.answer: Answer = accept
        self.before_each: Callable[[Frame], None] = lambda frame: None
        self.up = True
        """Whether a link connects as soon as it is started."""
        self.broken_stop = False
        self.capabilities = 0
        """Of every relay; with PREKEYS `answer` has to know more."""
        self.flushing = asyncio.Event()
        self.flushing.set()
        self.links: list[FakeLink] = []

    def make_link(self, address: RelayAddress, **arguments: Any) -> Link:
        link = FakeLink(self, address, **arguments)
        self.links.append(link)
        return cast("Link", link)

    def to(self, address: RelayAddress) -> FakeLink:
        """The newest link to a relay."""
        return [link for link in self.links if link.address.location == address.location][-1]

    @property
    def own(self) -> FakeLink:
        return self.links[0]

    @property
    def sent(self) -> list[Envelope]:
        """Every envelope that left, on whatever connection, in order of the links."""
        return [
            envelope
            for link in self.links
            for session in link.sessions
            for envelope in session.envelopes
        ]


class Mail:
    """Writes down what `Links` tells."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.trouble: Exception | None = None
        self.reached: Callable[[], None] = lambda: None

    def own_ready(self, session: Session) -> None:
        self._hear("own_ready", session)

    def delivered(self, link: Link, frame: frames.Deliver) -> None:
        self._hear("delivered", frame)

    def delivered_to_previous(self, link: Link, frame: frames.Deliver) -> None:
        self._hear("delivered_to_previous", frame)

    def previous_taken(self, link: Link) -> None:
        self._hear("previous_taken", link)

    def synced(self) -> None:
        self._hear("synced", None)

    def fate(self, frame: frames.FateNotice) -> None:
        self._hear("fate", frame)

    def relay_forgot(self, location: str) -> None:
        self._hear("relay_forgot", location)

    def relay_reached(self, location: str) -> None:
        self._hear("relay_reached", location)
        self.reached()

    def prekeys_low(self) -> None:
        self._hear("prekeys_low", None)

    def own_relay_changed(self) -> None:
        self._hear("own_relay_changed", None)

    def _hear(self, what: str, detail: Any) -> None:
        self.heard.append((what, detail))
        if self.trouble is not None:
            raise self.trouble

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]


class FakeUploads:
    """Files that come to the relay when the test says so."""

    def __init__(self) -> None:
        self.ready: set[int] = set()
        self.asked: list[int] = []
        self.went_out: list[int] = []
        self._then: dict[int, Callable[[], None]] = {}

    def is_ready(self, row: OutboxRow) -> bool:
        return row.outbox_id in self.ready

    def ensure(self, row: OutboxRow, contact: Contact, then: Callable[[], None]) -> None:
        self.asked.append(row.outbox_id)
        self._then[row.outbox_id] = then

    def sent(self, row: OutboxRow) -> None:
        self.went_out.append(row.outbox_id)
        self.ready.discard(row.outbox_id)

    def finish(self, outbox_id: int, *, ready: bool = True) -> None:
        if ready:
            self.ready.add(outbox_id)
        self._then.pop(outbox_id)()


@dataclass
class Desk:
    """The sending side of one person over a network of the test's making."""

    person: Person
    network: Network
    mail: Mail
    links: Links
    uploads: FakeUploads
    sender: Sender
    contacts: list[Contact] = field(default_factory=list)

    @property
    def clock(self) -> FakeClientClock:
        return self.person.clock

    @property
    def own(self) -> FakeLink:
        return self.network.own

    @property
    def session(self) -> FakeSession:
        """The newest connection to the own relay."""
        assert self.own.fake_session is not None
        return self.own.fake_session

    def write(self, to: Person, *texts: str, life_ms: int | None = None) -> list[int]:
        """Queue texts; returns their message ids."""
        contact = self.person.contact(to)
        ids = [self.person.outgoing.text(contact, text, life_ms).message_id for text in texts]
        self.sender.wake()
        return ids

    def fate(self, message_id: int) -> Fate | None:
        message = self.person.store.history.get(message_id)
        return None if message is None else message.fate

    def reason(self, message_id: int) -> str:
        message = self.person.store.history.get(message_id)
        return "" if message is None else message.reason

    def rows(self, kind: OutboxKind | None = None) -> list[OutboxRow]:
        rows = self.person.store.outbox.pending()
        return [row for row in rows if kind is None or row.kind is kind]

    async def start(self) -> None:
        self.links.start()
        self.sender.start()
        await settle()

    async def stop(self) -> None:
        await self.sender.stop()
        await self.links.stop()
        await settle()


def make_desk(person: Person) -> Desk:
    """Not started: the network may be set up first."""
    network = Network(person.clock, person.core.now_ms)
    mail, uploads = Mail(), FakeUploads()
    links = Links(person.core, mail, network.make_link)
    sender = sender_of(person, links, uploads)
    mail.reached = sender.wake
    return Desk(person, network, mail, links, uploads, sender)


def sender_of(person: Person, links: Links, uploads: Any) -> Sender:
    """A sending side with the sessions of a person."""
    sealer, claims = Sealer(person.core, person.ratchets), Claims(person.core, person.ratchets)
    return Sender(person.core, links, uploads, sealer, claims)


def somebody(person: Person, name: str, relay: RelayAddress = RELAY) -> Contact:
    """Add a contact who is nobody in this test, at a relay of his choice."""
    return known(person, card_of(material(name, relay=relay), relay=relay))


def known(person: Person, card: Card) -> Contact:
    """Add somebody by his card."""
    return person.store.contacts.add(
        identity=card.identity,
        name=card.name,
        card=card.data,
        card_version=card.card_version,
        device_key=card.device.device_key,
        mailbox=card.device.mailbox,
        created_ms=person.core.now_ms(),
    )


def move(person: Person, contact: Contact, card: Card) -> None:
    """A contact has a newer card."""
    person.store.contacts.update_card(
        contact.contact_id,
        card=card.data,
        card_version=card.card_version,
        device_key=card.device.device_key,
        mailbox=card.device.mailbox,
    )


class CountedQueries:
    """Counts what a database is asked while a test lets time pass."""

    def __init__(self, person: Person) -> None:
        self._database = person.store.outbox._database
        self.count = 0

    @contextlib.contextmanager
    def counting(self) -> Iterator[CountedQueries]:
        original = self._database._execute

        def counted(sql: str, parameters: Any) -> Any:
            self.count += 1
            return original(sql, parameters)

        self._database._execute = counted  # type: ignore[method-assign]
        try:
            yield self
        finally:
            self._database._execute = original  # type: ignore[method-assign]
