"""`whispr demo`: relay, two people and a conversation on this computer, played in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.cli.echo import answer_everything
from whispr.cli.exits import Exit
from whispr.cli.output import size_text, visible
from whispr.client.account import new_key_material
from whispr.client.client import Client
from whispr.client.crypto.passphrase import generate_passphrase
from whispr.client.events import Event, FateChanged, MessageReceived, TransferProgress
from whispr.client.profile import Profile
from whispr.client.store.message import Fate, Message
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.protocol.address import RelayAddress

SCENE_SECONDS = 60.0
"""When something hangs, the scene is given up; it takes a few seconds."""
PASSPHRASE_WORDS = 7
PICTURE_BYTES = 3_000_000
TEXT = "Hello Echo 👋 does this reach you?"
YOU, ECHO = "You", "Echo"
INDENT = " " * 8
_FATES = {
    Fate.ACCEPTED: "accepted: the relay holds it as ciphertext",
    Fate.DELIVERED: "delivered: Echo's device has it and says so",
}
_EPILOG = """\
Everything happens on the loopback address and in a temporary folder that is removed at the end.

example:
  whispr demo
"""


def add_demo(parser: Parser) -> None:
    """Options of `whispr demo`."""
    parser.description = "Start a relay with two people on this computer and let them talk."
    parser.epilog = _EPILOG
    parser.set_defaults(run=run_demo)


def run_demo(options: argparse.Namespace, output: Output) -> int:
    """Play the scene; returns 0 when all of it happened."""
    del options
    folder = Path(tempfile.mkdtemp(prefix="whispr-demo-"))
    try:
        return asyncio.run(_play_in_time(folder, output))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _play_in_time(folder: Path, output: Output) -> Exit:
    try:
        async with asyncio.timeout(SCENE_SECONDS):
            return Exit.DONE if await _play(folder, output) else Exit.REFUSED
    except TimeoutError:
        output.note("the demo did not come to its end: is this computer very busy?")
        return Exit.NOT_IN_TIME


async def _play(folder: Path, output: Output) -> bool:
    began = time.monotonic()
    async with _relay(folder / "relay") as relay:
        output.line(f"{output.bold('Relay')}   {relay.location}, with a certificate made just now")
        async with (
            _person(folder / "you", YOU, relay) as you,
            _person(folder / "echo", ECHO, relay) as echo,
        ):
            _introduce(you, echo, output)
            answering = asyncio.create_task(answer_everything(echo))
            try:
                complete = await Scene(you, output).play(folder / "evening.raw")
            finally:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
    seconds = time.monotonic() - began
    output.line("")
    output.line(f"All of it on this computer, in {seconds:.1f} s. Now for real: whispr --help")
    output.record("demo", None, complete=complete, seconds=round(seconds, 1))
    return complete


@contextlib.asynccontextmanager
async def _relay(data: Path) -> AsyncIterator[RelayAddress]:
    config = RelayConfig(listen=("127.0.0.1:0",), data=data)
    relay = Relay(config, log=Log(SystemClock(), level="error"))
    await relay.start()
    try:
        yield relay.address
    finally:
        await relay.stop()


@contextlib.asynccontextmanager
async def _person(folder: Path, name: str, relay: RelayAddress) -> AsyncIterator[Client]:
    passphrase = generate_passphrase(secrets.randbelow, PASSPHRASE_WORDS)
    material = new_key_material(name, relay, now_ms=time.time_ns() // 1_000_000)
    profile = await asyncio.to_thread(Profile.create, folder, material, passphrase)
    with profile:
        async with Client.open(profile) as client:
            yield client


def _introduce(you: Client, echo: Client, output: Output) -> None:
    for adding, other in ((you, echo), (echo, you)):
        card = other.card
        assert card is not None, "the address of the relay has its pin"
        adding.people.add(card.text())
    number = you.people.safety_number(ECHO).split()
    output.line(f"{output.bold('People')}  You and Echo, each with the card of the other")
    output.line(f"{INDENT}safety number {' '.join(number[:4])} … the same on both sides")


class Scene:
    """What is said, and how it shows."""

    def __init__(self, you: Client, output: Output) -> None:
        self._you = you
        self._output = output

    async def play(self, picture: Path) -> bool:
        """A text and its answer, a file and its answer; False if one of them came to nothing."""
        content = random.Random(PICTURE_BYTES).randbytes(PICTURE_BYTES)
        await asyncio.to_thread(picture.write_bytes, content)
        with self._you.listening() as events:
            message = await self._you.send(ECHO, TEXT)
            self._say(TEXT)
            if not await self._follow(message, events):
                return False
            message = await self._you.send_file(ECHO, picture)
            digest = hashlib.sha256(content).hexdigest()[:16]
            self._say(f"[file] {picture.name}, {size_text(len(content))}, SHA-256 {digest}…")
            return await self._follow(message, events)

    def _say(self, text: str) -> None:
        self._output.line("")
        self._output.line(f"{self._output.bold(YOU)} → Echo: {text}")
        self._output.line(f"{INDENT}queued: it is on your disk, encrypted")

    async def _follow(self, message: Message, events: asyncio.Queue[Event]) -> bool:
        """Show every state of a message, until it is delivered and answered."""
        delivered = answered = False
        while not (delivered and answered):
            match await events.get():
                case FateChanged(message_id=message.message_id) as changed:
                    self._show_fate(changed)
                    if changed.fate in (Fate.EXPIRED, Fate.FAILED):
                        return False
                    delivered = delivered or changed.fate is Fate.DELIVERED
                case TransferProgress(incoming=False) as moved:
                    self._output.progress("sending", moved.done_bytes, moved.total_bytes)
                case MessageReceived() as received:
                    answered = self._show_answer(received.message_id) or answered
        return True

    def _show_fate(self, changed: FateChanged) -> None:
        name = changed.fate.name.lower()
        text = _FATES.get(changed.fate, f"{name}: {visible(changed.reason)}")
        self._output.record(
            *("fate", f"{INDENT}{text}"),
            id=changed.content_id.hex(),
            to=ECHO,
            state=name,
            reason=changed.reason,
        )

    def _show_answer(self, message_id: int) -> bool:
        answer = self._you.store.history.get(message_id)
        if answer is None:
            return False
        self._output.record(
            *("message", f"{self._output.bold(ECHO)} → you: {visible(answer.text)}"),
            id=answer.content_id.hex(),
            **{"from": ECHO},
            text=answer.text,
        )
        return True
