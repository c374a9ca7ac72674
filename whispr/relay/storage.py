"""Which stores a configuration asks for, and how their limits follow from it."""

from __future__ import annotations

from pathlib import Path

from whispr.relay.blobs.base import BlobStore
from whispr.relay.clock import Clock
from whispr.relay.config import RelayConfig
from whispr.relay.limits import RateLimit
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.memory import MemoryStore


def make_store(config: RelayConfig, clock: Clock, epoch: bytes) -> MemoryStore:
    """Where envelopes wait; `epoch` are 16 random bytes."""
    return MemoryStore(store_limits(config), clock, epoch)


def store_limits(config: RelayConfig) -> StoreLimits:
    """The limits of the store."""
    return StoreLimits(
        mailbox_messages=config.mailbox_messages,
        mailbox_bytes=config.mailbox_bytes,
        drop_oldest=config.when_full == "drop_oldest",
        ceiling_bytes=config.ceiling_bytes,
        send_rate=RateLimit(config.sends_per_second, config.send_burst),
    )


def make_blobs(config: RelayConfig, clock: Clock, data: Path) -> BlobStore | None:
    """Where files wait; None if this relay keeps none."""
    return None
