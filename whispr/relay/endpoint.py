"""Where the relay listens: what stands in the configuration as `HOST:PORT`."""

from __future__ import annotations

import socket

from whispr.errors import ConfigError
from whispr.protocol.limits import DEFAULT_PORT


def split_listen(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`, `[V6]:PORT` or `:PORT`; the host is empty for every address.

    Raises ConfigError.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:{DEFAULT_PORT}")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ConfigError(f"{text!r}: an IPv6 address stands in brackets, such as [::1]:{port}")
    return host.strip("[]"), int(port)


def host_name() -> str:
    """The name of this machine in its network."""
    return socket.gethostname() or "localhost"
