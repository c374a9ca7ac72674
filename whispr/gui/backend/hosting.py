"""A relay on this computer, for a person who has none: runs while the window is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.relay.relay import Relay

FOLDER_NAME = "relay"
HERE_ALONE = "127.0.0.1:0"
EVERY_ADDRESS = "0.0.0.0:0"


@dataclass(frozen=True, slots=True)
class Hosted:
    """A relay that runs here."""

    address: str
    """With its pin."""
    listen: str
    """`host:port` it listens on, to be asked for again."""
    public_host: str = ""
    """What its address calls this computer; empty: the host it listens on."""


class Hosting:
    """At most one relay; its methods run in the network thread."""

    def __init__(self) -> None:
        self._relay: Relay | None = None

    async def start(self, folder: Path, listen: str = HERE_ALONE, public_host: str = "") -> Hosted:
        """Run a relay whose data lies in `folder`; the one that runs already stays.

        With `EVERY_ADDRESS` others in the network reach it, by the address `public_host`.

        Raises:
            WhisprError: the place is taken, or the folder cannot be written.
        """
        if self._relay is None:
            relay = _relay(folder / FOLDER_NAME, listen, public_host)
            await relay.start()
            self._relay = relay
        address = self._relay.address
        host = listen.rpartition(":")[0]
        return Hosted(address.text(), f"{host}:{address.port}", public_host)

    async def stop(self) -> None:
        """Stop it; a second call does nothing."""
        if self._relay is not None:
            relay, self._relay = self._relay, None
            await relay.stop()


def _relay(data: Path, listen: str, public_host: str) -> Relay:
    # Loaded when somebody wants one: it is a good part of what the window would wait for.
    from whispr.relay.clock import SystemClock
    from whispr.relay.config import RelayConfig
    from whispr.relay.log import Log
    from whispr.relay.relay import Relay

    hosts = (public_host,) if public_host else ()
    config = RelayConfig(listen=(listen,), public_hosts=hosts, data=data)
    return Relay(config, log=Log(SystemClock(), level="error"))
