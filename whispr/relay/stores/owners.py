"""Owners of mailboxes: who watches, who was there lately, whom they allow.

All of it is bounded. Watchers are bounded by connections. Of owners without a sender list, the
one not seen for longest is forgotten when there are too many: his mailbox then counts among the
unseen. A sender list protects a mailbox, so none is ever pushed out: when all of them together
are too large, a new one is refused.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from whispr.errors import RelayFullError
from whispr.relay.stores.base import Watcher
from whispr.relay.stores.limits import SEEN_OVERHEAD_BYTES, StoreLimits
from whispr.relay.stores.senders import AllowedSenders

_LIST_OVERHEAD_BYTES = SEEN_OVERHEAD_BYTES + 120
_EXPIRED_AT_ONCE = 1000
_RETRY_WHEN_FULL_MS = 3_600_000


@dataclass(slots=True)
class _Listed:
    seen_ms: int
    senders: AllowedSenders


class Owners:
    """What a store knows about the owners of mailboxes."""

    def __init__(self, limits: StoreLimits) -> None:
        self.limits = limits
        self._watchers: dict[bytes, Watcher] = {}
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._listed: OrderedDict[bytes, _Listed] = OrderedDict()
        self._lists_bytes = 0

    @property
    def size_bytes(self) -> int:
        """Memory of what is known, as an estimate."""
        return len(self._seen) * SEEN_OVERHEAD_BYTES + self._lists_bytes

    def watcher(self, mailbox: bytes) -> Watcher | None:
        """Who delivers this mailbox now."""
        return self._watchers.get(mailbox)

    def senders(self, mailbox: bytes) -> AllowedSenders | None:
        """For whom half of the mailbox is reserved; None without a reservation."""
        listed = self._listed.get(mailbox)
        return listed.senders if listed is not None else None

    def is_seen(self, mailbox: bytes) -> bool:
        """Whether the owner is there or was lately."""
        return mailbox in self._watchers or mailbox in self._seen or mailbox in self._listed

    def watch(self, mailbox: bytes, watcher: Watcher, now_ms: int) -> Watcher | None:
        """Note who delivers from now on; returns whom that displaces."""
        former = self._watchers.get(mailbox)
        self._watchers[mailbox] = watcher
        self._touch(mailbox, now_ms)
        return former if former is not watcher else None

    def unwatch(self, mailbox: bytes, watcher: Watcher, now_ms: int) -> None:
        """Forget a watcher, unless another took over."""
        if self._watchers.get(mailbox) is watcher:
            del self._watchers[mailbox]
            self._touch(mailbox, now_ms)

    def allow(self, mailbox: bytes, keys: frozenset[bytes], room_bytes: int, now_ms: int) -> None:
        """Replace the sender list; an empty one ends it.

        Raises RelayFullError if the list does not fit; the former one then stays.
        """
        senders = AllowedSenders(keys)
        former = self._listed.get(mailbox)
        grown_bytes = _list_bytes(senders) - (_list_bytes(former.senders) if former else 0)
        room_bytes = min(room_bytes, self.limits.lists_bytes - self._lists_bytes)
        if keys and grown_bytes > 0 and grown_bytes > room_bytes:
            raise RelayFullError("no room for a sender list", retry_after_ms=_RETRY_WHEN_FULL_MS)
        if former is not None:
            self._lists_bytes -= _list_bytes(self._listed.pop(mailbox).senders)
        if keys:
            self._seen.pop(mailbox, None)
            self._listed[mailbox] = _Listed(now_ms, senders)
            self._lists_bytes += _list_bytes(senders)
        else:
            self._touch(mailbox, now_ms)

    def expire(self, now_ms: int) -> bool:
        """Forget some owners that were away for too long; returns whether there may be more."""
        gone_ms = now_ms - self.limits.owner_retention_ms
        for _ in range(_EXPIRED_AT_ONCE):
            mailbox = self._longest_away(gone_ms)
            if mailbox is None:
                return False
            if mailbox in self._watchers:
                self._touch(mailbox, now_ms)
            elif self._seen.pop(mailbox, None) is None:
                self._lists_bytes -= _list_bytes(self._listed.pop(mailbox).senders)
        return True

    def clear(self) -> None:
        """Forget everybody."""
        self._watchers.clear()
        self._seen.clear()
        self._listed.clear()
        self._lists_bytes = 0

    def _touch(self, mailbox: bytes, now_ms: int) -> None:
        listed = self._listed.get(mailbox)
        if listed is not None:
            listed.seen_ms = now_ms
            self._listed.move_to_end(mailbox)
            return
        self._seen[mailbox] = now_ms
        self._seen.move_to_end(mailbox)
        while len(self._seen) > self.limits.seen_owners:
            self._seen.popitem(last=False)

    def _longest_away(self, gone_ms: int) -> bytes | None:
        """An owner last seen at `gone_ms` or before; both tables are in the order of that time."""
        for mailbox, seen_ms in self._seen.items():
            if seen_ms <= gone_ms:
                return mailbox
            break
        for mailbox, listed in self._listed.items():
            if listed.seen_ms <= gone_ms:
                return mailbox
            break
        return None


def _list_bytes(senders: AllowedSenders) -> int:
    return senders.size_bytes + _LIST_OVERHEAD_BYTES
