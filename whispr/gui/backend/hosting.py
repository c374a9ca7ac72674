"""A relay on this computer, for a person who has none: runs while the window is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.relay.relay import Relay

FOLDER_NAME = "relay"


@dataclass(frozen=True, slots=True)
class Hosted:
    """A relay that runs here."""

    address: str
    """With its pin."""
    listen: str
    """`host:port` it listens on, to be asked for again."""


class Hosting:
    """At most one relay; its methods run in the network thread."""

    def __init__(self) -> None:
        self._relay: Relay | None = None

    async def start(self, folder: Path, listen: str = "127.0.0.1:0") -> Hosted:
        """Run a relay whose data lies in `folder`; the one that runs already stays.

        Raises:
            WhisprError: the place is taken, or the folder cannot be written.
        """
        if self._relay is None:
            relay = _relay(folder / FOLDER_NAME, listen)
            await relay.start()
            self._relay = relay
        address = self._relay.address
        host = listen.rpartition(":")[0]
        return Hosted(address.text(), f"{host}:{address.port}")

    async def stop(self) -> None:
        """Stop it; a second call does nothing."""
        if self._relay is not None:
            relay, self._relay = self._relay, None
            await relay.stop()


def _relay(data: Path, listen: str) -> Relay:
    # Loaded when somebody wants one: it is a good part of what the window would wait for.
    from whispr.relay.clock import SystemClock
    from whispr.relay.config import RelayConfig
    from whispr.relay.log import Log
    from whispr.relay.relay import Relay

    return Relay(RelayConfig(listen=(listen,), data=data), log=Log(SystemClock(), level="error"))
