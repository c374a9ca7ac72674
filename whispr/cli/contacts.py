"""`whispr add` and `whispr contacts`: whom this profile knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.cli.opened import deliver, run_client
from whispr.cli.output import visible
from whispr.cli.records import INDENT, time_text
from whispr.client.store.contacts import ContactState

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client
    from whispr.client.people import People
    from whispr.client.store.contacts import Contact

_ADD = """\
The card is the line that whispr card prints on the other side; - reads it from standard input.
Both sides must add each other: until then your messages wait there as a message request.

example:
  whispr add 'whispr://relay.example.org:7443/#…' --name Bob
"""
_CONTACTS = """\
example:
  whispr contacts
  whispr contacts rename Bob "Bob from work"
"""


def add_add(parser: Parser) -> None:
    """Options of `whispr add`."""
    parser.description = "Add a contact by his card."
    parser.epilog = _ADD
    parser.add_argument("card", metavar="CARD", help="the whole line, in quotes; or -")
    parser.add_argument("--name", help="what you call him; else the name on the card")
    parser.set_defaults(run=run_add)


def run_add(options: argparse.Namespace, output: Output) -> int:
    """Add somebody; a stranger who wrote hears with the next connection that his texts came."""
    text = output.terminal.stdin.read(65_536) if options.card == "-" else options.card

    async def add(client: Client) -> int:
        contact = client.people.add(text, options.name)
        print_contact(output, client.people, contact)
        return 0

    return run_client(options, output, add, connect=False)


def add_contacts(parser: Parser) -> None:
    """Options of `whispr contacts`."""
    parser.description = "List and change your contacts; without a word it lists them."
    parser.epilog = _CONTACTS
    parser.set_defaults(run=run_list, blocked=False)
    parser.expect_action("list|rename|remove|block|unblock", required=False)
    listing = parser.add_action("list", run_list, "List contacts", "--json")
    listing.add_argument("--blocked", action="store_true", help="list who is blocked instead")
    rename = parser.add_action(
        "rename", run_rename, "Call a contact otherwise, here only", "Bob Robert"
    )
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new_name", metavar="NEW_NAME")
    for name, run, text in (
        ("remove", run_remove, "Forget a contact with the whole conversation"),
        ("block", run_block, "Delete the conversation, drop what he sends; he is not told"),
        ("unblock", run_unblock, "Make a blocked person a contact again"),
    ):
        parser.add_action(name, run, text, "Bob").add_argument("name", metavar="NAME")


def run_list(options: argparse.Namespace, output: Output) -> int:
    """List contacts."""

    async def show(client: Client) -> int:
        state = ContactState.BLOCKED if options.blocked else ContactState.ACCEPTED
        contacts = client.people.list(state)
        for contact in contacts:
            print_contact(output, client.people, contact)
        if not contacts:
            output.line("nobody is blocked" if options.blocked else "no contacts yet: whispr add")
        return 0

    return run_client(options, output, show, connect=False)


def run_rename(options: argparse.Namespace, output: Output) -> int:
    """Rename."""
    return _change(options, output, lambda people: people.rename(options.name, options.new_name))


def run_block(options: argparse.Namespace, output: Output) -> int:
    """Block."""
    return _change(options, output, lambda people: people.block(options.name))


def run_unblock(options: argparse.Namespace, output: Output) -> int:
    """Unblock."""
    return _change(options, output, lambda people: people.unblock(options.name))


def run_remove(options: argparse.Namespace, output: Output) -> int:
    """Remove."""

    async def remove(client: Client) -> int:
        name = client.people.get(options.name).name
        client.people.remove(name)
        output.record("removed", f"{visible(name)} and the conversation are gone", name=name)
        return 0

    return run_client(options, output, remove, connect=False)


def _change(
    options: argparse.Namespace, output: Output, change: Callable[[People], Contact]
) -> int:
    async def act(client: Client) -> int:
        print_contact(output, client.people, change(client.people))
        return 0

    return run_client(options, output, act, connect=False)


def accept_online(
    options: argparse.Namespace, output: Output, change: Callable[[People], Contact]
) -> int:
    """A change of which the other side should hear now, if the relay can be reached."""

    async def act(client: Client) -> int:
        print_contact(output, client.people, change(client.people))
        await deliver(client, output)
        return 0

    return run_client(options, output, act, connect=True)


def print_contact(output: Output, people: People, contact: Contact) -> None:
    """One contact on one line."""
    card = people.card(contact)
    notes = ["verified" if contact.verified_at_ms is not None else "not verified"]
    notes += ["uses a new device"] if contact.key_changed else []
    notes += ["blocked"] if contact.state is ContactState.BLOCKED else []
    seen_ms = contact.last_seen_ms
    output.record(
        "contact",
        f"{output.bold(visible(contact.name))}  {people.address(contact)}  "
        f"on {card.device.relay.location}  ({', '.join(notes)})\n"
        f"{INDENT}protection {people.protection(contact)}",
        name=contact.name,
        identity=people.address(contact),
        state=contact.state.name.lower(),
        verified=contact.verified_at_ms is not None,
        key_changed=contact.key_changed,
        relay=card.device.relay.location,
        protection=people.protection(contact),
        last_seen=None if seen_ms is None else time_text(seen_ms),
    )
