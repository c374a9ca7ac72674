"""Which stores a configuration asks for, and how their limits follow from it."""

from __future__ import annotations

from pathlib import Path

from whispr.errors import ConfigError, RelayUnavailableError
from whispr.relay.blobs.limits import BlobLimits
from whispr.relay.blobs.memory import MemoryBlobs
from whispr.relay.blobs.redis import RedisBlobs
from whispr.relay.blobs.spool import SpoolBlobs
from whispr.relay.clock import Clock
from whispr.relay.config import RelayConfig
from whispr.relay.limits import RateLimit
from whispr.relay.log import Log
from whispr.relay.prekeys.base import PrekeyLimits
from whispr.relay.prekeys.memory import MemoryPrekeys
from whispr.relay.redis.backend import Backend
from whispr.relay.redis.endpoint import parse_endpoint
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.memory import MemoryStore
from whispr.relay.stores.redis import RedisStore

StoredEnvelopes = MemoryStore | RedisStore
"""What `make_store` makes."""
StoredBlobs = MemoryBlobs | SpoolBlobs | RedisBlobs
"""What `make_blobs` makes."""


def make_backend(config: RelayConfig, log: Log, epoch: bytes) -> Backend | None:
    """The connections to the shared store, not open yet; None if nothing is shared.

    Raises ConfigError when its address cannot be used.
    """
    if config.store != "redis":
        return None
    url = config.redis_url
    if config.redis_url_file is not None:
        try:
            url = config.redis_url_file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot read {config.redis_url_file}: {error}") from error
    return Backend(parse_endpoint(url or "", config.redis_ca_file), log, epoch)


def make_store(
    config: RelayConfig, clock: Clock, epoch: bytes, backend: Backend | None = None
) -> StoredEnvelopes:
    """Where envelopes wait; `epoch` are 16 random bytes."""
    if backend is not None:
        return RedisStore(store_limits(config), backend, clock)
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


def make_prekeys(config: RelayConfig, clock: Clock) -> MemoryPrekeys | None:
    """Where prekeys wait; None if this relay keeps none.

    Those in memory fit a shared store badly: they would be gone with one process while the epoch
    tells their owners that nothing is, and no other process could hand them out.
    """
    if config.store == "redis":
        return None
    if config.prekey_bytes == 0:
        return None
    return MemoryPrekeys(prekey_limits(config), clock)


def prekey_limits(config: RelayConfig) -> PrekeyLimits:
    """The limits of the prekey store."""
    return PrekeyLimits(
        total_bytes=config.prekey_bytes,
        claimant_rate=_per_minute(config.claims_per_minute),
        target_rate=_per_minute(config.claimed_per_minute),
    )


def _per_minute(count: int) -> RateLimit:
    return RateLimit(count / 60, count)


def make_blobs(
    config: RelayConfig, clock: Clock, data: Path, backend: Backend | None = None
) -> StoredBlobs | None:
    """Where files wait; None if this relay keeps none.

    Raises ConfigError when the spool folder cannot be used.
    """
    if config.blob_max_bytes == 0:
        return None
    limits = blob_limits(config)
    if config.blob_store == "redis" and backend is not None:
        return RedisBlobs(limits, backend)
    if config.blob_store == "memory":
        return MemoryBlobs(limits, clock)
    try:
        return SpoolBlobs(limits, clock, config.spool or data / "spool")
    except RelayUnavailableError as error:
        raise ConfigError(str(error)) from error


def blob_limits(config: RelayConfig) -> BlobLimits:
    """The limits of the blob store."""
    return BlobLimits(
        max_blob_bytes=config.blob_max_bytes,
        total_bytes=config.blob_budget_bytes,
        unfinished_ms=int(config.blob_unfinished_seconds * 1000),
    )
