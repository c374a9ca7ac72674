"""`whispr verify`: the safety number of a contact, and whether it was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.cli.opened import run_client
from whispr.cli.output import visible

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client

GROUPS_IN_LINE = 4
_EPILOG = """\
Both of you see the same 60 digits. Compare them by voice or side by side, not over Whispr: if they
match, nobody sits between you.

example:
  whispr verify Bob
  whispr verify Bob --yes
"""


def add_verify(parser: Parser) -> None:
    """Options of `whispr verify`."""
    parser.description = "Show the safety number of a contact and note whether you compared it."
    parser.epilog = _EPILOG
    parser.add_argument("name", metavar="NAME")
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--yes", action="store_true", help="the numbers match")
    answer.add_argument("--no", action="store_true", help="take back that they match")
    parser.set_defaults(run=run_verify)


def run_verify(options: argparse.Namespace, output: Output) -> int:
    """Show it; on a terminal ask."""

    async def verify(client: Client) -> int:
        contact = client.people.get(options.name)
        number = client.people.safety_number(options.name)
        _draw(output, contact.name, number)
        protection = client.people.protection(contact)
        output.line(f"Protection: {protection}")
        match = _answer(options, output)
        if match is not None:
            contact = client.people.set_verified(options.name, match)
        verified = contact.verified_at_ms is not None
        output.record(
            "safety_number",
            f"{visible(contact.name)} is {'' if verified else 'not '}verified",
            name=contact.name,
            number=number,
            verified=verified,
            protection=protection,
        )
        return 0

    return run_client(options, output, verify, connect=False)


def _draw(output: Output, name: str, number: str) -> None:
    output.line(f"Safety number with {output.bold(visible(name))}:")
    groups = number.split()
    for start in range(0, len(groups), GROUPS_IN_LINE):
        output.line("    " + " ".join(groups[start : start + GROUPS_IN_LINE]))


def _answer(options: argparse.Namespace, output: Output) -> bool | None:
    """None: nobody said anything."""
    if options.yes or options.no:
        return bool(options.yes)
    terminal = output.terminal
    if output.as_json or not (terminal.attended and terminal.stdin.isatty()):
        return None
    try:
        answer = terminal.ask("Does the other side see the same number? [y/N] ").lower()
    except EOFError:
        return None
    return True if answer in ("y", "yes") else None
