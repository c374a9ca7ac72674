"""Who takes part in the demo: a relay on the loopback address, You and Echo."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.client.account import new_key_material
from whispr.client.client import Client
from whispr.client.crypto.passphrase import generate_passphrase
from whispr.client.profile import Profile
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay

if TYPE_CHECKING:
    from whispr.cli.output import Output
    from whispr.protocol.address import RelayAddress

PASSPHRASE_WORDS = 7
YOU, ECHO = "You", "Echo"
INDENT = " " * 8


@contextlib.asynccontextmanager
async def relay_here(data: Path) -> AsyncIterator[RelayAddress]:
    """A relay on the loopback address."""
    config = RelayConfig(listen=("127.0.0.1:0",), data=data)
    relay = Relay(config, log=Log(SystemClock(), level="error"))
    await relay.start()
    try:
        yield relay.address
    finally:
        await relay.stop()


@contextlib.asynccontextmanager
async def person(
    folder: Path, name: str, relay: RelayAddress, passphrase: str = ""
) -> AsyncIterator[Client]:
    """Somebody with a new profile, under a passphrase that nobody else knows unless it is given."""
    passphrase = passphrase or generate_passphrase(secrets.randbelow, PASSPHRASE_WORDS)
    material = new_key_material(name, relay, now_ms=time.time_ns() // 1_000_000)
    profile = await asyncio.to_thread(Profile.create, folder, material, passphrase)
    with profile:
        async with Client.open(profile) as client:
            yield client


def introduce(you: Client, echo: Client, output: Output) -> None:
    """Each adds the card of the other."""
    for adding, other in ((you, echo), (echo, you)):
        card = other.card
        assert card is not None, "the address of the relay has its pin"
        adding.people.add(card.text())
    number = you.people.safety_number(ECHO).split()
    output.line(f"{output.bold('People')}  You and Echo, each with the card of the other")
    output.line(f"{INDENT}safety number {' '.join(number[:4])} … the same on both sides")
