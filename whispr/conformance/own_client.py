"""Our own client library behind the four commands of the conformance kit.

python -m whispr.conformance.own_client FOLDER init ADDRESS NAME | add CARD | send TEXT | receive
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from whispr.client.account import new_key_material
from whispr.client.client import Client
from whispr.client.crypto.kdf import KdfBounds, ScryptParameters
from whispr.client.probe import find_relay
from whispr.client.profile import KeyFileAccess, Profile
from whispr.client.store.cursors import Cursors
from whispr.client.store.message import Direction, Fate, MessageKind
from whispr.protocol.address import RelayAddress

SECRET = "for the conformance kit alone"
ACCESS = KeyFileAccess(kdf=ScryptParameters(log2_n=4), bounds=KdfBounds(scrypt_log2_n=(4, 20)))
CURSOR = "conformance"
SEND_SECONDS = 10.0


async def init(folder: Path, address: str, name: str) -> str:
    """Make a profile at a relay that answers; returns the card."""
    relay = await find_relay(RelayAddress.parse(address))
    now_ms = time.time_ns() // 1_000_000
    material = new_key_material(name, relay, now_ms=now_ms)
    with Profile.create(folder, material, SECRET, ACCESS) as profile:
        async with Client.open(profile, connect=False) as client:
            return client.card.text() if client.card else ""


async def add(folder: Path, card: str) -> str:
    """Add the peer."""
    with Profile.unlock(folder, SECRET, ACCESS) as profile:
        async with Client.open(profile, connect=False) as client:
            return client.people.add(card, "peer").name


async def send(folder: Path, text: str) -> str:
    """Send a text; returns its fate.

    Raises:
        SystemExit: the relay did not accept it in time.
    """
    with Profile.unlock(folder, SECRET, ACCESS) as profile:
        async with Client.open(profile) as client:
            message = await client.send("peer", text)
            message = await client.wait_for_fate(
                message.message_id, Fate.ACCEPTED, timeout_seconds=SEND_SECONDS
            )
            if message.fate not in (Fate.ACCEPTED, Fate.DELIVERED, Fate.READ):
                raise SystemExit(1)
            return message.fate.name.lower()


async def receive(folder: Path) -> str:
    """The next text, as JSON."""
    with Profile.unlock(folder, SECRET, ACCESS) as profile:
        async with Client.open(profile) as client:
            cursors = client.store.cursors
            with client.listening() as events:
                while True:
                    text = _next_text(client, cursors)
                    if text is not None:
                        await client.flush()
                        return json.dumps(text)
                    await events.get()


def _next_text(client: Client, cursors: Cursors) -> str | None:
    for message in client.store.history.after(cursors.get(CURSOR), directions=(Direction.IN,)):
        cursors.advance(CURSOR, message.message_id)
        if message.kind is MessageKind.TEXT:
            return message.text
    return None


COMMANDS = {"init": init, "add": add, "send": send, "receive": receive}

if __name__ == "__main__":
    command = COMMANDS[sys.argv[2]]
    sys.stdout.write(asyncio.run(command(Path(sys.argv[1]), *sys.argv[3:])) + "\n")  # type: ignore[operator]
