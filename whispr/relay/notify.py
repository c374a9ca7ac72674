"""sd_notify: a relay tells its supervisor how it is, in datagrams; without a supervisor, nothing.

The protocol of systemd (`man 3 sd_notify`): lines of `NAME=VALUE` to the Unix socket that
NOTIFY_SOCKET names. A supervisor that does not listen never holds a relay up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping

SEND_SECONDS = 0.05
"""How long a datagram may wait for a supervisor whose queue is full."""
STATUS_SECONDS = 10.0
"""How often the status line is told where no watchdog asks for more."""
LATEST_BEAT_SECONDS = 2.0
"""An event loop that is later than this is not well: the beat is left out."""


class Notifier:
    """Speaks to one supervisor.

    Args:
        path: of its socket, `@` first for the abstract namespace; None says nothing to nobody.
        watchdog_seconds: within which it wants to hear a beat; 0 if it does not.
    """

    def __init__(self, path: str | None = None, watchdog_seconds: float = 0.0) -> None:
        self.watchdog_seconds = watchdog_seconds
        self._address = "\0" + path[1:] if path and path.startswith("@") else path
        self._status = ""

    @classmethod
    def of(cls, environment: Mapping[str, str], process_id: int | None = None) -> Notifier:
        """What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID ask for; nonsense is no supervisor."""
        path = environment.get("NOTIFY_SOCKET", "")
        if path[:1] not in ("/", "@") or not hasattr(socket, "AF_UNIX"):
            return cls()
        asked, meant_for = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
        is_ours = meant_for in ("", str(process_id or os.getpid()))
        is_number = asked.isascii() and asked.isdigit() and len(asked) < 19
        return cls(path, int(asked) / 1e6 if is_number and is_ours else 0.0)

    @property
    def is_heard(self) -> bool:
        """Whether there is a supervisor."""
        return self._address is not None

    def ready(self) -> None:
        """Connections are accepted, with the configuration in use."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is read again; `ready` follows."""
        # Versions that know `Type=notify-reload` refuse a reload that does not say when it began.
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The relay is about to end."""
        self._send("STOPPING=1")

    def beat(self) -> None:
        """The relay is well: what a watchdog waits for."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for whoever asks `systemctl status`; told when it changes."""
        if text != self._status:
            self._status = text
            self._send("STATUS=" + " ".join(text.split()))

    def _send(self, message: str) -> bool:
        """Hand over one message; returns whether it was taken."""
        if self._address is None:
            return False
        with contextlib.suppress(OSError):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
                ours.settimeout(SEND_SECONDS)
                return ours.sendto(message.encode(), self._address) > 0
        return False


async def keep_telling(
    notifier: Notifier, is_well: Callable[[], bool], status: Callable[[], str]
) -> None:
    """Tell status and, while the relay is well, the watchdog; until it is cancelled.

    A beat comes twice in the time of the watchdog. It is left out when `is_well` says no or the
    event loop was late: then the supervisor restarts what hangs.
    """
    if not notifier.is_heard:
        return
    loop = asyncio.get_running_loop()
    pause_seconds = notifier.watchdog_seconds / 2 or STATUS_SECONDS
    due = loop.time()
    while True:
        late_seconds = loop.time() - due
        if notifier.watchdog_seconds and late_seconds < LATEST_BEAT_SECONDS and is_well():
            notifier.beat()
        notifier.status(status())
        due = loop.time() + pause_seconds
        await asyncio.sleep(pause_seconds)
