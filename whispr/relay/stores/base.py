"""What a store promises: queues of envelopes, duplicates, sender lists, wake-ups.

Semantics, the same in memory and in Redis, tested by one suite:

* `enqueue` is one atomic step: repeat? reused id? room? then keep *and* remember. Nothing is
  remembered that was not kept, nothing is kept that was not remembered.
* Every item has its own expiry; an expired item is never fetched and never counted.
* Positions order a mailbox. They rise, also when the clock steps back or the mailbox was empty in
  between, and mean nothing to a client.
* `acknowledge` is cumulative and idempotent and works when everything is full.
* A watcher is woken after an enqueue to its mailbox; a wake-up is a hint, the queue is the truth.
* The newest watcher of a mailbox displaces the one before, on whatever process it sits.
* Where an owner named senders (`allow`), half of slots and bytes are kept free for them; of all
  others, one address gets a quarter of the other half. Strangers never push out what they sent.
* Mailboxes whose owner was not seen for 14 days share a quarter of the ceiling.
* When the store cannot answer, it raises `RelayUnavailableError`; nothing is half done.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Refusal(enum.Enum):
    """Why an envelope was not kept."""

    ID_REUSED = "id_reused"
    MAILBOX_FULL = "mailbox_full"
    RELAY_FULL = "relay_full"


class Incoming(NamedTuple):
    """A checked envelope on its way into a mailbox.

    One is made for every message, and a named tuple is made in a quarter of the time.
    """

    mailbox: bytes
    key_id: bytes
    envelope_id: bytes
    digest: bytes
    """SHA-256 of the whole envelope: what an exact repetition is recognised by."""
    data: bytes
    """The envelope, verbatim."""
    life_ms: int
    """How long to keep it, already cut to the relay's own limit."""
    remember_ms: int
    """How long its id stays known: until its time plus the clock window."""
    address: str
    """Address (IPv4 or IPv6 /64) it came from: the shares of strangers go by it."""
    origin: object | None = None
    """Opaque to the store; given back with an eviction."""


@dataclass(frozen=True, slots=True)
class Evicted:
    """An envelope that a later one pushed out (`when_full = "drop_oldest"`)."""

    mailbox: bytes
    envelope_id: bytes
    origin: object | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The envelope is in the mailbox; for a repetition, the answer of the first time."""

    expires_in_ms: int
    repeated: bool = False
    evicted: tuple[Evicted, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The envelope was not kept."""

    refusal: Refusal
    retry_after_ms: int = 0


class Stored(NamedTuple):
    """One waiting envelope."""

    position: int
    data: bytes
    age_ms: int


@dataclass(frozen=True, slots=True)
class StoreUsage:
    """What the metrics tell about a store; the last two only rise."""

    messages: int
    """Envelopes that wait (some may have expired since the last sweep)."""
    mailboxes: int
    """Mailboxes that hold something, and watched ones that lately did."""
    memory_bytes: int
    """Everything held, with overhead."""
    limit_bytes: int
    """What `memory_bytes` never passes."""
    expired: int
    """Envelopes that expired unread, ever."""
    evicted: int
    """Envelopes that a later one pushed out, ever."""


class Watcher(Protocol):
    """Whoever delivers a mailbox."""

    def wake(self) -> None:
        """There may be something new."""

    def displaced(self) -> None:
        """A newer watcher took the mailbox over."""

    def push_ephemeral(self, data: bytes) -> None:
        """Deliver an EPHEMERAL envelope at once, or drop it."""


class Store(Protocol):
    """Where envelopes wait. Byte strings: mailbox, key and digest 32, envelope id 16."""

    @property
    def epoch(self) -> bytes:
        """16 bytes that change when the store has forgotten what it held."""

    @property
    def up(self) -> bool:
        """Whether it answers."""

    async def open(self) -> None:
        """Connect to where things are kept; called once, before everything else.

        Raises:
            ConfigError: it cannot be reached or used; says why.
        """

    async def repetition(self, incoming: Incoming) -> Kept | None:
        """The first answer, if exactly these bytes were kept before: asked before the signature."""

    async def enqueue(self, incoming: Incoming) -> Kept | Refused:
        """Keep one envelope whose signature is good."""

    async def fetch(
        self, mailbox: bytes, *, after: int, max_messages: int, max_bytes: int
    ) -> list[Stored]:
        """Envelopes with a position above `after`, oldest first; at least one if there is one."""

    async def acknowledge(self, mailbox: bytes, position: int) -> int:
        """Delete everything up to and with `position`; returns how many went."""

    async def last_position(self, mailbox: bytes) -> int:
        """Position of the newest waiting envelope, 0 if there is none: the end of the backlog."""

    async def watch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Wake `watcher` from now on; displaces the former watcher and marks the owner seen."""

    async def unwatch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Stop waking; nothing happens if another took over."""

    async def publish(self, mailbox: bytes, data: bytes) -> bool:
        """Hand an EPHEMERAL envelope to the watcher, if there is one; never kept."""

    async def allow(self, mailbox: bytes, keys: frozenset[bytes]) -> None:
        """Reserve half of the mailbox for these sender keys; an empty set ends it.

        Raises:
            RelayFullError: no room for the list; the former one stays.
        """

    async def take_send_budget(self, key_id: bytes) -> int:
        """Charge one message to a key whose signature was good; 0, or milliseconds to wait."""

    def usage(self) -> StoreUsage:
        """How full it is; costs nothing and waits for nothing."""

    async def sweep(self) -> None:
        """Drop what expired; called now and then, correctness does not depend on it."""

    async def close(self) -> None:
        """Let go of everything."""
