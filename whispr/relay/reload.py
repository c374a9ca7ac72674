"""Which settings a running relay takes over at a reload, and which wait for its next start."""

from __future__ import annotations

from typing import Final

from whispr.relay.config import RelayConfig

AT_START_ONLY: Final = (
    *("listen", "public_hosts", "public_port", "metrics", "data", "store"),
    *("redis_url", "redis_url_file", "redis_ca_file", "workers"),
    *("blob_store", "spool", "access", "access_token_file"),
)
"""What a relay listens on, is called and keeps things in."""


def waiting_for_restart(started: RelayConfig, now: RelayConfig) -> list[str]:
    """Names of the settings that differ from those of the start and do not hold yet."""
    names = [name for name in AT_START_ONLY if getattr(started, name) != getattr(now, name)]
    if not started.blob_max_bytes and now.blob_max_bytes:
        names.append("blob_max_bytes")  # a relay without files has no place for them
    return names
