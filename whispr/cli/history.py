"""`whispr history` and `whispr search`: what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.cli.opened import run_client
from whispr.cli.options import count
from whispr.cli.records import print_file, print_message

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client
    from whispr.client.store.message import Message

_HISTORY = """\
With --json the objects are those of whispr listen; what you wrote has "to", "state" and "reason",
and files have "transfer" instead of "path".

example:
  whispr history Bob --limit 20
"""
_SEARCH = """\
Finds texts and file names that hold every word, without regard to case and accents; the last word
may be the beginning of one. The newest comes first.

example:
  whispr search eight o'clock
"""


def add_history(parser: Parser) -> None:
    """Options of `whispr history`."""
    parser.description = "Print a conversation, oldest first."
    parser.epilog = _HISTORY
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--limit", metavar="N", type=count, default=100, help="the last N messages (default: 100)"
    )
    parser.set_defaults(run=run_history)


def run_history(options: argparse.Namespace, output: Output) -> int:
    """Print a conversation."""

    async def show(client: Client) -> int:
        contact = client.people.get(options.name)
        for message in client.messages.conversation(contact, limit=options.limit):
            print_row(client, output, message)
        return 0

    return run_client(options, output, show, connect=False)


def add_search(parser: Parser) -> None:
    """Options of `whispr search`."""
    parser.description = "Find words in all conversations, or in one."
    parser.epilog = _SEARCH
    parser.add_argument("words", metavar="WORD", nargs="+")
    parser.add_argument("--in", dest="name", metavar="NAME", help="only in this conversation")
    parser.add_argument(
        "--limit", metavar="N", type=count, default=50, help="at most N hits (default: 50)"
    )
    parser.set_defaults(run=run_search)


def run_search(options: argparse.Namespace, output: Output) -> int:
    """Print what was found."""

    async def search(client: Client) -> int:
        contact = client.people.get(options.name) if options.name else None
        hits = await client.messages.search(
            " ".join(options.words), contact=contact, limit=options.limit
        )
        for hit in hits:
            print_row(client, output, hit.message)
        if not hits:
            output.line("nothing found")
        return 0

    return run_client(options, output, search, connect=False)


def print_row(client: Client, output: Output, message: Message) -> None:
    """One row of history, whatever it is."""
    contact = client.store.contacts.get(message.contact_id)
    known = client.messages.attachment(message.message_id)
    if known is not None:
        print_file(output, message, contact, known)
    else:
        print_message(output, message, contact)
