"""`whispr requests`: strangers who wrote, and whether they are let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.cli.contacts import accept_online, print_contact
from whispr.cli.opened import run_client
from whispr.cli.output import visible, visible_lines
from whispr.client.store.contacts import ContactState
from whispr.errors import UserInputError

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client
    from whispr.client.people import People
    from whispr.client.store.contacts import Contact

_EPILOG = """\
A stranger does not learn whether his messages came until you accept him. Names are what strangers
call themselves: compare the identity with the card that you were given.

example:
  whispr requests
  whispr requests accept Carol
"""


def add_requests(parser: Parser) -> None:
    """Options of `whispr requests`."""
    parser.description = "Strangers who wrote; without a word it lists them."
    parser.epilog = _EPILOG
    parser.set_defaults(run=run_list)
    parser.expect_action("list|accept|block", required=False)
    parser.add_action("list", run_list, "List who waits, with what they wrote", "--json")
    for name, run, text in (
        ("accept", run_accept, "Make a stranger a contact; he is told that his messages came"),
        ("block", run_block, "Drop what he sent and will send; he is not told"),
    ):
        parser.add_action(name, run, text, "Carol").add_argument("name", metavar="NAME")


def run_list(options: argparse.Namespace, output: Output) -> int:
    """List strangers."""

    async def show(client: Client) -> int:
        waiting = client.people.requests()
        for stranger in waiting:
            texts = [message.text for message in client.messages.conversation(stranger)]
            lines = [f"{output.bold(visible(stranger.name))}  {client.people.address(stranger)}"]
            lines += [f"  {visible_lines(text, '    ')}" for text in texts]
            output.record(
                "request",
                "\n".join(lines),
                **{"from": stranger.name},
                identity=client.people.address(stranger),
                texts=texts,
            )
        if not waiting:
            output.line("no message requests")
        return 0

    return run_client(options, output, show, connect=False)


def run_accept(options: argparse.Namespace, output: Output) -> int:
    """Let a stranger in."""
    return accept_online(options, output, lambda people: people.accept(options.name))


def run_block(options: argparse.Namespace, output: Output) -> int:
    """Keep a stranger out."""

    async def block(client: Client) -> int:
        stranger = _stranger(client.people, options.name)
        print_contact(output, client.people, client.people.block(stranger.name))
        return 0

    return run_client(options, output, block, connect=False)


def _stranger(people: People, name: str) -> Contact:
    found = people.get(name)
    if found.state is not ContactState.REQUEST:
        raise UserInputError(f"{found.name} is no message request: see whispr contacts block")
    return found
