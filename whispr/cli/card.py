"""`whispr card`: the own card, as a line or as a QR code in the terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from whispr.cli.opened import run_client
from whispr.errors import UserInputError
from whispr.protocol.bech32m import identity_text

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client
    from whispr.protocol.card import Card

_EPILOG = """\
The card says who you are and where you are reached. It holds no secret, but whoever has it can
write to you. Give it over a channel you trust, then compare safety numbers: whispr verify.

example:
  whispr card --qr
"""


def add_card(parser: Parser) -> None:
    """Options of `whispr card`."""
    parser.description = "Print your card on one line: the link by which others add you."
    parser.epilog = _EPILOG
    parser.add_argument("--qr", action="store_true", help="draw it as a QR code, too")
    parser.set_defaults(run=run_card)


def run_card(options: argparse.Namespace, output: Output) -> int:
    """Print it."""

    async def show(client: Client) -> int:
        if client.card is None:
            raise UserInputError(
                "the relay was never reached, so its key is not known: run whispr listen first"
            )
        if options.qr:
            output.line(_qr(client.card.text()))
        print_card(output, client.card)
        return 0

    return run_client(options, output, show, connect=False)


def print_card(output: Output, card: Card) -> None:
    """One line, and nothing else, for a person to copy."""
    output.record(
        "card",
        card.text(),
        card=card.text(),
        name=card.name,
        identity=identity_text(card.identity),
        relay=card.device.relay.location,
    )


def _qr(text: str) -> str:
    import segno

    drawn = io.StringIO()
    segno.make_qr(text, error="l").terminal(drawn, compact=True)
    return drawn.getvalue().rstrip("\n")
