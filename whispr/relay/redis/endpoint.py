"""Where the shared store is: what a `redis://` or `rediss://` address says."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from whispr import tls
from whispr.errors import ConfigError

DEFAULT_PORT = 6379


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One Redis or Valkey, and what proves us to it."""

    host: str
    port: int = DEFAULT_PORT
    database: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    """TLS, or None for a plain connection."""

    @property
    def name(self) -> str:
        """Host and port, for a person."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_endpoint(url: str, authorities: Path | None = None) -> Endpoint:
    """Read `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`.

    `authorities` is a PEM file that vouches for a `rediss://` store instead of the system's.
    Raises ConfigError, whose text holds nothing of the address: it may hold a password.
    """
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port or DEFAULT_PORT, parts.hostname
        database = int(parts.path.strip("/") or 0)
    except ValueError as error:
        raise ConfigError("the address of the store has no usable port or database") from error
    if parts.scheme not in ("redis", "rediss") or not host or parts.query or parts.fragment:
        raise ConfigError(
            "the address of the store is redis://HOST:PORT/DATABASE, or rediss:// with TLS"
        )
    if authorities is not None and parts.scheme == "redis":
        raise ConfigError("redis_ca_file is for a rediss:// address: redis:// has no TLS")
    return Endpoint(
        host=host,
        port=port,
        database=database,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        context=tls.store_context(authorities) if parts.scheme == "rediss" else None,
    )
