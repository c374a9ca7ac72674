"""`whispr send`: queues a text, a file or both, and waits for what becomes of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.cli.exits import Exit
from whispr.cli.opened import run_client
from whispr.cli.options import milliseconds, seconds
from whispr.cli.records import print_fate
from whispr.client.content import MAX_TEXT_BYTES
from whispr.client.events import ConnectionChanged, LinkState, TransferProgress
from whispr.client.store.message import Fate
from whispr.errors import TextTooLongError, UserInputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client
    from whispr.client.events import Event
    from whispr.client.store.message import Message

DEFAULT_TIMEOUT_SECONDS = 30.0
_EPILOG = """\
A text and a file are two messages; for each its last state is printed. Exit code 0: as far as
--wait asks; 3: not in time, still queued, and sent by the next send or listen; 4: expired or
failed.

Arguments are visible to every user of this machine: give - and the text on standard input (one
line end at its end is left out).

With --json: {"type":"fate","id","to","state","reason"}; id is the message's own, in hexadecimal;
state is queued, accepted, expired, failed, delivered or read.

examples:
  whispr send Bob "see you at eight" --wait delivered
  fortune | whispr send Bob -
  whispr send Bob --file holiday.jpg
"""


def add_send(parser: Parser) -> None:
    """Options of `whispr send`."""
    parser.description = "Send a text, a file, or both to a contact."
    parser.epilog = _EPILOG
    parser.add_argument("to", metavar="TO", help="name or identity of a contact")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="the text; - reads standard input")
    parser.add_argument("--file", metavar="PATH", type=Path, help="a file of at most 10 MiB")
    parser.add_argument(
        "--wait",
        choices=("accepted", "delivered"),
        default="accepted",
        help="accepted: the relay has it (default); delivered: the contact's device has it",
    )
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=seconds,
        default=DEFAULT_TIMEOUT_SECONDS,
        help="how long to wait for that (default: 30s)",
    )
    parser.add_argument(
        "--life",
        metavar="DURATION",
        type=milliseconds,
        help="how long delivery is tried, such as 90s, 12h or 30d (default: 7d)",
    )
    parser.add_argument(
        "--older-protection",
        action="store_true",
        help="do not wait for the contact's keys: send this one with the older protection",
    )
    parser.set_defaults(run=run_send)


def run_send(options: argparse.Namespace, output: Output) -> int:
    """Send and wait."""
    if options.text is None and options.file is None:
        raise UserInputError("nothing to send: give a text, - or --file PATH")
    text = _text(options, output)
    if text is not None:
        _check(text)

    async def send(client: Client) -> int:
        with client.listening() as events:
            watching = asyncio.create_task(_watch(events, output))
            try:
                exits = await _send(client, options, text, output)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
        await client.flush()
        return exits

    return run_client(options, output, send, connect=True)


def _text(options: argparse.Namespace, output: Output) -> str | None:
    """The text to send; what standard input holds is read before the profile is opened."""
    if options.text != "-":
        text: str | None = options.text
        return text
    # A character has at least one byte: this is enough to see that it is too long.
    try:
        typed = output.terminal.stdin.read(MAX_TEXT_BYTES + 3)
    except UnicodeDecodeError as error:
        raise UserInputError("standard input is not text: send it with --file") from error
    return typed.removesuffix("\n").removesuffix("\r")


def _check(text: str) -> None:
    """Refuse a text before anything is queued: a file beside it is not to go alone."""
    if not text:
        raise UserInputError("the text is empty")
    if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        raise TextTooLongError(
            f"the text is too long: up to {MAX_TEXT_BYTES} bytes fit; send it with --file"
        )


async def _send(
    client: Client, options: argparse.Namespace, text: str | None, output: Output
) -> int:
    wanted = Fate[options.wait.upper()]
    sent = [message async for message in _queue(client, options, text)]
    exits = await asyncio.gather(
        *(_follow(client, message, wanted, options.timeout, output) for message in sent)
    )
    return max(exits)


async def _queue(
    client: Client, options: argparse.Namespace, text: str | None
) -> AsyncIterator[Message]:
    """The file first: it may be refused, and then the text is not sent alone."""
    file_message = None
    if options.file is not None:
        file_message = await client.send_file(
            options.to, options.file, life_ms=options.life, allow_suite_1=options.older_protection
        )
    if text is not None:
        yield await client.send(
            options.to, text, life_ms=options.life, allow_suite_1=options.older_protection
        )
    if file_message is not None:
        yield file_message


async def _follow(
    client: Client, message: Message, wanted: Fate, timeout_seconds: float, output: Output
) -> Exit:
    contact = client.store.contacts.get(message.contact_id)
    message = await client.wait_for_fate(
        message.message_id, wanted, timeout_seconds=timeout_seconds
    )
    print_fate(output, message, contact)
    fate = message.fate
    if fate in (Fate.EXPIRED, Fate.FAILED):
        return Exit.REFUSED
    if fate is None or fate is wanted or fate.may_follow(wanted):
        return Exit.DONE
    output.note(
        f"not {wanted.name.lower()} within {timeout_seconds:g} s; it stays queued and is sent "
        "again by the next whispr send or listen"
    )
    return Exit.NOT_IN_TIME


async def _watch(events: asyncio.Queue[Event], output: Output) -> None:
    """Draw bars of uploads, and say why a relay cannot be reached."""
    said = set()
    while True:
        match await events.get():
            case TransferProgress(done_bytes=done, total_bytes=total, incoming=False):
                output.progress("sending", done, total)
            case (
                ConnectionChanged(
                    state=LinkState.WAITING | LinkState.REFUSED | LinkState.REPLACED
                ) as changed
            ) if changed.reason and (changed.location, changed.reason) not in said:
                said.add((changed.location, changed.reason))
                output.note(f"{changed.location}: {changed.reason}")
