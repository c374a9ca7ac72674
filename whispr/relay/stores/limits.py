"""How much a store may hold, for each mailbox and in total; what its records are reckoned at."""

from __future__ import annotations

from dataclasses import dataclass

from whispr.relay.limits import RateLimit

KIB, MIB = 1024, 1024**2
DAY_MS = 86_400_000
DEFAULT_SEND_RATE = RateLimit(rate_per_second=10, burst=10)

ITEM_OVERHEAD_BYTES = 400
"""What keeping one envelope costs beyond its bytes; measured by `bench/store.py`, rounded up."""
MAILBOX_OVERHEAD_BYTES = 400
"""What a mailbox costs that holds something; measured by `bench/store.py`, rounded up."""
REMEMBERED_BYTES = 150
"""What one remembered envelope id costs; measured by `bench/store.py`, rounded up."""
SEEN_OVERHEAD_BYTES = 240
"""What it costs to know when an owner was there; measured by `bench/store.py`, rounded up."""

MAX_LIFE_MS = 2**30 - 1
"""Longest life of an envelope in the memory store, twelve days."""


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """Limits of a store; every byte count includes the overhead of keeping what it counts."""

    mailbox_messages: int = 20
    """Envelopes that a mailbox holds."""
    mailbox_bytes: int = 4 * MIB
    """Envelope bytes that a mailbox holds, without overhead."""
    drop_oldest: bool = False
    """What a full mailbox does: drop its oldest envelope, or refuse the new one."""
    ceiling_bytes: int = 256 * MIB
    """Everything together: envelopes, mailboxes, remembered ids, sender lists."""
    owner_retention_ms: int = 14 * DAY_MS
    """How long an owner counts as seen, and his sender list is kept, after he was last there."""
    send_rate: RateLimit = DEFAULT_SEND_RATE
    """Envelopes that one key may send."""
    max_rated_keys: int = 100_000
    """Keys below their full send budget that are kept apart."""

    @property
    def unseen_bytes(self) -> int:
        """What all mailboxes together may hold whose owner was not seen: a quarter."""
        return self.ceiling_bytes // 4

    @property
    def remembered_bytes(self) -> int:
        """What remembered ids may take: half, so that they never crowd out what waits."""
        return self.ceiling_bytes // 2

    @property
    def lists_bytes(self) -> int:
        """What all sender lists together may take: an eighth."""
        return self.ceiling_bytes // 8

    @property
    def seen_owners(self) -> int:
        """How many owners without a sender list are known to have been there: an eighth's worth."""
        return self.ceiling_bytes // 8 // SEEN_OVERHEAD_BYTES
