"""`whispr move`: the mailbox goes to another relay; contacts are told, the old place is drained."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from whispr.cli.opened import deliver, run_client
from whispr.client.store.contacts import ContactState
from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client

_EPILOG = """\
The relay is looked at first: if it is not there, or shows another key than the address names,
nothing changes. Every contact gets your new card. What is still sent to the old relay is fetched
there for 30 days, so leave it running that long if it is yours.

example:
  whispr move whispr://PIN@relay.example.org
"""


def add_move(parser: Parser) -> None:
    """Options of `whispr move`."""
    parser.description = "Have your mailbox at another relay from now on."
    parser.epilog = _EPILOG
    parser.add_argument("address", metavar="ADDRESS", help="as the relay printed it")
    parser.set_defaults(run=run_move)


def run_move(options: argparse.Namespace, output: Output) -> int:
    """Look at the relay, then move there."""
    from whispr.client.probe import find_relay

    relay = asyncio.run(find_relay(RelayAddress.parse(options.address)))

    async def move(client: Client) -> int:
        if client.relay == relay:
            _tell(client, output, f"your mailbox is at {relay.location} already")
            return 0
        client.move(relay)
        _tell(client, output, _said(client))
        await deliver(client, output)
        return 0

    return run_client(options, output, move, connect=True)


def _said(client: Client) -> str:
    count = len(client.people.list(ContactState.ACCEPTED))
    told = "1 contact is" if count == 1 else f"{count} contacts are"
    text = f"your mailbox is at {client.relay.location} now; {told} told"
    for place in client.former_places:
        text += f"\n{place.relay.location} is read until {_day(place.until_ms)}"
    return text


def _tell(client: Client, output: Output, text: str) -> None:
    former = [place.relay.location for place in client.former_places]
    output.record("moved", text, relay=client.relay.location, former=former)


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()
