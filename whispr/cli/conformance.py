"""`whispr conformance`: the rules of the protocol against a relay."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.conformance.rules import Outcome

_EPILOG = """\
The rules are those of docs/protocol.md that can be seen from outside. They make mailboxes of their
own and fill them; nobody else's mail is touched, but a public relay's limits are used up for a
while. Exit code 1 if a rule failed.

A client is checked with: python -m whispr.conformance --client CMD

example:
  whispr conformance whispr://PIN@relay.example.org:7443
"""


def add_conformance(parser: Parser) -> None:
    """Options of `whispr conformance`."""
    parser.description = "Run the rules of the protocol against a relay; print a table."
    parser.epilog = _EPILOG
    parser.add_argument("address", metavar="ADDRESS", help="a relay address")
    parser.add_argument("--only", metavar="WORD", default="", help="rules whose name holds it")
    parser.set_defaults(run=run_conformance)


def run_conformance(options: argparse.Namespace, output: Output) -> int:
    """Run them; one line each."""
    from whispr.conformance.checks import check_relay
    from whispr.conformance.report import line, summary

    def told(outcome: Outcome) -> None:
        output.record(
            "rule",
            line(outcome),
            section=outcome.section,
            name=outcome.name,
            text=outcome.text,
            passed=outcome.passed,
            detail=outcome.detail,
        )

    address = RelayAddress.parse(options.address)
    outcomes = asyncio.run(check_relay(address, only=options.only, told=told))
    failed = sum(not outcome.passed for outcome in outcomes)
    output.record("summary", summary(outcomes), passed=len(outcomes) - failed, failed=failed)
    return 1 if failed or not outcomes else 0
