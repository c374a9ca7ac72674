"""Prekeys in this process: gone when it ends; their owners publish again at the new epoch."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

from whispr.errors import RateLimitedError, RelayFullError, RelayUnavailableError
from whispr.protocol.limits import MAX_ONE_TIME_KEM_PREKEYS, MAX_ONE_TIME_PREKEYS
from whispr.relay.clock import Clock
from whispr.relay.limits import RateLimits
from whispr.relay.prekeys.base import (
    BUNDLE_OVERHEAD_BYTES,
    GIVEN_MS,
    GIVEN_OVERHEAD_BYTES,
    RECORD_OVERHEAD_BYTES,
    Bundle,
    OwnerWatcher,
    PrekeyLimits,
    PrekeyUsage,
    Publication,
    Stock,
    record_id,
)

_SWEPT_AT_ONCE = 500
_RETRY_WHEN_FULL_MS = 3_600_000


@dataclass(slots=True)
class _Held:
    """The prekeys of one mailbox."""

    address: str
    seen_ms: int
    kem_key: bytes = b""
    signed_prekey: bytes = b""
    last_resort: bytes = b""
    one_time: deque[bytes] = field(default_factory=deque)
    one_time_kem: deque[bytes] = field(default_factory=deque)

    @property
    def whole(self) -> bool:
        return bool(self.kem_key and self.signed_prekey and self.last_resort)

    @property
    def stock(self) -> Stock:
        return Stock(
            record_id(self.signed_prekey) if self.whole else 0,
            len(self.one_time),
            len(self.one_time_kem),
            record_id(self.one_time[-1]) if self.one_time else 0,
            record_id(self.one_time_kem[-1]) if self.one_time_kem else 0,
        )

    @property
    def size_bytes(self) -> int:
        fixed = (self.kem_key, self.signed_prekey, self.last_resort)
        records = (*fixed, *self.one_time, *self.one_time_kem)
        kept = sum(len(record) + RECORD_OVERHEAD_BYTES for record in records)
        return kept + BUNDLE_OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class _Given:
    """What a claimant got of a mailbox, and when."""

    claim_id: bytes
    one_time: bytes
    one_time_kem: bytes
    at_ms: int

    @property
    def size_bytes(self) -> int:
        return len(self.one_time) + len(self.one_time_kem) + GIVEN_OVERHEAD_BYTES


class MemoryPrekeys:
    """Fits `whispr.relay.prekeys.base.PrekeyStore`.

    Args:
        clock: only its monotonic time is used.
    """

    def __init__(self, limits: PrekeyLimits, clock: Clock) -> None:
        self._clock = clock
        self._up = True
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        """Of the owner who was not there for longest first."""
        self._given: OrderedDict[tuple[bytes, bytes], _Given] = OrderedDict()
        """By mailbox and claimant, the oldest first."""
        self._watchers: dict[bytes, OwnerWatcher] = {}
        self._held_bytes = self._given_bytes = 0
        self._address_bytes: Counter[str] = Counter()
        self._claimants = RateLimits(limits.claimant_rate, clock)
        self._targets = RateLimits(limits.target_rate, clock)
        self.change_limits(limits)

    def change_limits(self, limits: PrekeyLimits) -> None:
        """Apply other limits from now on; what is held stays."""
        self._limits = limits
        self._claimants.change(limits.claimant_rate)
        self._targets.change(limits.target_rate)

    async def publish(self, mailbox: bytes, publication: Publication) -> Stock:
        """Keep what an owner leaves; marks him as there. Raises RelayFullError."""
        self._check_up()
        now_ms = self._clock.monotonic_ms()
        self._expire(now_ms)
        former = self._held.get(mailbox)
        held = _merged(former, publication, now_ms)
        self._check_room(former, held)
        self._drop(mailbox)
        if former is not None or not publication.empty:
            self._put(mailbox, held)
        return held.stock

    async def claim(self, mailbox: bytes, *, claimant: bytes, claim_id: bytes) -> Bundle | None:
        """Hand a bundle out; None without one. Raises RateLimitedError."""
        self._check_up()
        now_ms = self._clock.monotonic_ms()
        self._expire(now_ms)
        wait_ms = self._claimants.take(claimant)
        if wait_ms:
            raise RateLimitedError("too many claims of this key", retry_after_ms=wait_ms)
        held = self._held.get(mailbox)
        if held is None or not held.whole:
            return None
        given = self._given.get((mailbox, claimant))
        if given is None and not self._targets.take(mailbox):
            given = self._give(mailbox, held, claimant, claim_id, now_ms)
        if given is None or given.claim_id != claim_id:
            given = _Given(claim_id, b"", b"", now_ms)
        return Bundle(
            kem_key=held.kem_key,
            signed_prekey=held.signed_prekey,
            kem_prekey=given.one_time_kem or held.last_resort,
            last_resort=not given.one_time_kem,
            one_time=given.one_time,
        )

    def _give(
        self, mailbox: bytes, held: _Held, claimant: bytes, claim_id: bytes, now_ms: int
    ) -> _Given:
        before = held.size_bytes
        given = _Given(
            claim_id,
            held.one_time.popleft() if held.one_time else b"",
            held.one_time_kem.popleft() if held.one_time_kem else b"",
            now_ms,
        )
        self._charge(held.address, held.size_bytes - before)
        self._remember(mailbox, claimant, given)
        stock, watcher = held.stock, self._watchers.get(mailbox)
        if watcher is not None and stock.low:
            watcher(stock)
        return given

    def _remember(self, mailbox: bytes, claimant: bytes, given: _Given) -> None:
        """Note what was given; the oldest is forgotten when all together take too much."""
        self._given[mailbox, claimant] = given
        self._given_bytes += given.size_bytes
        while self._given_bytes > self._limits.total_bytes // 4 and len(self._given) > 1:
            self._given_bytes -= self._given.popitem(last=False)[1].size_bytes

    async def watch(self, mailbox: bytes, watcher: OwnerWatcher) -> None:
        """Tell `watcher` from now on; marks the owner as there."""
        self._watchers[mailbox] = watcher
        self._touch(mailbox)

    async def unwatch(self, mailbox: bytes, watcher: OwnerWatcher) -> None:
        """Stop telling; nothing happens if another took over."""
        if self._watchers.get(mailbox) is watcher:
            del self._watchers[mailbox]
            self._touch(mailbox)

    def usage(self) -> PrekeyUsage:
        """How full it is."""
        memory_bytes = self._held_bytes + self._given_bytes
        return PrekeyUsage(len(self._held), memory_bytes, self._limits.total_bytes)

    async def sweep(self) -> None:
        """Drop some of what nobody came for."""
        self._expire(self._clock.monotonic_ms())

    async def close(self) -> None:
        """Let go of everything; whatever is asked afterwards is unavailable."""
        self._up = False
        for table in (self._held, self._given, self._watchers, self._address_bytes):
            table.clear()
        self._held_bytes = self._given_bytes = 0

    def _check_up(self) -> None:
        if not self._up:
            raise RelayUnavailableError("the prekey store is closed")

    def _check_room(self, former: _Held | None, held: _Held) -> None:
        before = former.size_bytes if former is not None else 0
        of_address = self._address_bytes[held.address]
        if former is not None and former.address == held.address:
            of_address -= before
        grown = held.size_bytes - before
        total = self._held_bytes + self._given_bytes
        if grown > 0 and (
            total + grown > self._limits.total_bytes
            or of_address + held.size_bytes > self._limits.address_bytes
        ):
            raise RelayFullError("no room for prekeys", retry_after_ms=_RETRY_WHEN_FULL_MS)

    def _put(self, mailbox: bytes, held: _Held) -> None:
        self._held[mailbox] = held
        self._charge(held.address, held.size_bytes)

    def _drop(self, mailbox: bytes) -> None:
        held = self._held.pop(mailbox, None)
        if held is not None:
            self._charge(held.address, -held.size_bytes)

    def _charge(self, address: str, size_bytes: int) -> None:
        self._held_bytes += size_bytes
        self._address_bytes[address] += size_bytes
        if not self._address_bytes[address]:
            del self._address_bytes[address]

    def _touch(self, mailbox: bytes) -> None:
        held = self._held.get(mailbox)
        if held is not None:
            held.seen_ms = self._clock.monotonic_ms()
            self._held.move_to_end(mailbox)

    def _expire(self, now_ms: int) -> None:
        gone_ms = now_ms - self._limits.retention_ms
        for _ in range(_SWEPT_AT_ONCE):
            mailbox, held = next(iter(self._held.items()), (b"", None))
            if held is None or held.seen_ms > gone_ms:
                break
            if mailbox in self._watchers:
                self._touch(mailbox)
            else:
                self._drop(mailbox)
        for _ in range(_SWEPT_AT_ONCE):
            pair, given = next(iter(self._given.items()), ((b"", b""), None))
            if given is None or given.at_ms > now_ms - GIVEN_MS:
                break
            self._given_bytes -= self._given.pop(pair).size_bytes


def _merged(former: _Held | None, publication: Publication, now_ms: int) -> _Held:
    """What a mailbox holds after a publication; the newest one-time records where too many come."""
    base = former if former is not None and not publication.replace else _Held("", now_ms)
    return _Held(
        address=base.address if publication.empty else publication.address,
        seen_ms=now_ms,
        kem_key=publication.kem_key or base.kem_key,
        signed_prekey=publication.signed_prekey or base.signed_prekey,
        last_resort=publication.last_resort or base.last_resort,
        one_time=deque((*base.one_time, *publication.one_time), MAX_ONE_TIME_PREKEYS),
        one_time_kem=deque(
            (*base.one_time_kem, *publication.one_time_kem), MAX_ONE_TIME_KEM_PREKEYS
        ),
    )
