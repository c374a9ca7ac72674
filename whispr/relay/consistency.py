"""Whether the settings of a relay fit each other: what one setting alone cannot say."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from whispr.errors import ConfigError, InvalidAddressError
from whispr.protocol.address import normal_host
from whispr.relay.blobs.limits import charge_bytes
from whispr.relay.endpoint import split_listen

if TYPE_CHECKING:
    from whispr.relay.config import RelayConfig

WRITTEN_AT_ONCE_BYTES = 256 * 1024
"""More than one turn writes to a connection below `write_high_bytes`: a slow but honest reader must
not reach the hard limit."""


def check_consistency(config: RelayConfig) -> None:
    """Raise ConfigError that names what contradicts what."""
    if not config.listen:
        raise ConfigError("listen: at least one HOST:PORT is needed")
    for text in (*config.listen, *((config.metrics,) if config.metrics else ())):
        split_listen(text)
    for host in config.public_hosts:
        try:
            normal_host(host)
        except InvalidAddressError as error:
            raise ConfigError(f"public_hosts: {host!r} is not a host name or address") from error
    for network in config.allow_addresses:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ConfigError(f"allow_addresses: {network!r} is not a network") from error
    _check_store(config)
    if (config.certificate_file is None) != (config.key_file is None):
        raise ConfigError("certificate_file and key_file belong together: set both or none")
    if config.ceiling_bytes < config.mailbox_bytes:
        raise ConfigError("ceiling_bytes is smaller than one full mailbox (mailbox_bytes)")
    if charge_bytes(config.blob_max_bytes) > config.blob_budget_bytes and config.blob_max_bytes:
        raise ConfigError("blob_max_bytes does not fit in blob_budget_bytes")
    if config.write_hard_bytes < config.write_high_bytes + WRITTEN_AT_ONCE_BYTES:
        raise ConfigError("write_hard_bytes must be write_high_bytes and 256 KiB at least")
    if config.output_bytes < config.write_hard_bytes:
        raise ConfigError("output_bytes must be at least write_hard_bytes")
    if config.auth_seconds > config.idle_seconds:
        raise ConfigError("auth_seconds cannot be longer than idle_seconds")


def _check_store(config: RelayConfig) -> None:
    """What belongs to a shared store."""
    urls = [config.redis_url, config.redis_url_file]
    if config.store == "redis" and urls.count(None) != 1:
        raise ConfigError("store = redis needs either redis_url or redis_url_file")
    if config.redis_url is not None and "@" in config.redis_url:
        raise ConfigError("redis_url holds a password: put it into a file, redis_url_file")
    if config.store == "memory":
        if config.workers > 1:
            raise ConfigError(
                "workers: several processes share nothing with store = memory, so a message "
                "accepted by one would not reach a recipient at another; set store = redis"
            )
        if config.blob_store == "redis":
            raise ConfigError("blob_store = redis needs store = redis")
    if config.workers > 1 and config.blob_store != "redis" and config.blob_max_bytes:
        raise ConfigError(
            "workers: several processes share files only with blob_store = redis; set that, or "
            "blob_max_bytes = 0 for no files"
        )
