"""What a prekey store promises: bundles of mailboxes, one-time records handed out once.

Semantics, the same in memory and in Redis, tested by one suite:

* Records are opaque, in the order in which their owner left them. `publish` adds; with `replace`
  everything of the mailbox is forgotten first, in the same atomic step.
* `claim` gives the kept key, the signed prekey, and one one-time record of each sort, or the last
  resort where none is left. A one-time record is never given to two claims.
* A claim is safe to repeat: the same claimant, mailbox and claim id get the same one-time records,
  as long as they are remembered (`GIVEN_MS`). For the same time another claim of this claimant for
  this mailbox gets none: nobody drains a mailbox by asking again.
* Beyond `target_rate` claims of a mailbox still get an answer, with the last resort: a flood must
  not keep honest people from a first message. Beyond `claimant_rate` a claimant is refused.
* The owner's watcher is told when a sort runs low, best effort.
* A mailbox is forgotten when its owner was not there for `retention_ms`. A watcher counts as there.
* Bytes are bounded in total and for each address that published; what does not fit is refused.
* When the store cannot answer, it raises `RelayUnavailableError`; nothing is half done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from whispr.protocol.limits import LOW_PREKEYS
from whispr.relay.limits import RateLimit

MIB = 1024**2
DAY_MS = 86_400_000
GIVEN_MS = 3_600_000
"""How long it is known what a claimant got of a mailbox."""
BUNDLE_OVERHEAD_BYTES = 1000
"""What keeping one mailbox costs beyond its records."""
RECORD_OVERHEAD_BYTES = 64
"""What keeping one record costs beyond its bytes."""
GIVEN_OVERHEAD_BYTES = 500
"""What it costs to know one claim beyond the records it got."""


@dataclass(frozen=True, slots=True)
class PrekeyLimits:
    """How much a prekey store may hold, and how fast it is claimed from."""

    total_bytes: int = 64 * MIB
    """Everything together, with overhead."""
    retention_ms: int = 14 * DAY_MS
    """How long prekeys are kept after their owner was last there."""
    claimant_rate: RateLimit = field(default_factory=lambda: RateLimit(10 / 60, 10))
    """Claims of one key, for whatever mailboxes."""
    target_rate: RateLimit = field(default_factory=lambda: RateLimit(30 / 60, 30))
    """Claims of one mailbox that get one-time records."""

    @property
    def address_bytes(self) -> int:
        """What may be published from one address: an eighth."""
        return self.total_bytes // 8


@dataclass(frozen=True, slots=True)
class Publication:
    """What an owner leaves; an empty field leaves what is known."""

    address: str
    """Address (IPv4 or IPv6 /64) it came from."""
    replace: bool = False
    kem_key: bytes = field(default=b"", repr=False)
    signed_prekey: bytes = field(default=b"", repr=False)
    last_resort: bytes = field(default=b"", repr=False)
    one_time: tuple[bytes, ...] = field(default=(), repr=False)
    one_time_kem: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def empty(self) -> bool:
        """Whether it leaves nothing: the owner only asks what there is, or takes all back."""
        fixed = (self.kem_key, self.signed_prekey, self.last_resort)
        return not any((*fixed, *self.one_time, *self.one_time_kem))


class Stock(NamedTuple):
    """What is left of a mailbox's prekeys."""

    signed_prekey_id: int
    """The first four bytes of the signed prekey; 0 when there is no bundle to hand out."""
    one_time: int
    one_time_kem: int
    newest_one_time_id: int
    """The first four bytes of the newest that is left; 0 without one."""
    newest_one_time_kem_id: int

    @property
    def low(self) -> bool:
        """Whether the owner should publish more."""
        return min(self.one_time, self.one_time_kem) < LOW_PREKEYS


def record_id(record: bytes) -> int:
    """The id at the beginning of a record: all that a relay reads of it; 0 for none."""
    return int.from_bytes(record[:4], "big")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The answer to a claim."""

    kem_key: bytes = field(repr=False)
    signed_prekey: bytes = field(repr=False)
    kem_prekey: bytes = field(repr=False)
    last_resort: bool
    """Whether `kem_prekey` is the last resort."""
    one_time: bytes = field(repr=False)
    """Empty when none was left, or none is due to this claimant."""


@dataclass(frozen=True, slots=True)
class PrekeyUsage:
    """What the metrics tell; costs nothing."""

    mailboxes: int
    memory_bytes: int
    limit_bytes: int


OwnerWatcher = Callable[[Stock], None]
"""Called when a one-time sort has fallen below `LOW_PREKEYS`; must not block."""


class PrekeyStore(Protocol):
    """Where prekeys wait. Byte strings: mailbox and claimant 32, claim id 16."""

    async def publish(self, mailbox: bytes, publication: Publication) -> Stock:
        """Keep what an owner leaves; marks him as there.

        Raises:
            RelayFullError: no room for it, in total or for its address; nothing was changed.
        """

    async def claim(self, mailbox: bytes, *, claimant: bytes, claim_id: bytes) -> Bundle | None:
        """Hand a bundle out; None when nothing (or nothing whole) was ever published.

        Raises:
            RateLimitedError: too many claims of this claimant.
        """

    async def watch(self, mailbox: bytes, watcher: OwnerWatcher) -> None:
        """Tell `watcher` from now on, instead of the former one; marks the owner as there."""

    async def unwatch(self, mailbox: bytes, watcher: OwnerWatcher) -> None:
        """Stop telling; nothing happens if another took over."""

    def usage(self) -> PrekeyUsage:
        """How full it is."""

    async def sweep(self) -> None:
        """Drop what nobody came for; correctness does not depend on it."""

    async def close(self) -> None:
        """Let go of everything."""
