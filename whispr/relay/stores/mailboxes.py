"""All mailboxes that hold something: what they weigh together, when each has to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from whispr.relay.stores.base import Incoming
from whispr.relay.stores.mailbox import Item, Mailbox, new_item
from whispr.relay.timebuckets import TimeBuckets

SWEEP_BUCKET_MS = 1000


class Mailboxes:
    """Mailboxes that hold something, and those of watching owners that lately did.

    The latter stay because the next envelope comes soon, until their turn comes in a sweep or the
    owner leaves. Each stands in one bucket of time, at or before the expiry of its first item, so
    that `sweep` touches only mailboxes in which something may be over.
    """

    def __init__(self) -> None:
        self._mailboxes: dict[bytes, Mailbox] = {}
        self._due: TimeBuckets[bytes] = TimeBuckets(SWEEP_BUCKET_MS)
        self._position = 0
        self.messages = 0
        """Envelopes that wait."""
        self.held_bytes = 0
        """What all mailboxes weigh, with overhead."""
        self.unseen_bytes = 0
        """What those of them weigh whose owner was not seen."""
        self.expired = 0
        """Envelopes that expired, ever."""
        self.evicted = 0
        """Envelopes that were pushed out, ever."""

    def __len__(self) -> int:
        """How many hold something."""
        return len(self._mailboxes)

    def get(self, key: bytes, now_ms: int) -> Mailbox | None:
        """A mailbox without what is over, if it holds anything then."""
        mailbox = self._mailboxes.get(key)
        if mailbox is None or mailbox.first_due_ms > now_ms:
            return mailbox
        self._expire(mailbox, now_ms)
        return mailbox if mailbox.key in self._mailboxes else None

    def add(self, incoming: Incoming, now_ms: int, *, seen: bool, origin: object | None) -> Mailbox:
        """Append an envelope to its mailbox, which comes to be if it must."""
        mailbox = self._mailboxes.get(incoming.mailbox)
        if mailbox is None:
            mailbox = self._mailboxes[incoming.mailbox] = Mailbox(incoming.mailbox, seen=seen)
            before_bytes = 0
        else:
            before_bytes = mailbox.size_bytes
        self._position += 1
        mailbox.append(new_item(incoming, self._position, now_ms, origin=origin))
        self.messages += 1
        self._settle(mailbox, before_bytes)
        return mailbox

    def evict(self, mailbox: Mailbox, items: Sequence[Item]) -> None:
        """Drop items for the sake of a later one."""
        before_bytes = mailbox.size_bytes
        mailbox.remove(items)
        self.evicted += len(items)
        self.messages -= len(items)
        self._settle(mailbox, before_bytes)

    def acknowledge(self, mailbox: Mailbox, position: int, *, watched: bool) -> int:
        """Drop everything up to and with `position`; returns how many went."""
        before_bytes = mailbox.size_bytes
        count = mailbox.acknowledge(position)
        self.messages -= count
        self._grow(mailbox, mailbox.size_bytes - before_bytes)
        if not mailbox.items and not watched:
            self._drop(mailbox)
        return count

    def leave(self, key: bytes) -> None:
        """Nobody watches any more: an empty mailbox need not stay."""
        mailbox = self._mailboxes.get(key)
        if mailbox is not None and not mailbox.items:
            self._drop(mailbox)

    def count_as(self, key: bytes, *, seen: bool) -> None:
        """Move a mailbox between the seen and the unseen ones."""
        mailbox = self._mailboxes.get(key)
        if mailbox is not None and mailbox.seen is not seen:
            self.unseen_bytes += -mailbox.size_bytes if seen else mailbox.size_bytes
            mailbox.seen = seen

    def sweep(self, now_ms: int, limit: int) -> bool:
        """Look at up to `limit` mailboxes that are due; returns whether there may be more."""
        due = self._due.pop_due(now_ms, limit)
        for key in due:
            mailbox = self._mailboxes[key]
            mailbox.bucket = None
            self._expire(mailbox, now_ms)
        return len(due) == limit

    def next_due_ms(self) -> int | None:
        """When a sweep will next find something, as far as known."""
        return self._due.next_due_ms()

    def clear(self) -> None:
        """Forget all of them."""
        self._mailboxes.clear()
        self._due.clear()
        self.messages = self.held_bytes = self.unseen_bytes = 0

    def _expire(self, mailbox: Mailbox, now_ms: int) -> None:
        before_bytes = mailbox.size_bytes
        count = mailbox.expire(now_ms)
        self.expired += count
        self.messages -= count
        self._settle(mailbox, before_bytes)

    def _settle(self, mailbox: Mailbox, before_bytes: int) -> None:
        """Bring the sums and the time of the next look up to date after a mailbox changed."""
        self._grow(mailbox, mailbox.size_bytes - before_bytes)
        if mailbox.items:
            self._schedule(mailbox)
        else:
            self._drop(mailbox)

    def _grow(self, mailbox: Mailbox, size_bytes: int) -> None:
        self.held_bytes += size_bytes
        if not mailbox.seen:
            self.unseen_bytes += size_bytes

    def _schedule(self, mailbox: Mailbox) -> None:
        number = self._due.number(mailbox.first_due_ms)
        if mailbox.bucket is not None:
            if mailbox.bucket <= number:
                return
            self._due.remove(mailbox.key, mailbox.bucket)
        self._due.put(mailbox.key, number)
        mailbox.bucket = number

    def _drop(self, mailbox: Mailbox) -> None:
        self._grow(mailbox, -mailbox.size_bytes)
        del self._mailboxes[mailbox.key]
        if mailbox.bucket is not None:
            self._due.remove(mailbox.key, mailbox.bucket)
