"""`whispr demo`: relay, two people and a conversation, in a window or played in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import shutil
import sys
import tempfile
import time
from argparse import SUPPRESS
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.cli.demo_people import ECHO, INDENT, YOU, introduce, person, relay_here
from whispr.cli.echo import answer_everything
from whispr.cli.exits import Exit
from whispr.cli.output import size_text, visible
from whispr.client.client import Client
from whispr.client.events import Event, FateChanged, MessageReceived, TransferProgress
from whispr.client.store.message import Fate, Message
from whispr.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output

SCENE_SECONDS = 60.0
"""When something hangs, the scene is given up; it takes a few seconds."""
PICTURE_BYTES = 3_000_000
TEXT = "Hello Echo 👋 does this reach you?"
_FATES = {
    Fate.ACCEPTED: "accepted: the relay holds it as ciphertext",
    Fate.DELIVERED: "delivered: Echo's device has it and says so",
}
_EPILOG = """\
Everything happens on the loopback address and in a temporary folder that is removed at the end.
Where there is a display, the desktop client opens and Echo answers you; else, or with --terminal
or --json, the scene is played in the terminal.

example:
  whispr demo
"""


def add_demo(parser: Parser) -> None:
    """Options of `whispr demo`."""
    parser.description = "Start a relay with two people on this computer and let them talk."
    parser.epilog = _EPILOG
    parser.add_argument("--terminal", action="store_true", help="play it here, without a window")
    parser.add_argument("--test-hooks", action="store_true", help=SUPPRESS)
    parser.set_defaults(run=run_demo)


def run_demo(options: argparse.Namespace, output: Output) -> int:
    """Open the window, or play the scene; returns 0 when all of it happened."""
    folder = Path(tempfile.mkdtemp(prefix="whispr-demo-"))
    try:
        if not (options.terminal or options.json) and has_display(output):
            from whispr.cli.demo_window import play_in_window

            with contextlib.suppress(ConfigError):  # no window after all: the scene, then
                return play_in_window(folder, output, with_hooks=options.test_hooks)
        return asyncio.run(_play_in_time(folder, output))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def has_display(output: Output) -> bool:
    """Whether a window can be opened for somebody."""
    if sys.platform in ("win32", "darwin"):
        return output.terminal.attended
    return bool(output.terminal.environment.get("DISPLAY"))


async def _play_in_time(folder: Path, output: Output) -> Exit:
    try:
        async with asyncio.timeout(SCENE_SECONDS):
            return Exit.DONE if await _play(folder, output) else Exit.REFUSED
    except TimeoutError:
        output.note("the demo did not come to its end: is this computer very busy?")
        return Exit.NOT_IN_TIME


async def _play(folder: Path, output: Output) -> bool:
    began = time.monotonic()
    async with relay_here(folder / "relay") as relay:
        output.line(f"{output.bold('Relay')}   {relay.location}, with a certificate made just now")
        async with (
            person(folder / "you", YOU, relay) as you,
            person(folder / "echo", ECHO, relay) as echo,
        ):
            introduce(you, echo, output)
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
