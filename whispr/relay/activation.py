"""Socket activation: listening sockets that a supervisor opened before the relay began.

While a relay restarts, new connections wait in such a socket instead of being refused. The
protocol of systemd (`man 3 sd_listen_fds`): LISTEN_FDS sockets from descriptor 3 on, for the
process LISTEN_PID.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence

from whispr.errors import ConfigError

FIRST_DESCRIPTOR = 3
MOST_DESCRIPTORS = 64


def inherited_descriptors(
    environment: Mapping[str, str], process_id: int | None = None
) -> tuple[int, ...]:
    """Descriptors that were handed to this process; empty if there are none.

    Raises:
        ConfigError: they are announced with a number that cannot be meant.
    """
    if environment.get("LISTEN_PID") != str(process_id or os.getpid()):
        return ()
    text = environment.get("LISTEN_FDS", "")
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_DESCRIPTORS):
        raise ConfigError(f"LISTEN_FDS={text[:20]!r} is no number of sockets")
    return tuple(range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(text)))


def adopt(descriptors: Sequence[int]) -> list[socket.socket]:
    """The sockets behind inherited descriptors; from now on they are ours to close.

    Raises:
        ConfigError: one is no TCP socket that listens.
    """
    adopted: list[socket.socket] = []
    try:
        adopted.extend(map(_adopt, descriptors))  # keeps what it has when one fails
    except ConfigError:
        for taken in adopted:
            taken.close()
        raise
    return adopted


def _adopt(descriptor: int) -> socket.socket:
    try:
        taken = socket.socket(fileno=descriptor)
    except OSError as error:
        raise ConfigError(f"descriptor {descriptor} is no socket: {error.strerror}") from error
    try:
        listens = taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        listens = 0
    of_tcp = taken.family in (socket.AF_INET, socket.AF_INET6) and taken.type == socket.SOCK_STREAM
    if not of_tcp or not listens:
        taken.close()
        raise ConfigError(f"descriptor {descriptor} is no TCP socket that listens")
    taken.set_inheritable(False)
    return taken
