"""`python -m whispr.conformance`: the rules against a client (or a relay) from the shell."""

from __future__ import annotations

import argparse
import asyncio
import sys

from whispr.conformance.checks import check_client, check_relay
from whispr.conformance.report import line, summary
from whispr.conformance.rules import Outcome
from whispr.errors import InvalidAddressError
from whispr.protocol.address import RelayAddress


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0: every rule passed; 1: some failed; 2: wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m whispr.conformance",
        description="Run the rules of docs/protocol.md against a client or a relay.",
        epilog="The client is a program with the commands of examples/minimal_client.py: "
        "CMD FILE init ADDRESS NAME | add CARD | send TEXT | receive",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--client", metavar="CMD", help='such as "python examples/minimal_client.py"')
    what.add_argument("--relay", metavar="ADDRESS", help="a relay address")
    parser.add_argument("--only", metavar="WORD", default="", help="rules whose name holds it")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)

    def told(outcome: Outcome) -> None:
        sys.stdout.write(line(outcome, as_json=options.json) + "\n")
        sys.stdout.flush()

    if options.client:
        checking = check_client(options.client, only=options.only, told=told)
    else:
        try:
            address = RelayAddress.parse(options.relay)
        except InvalidAddressError as error:
            parser.error(str(error))
        checking = check_relay(address, only=options.only, told=told)
    outcomes = asyncio.run(checking)
    sys.stdout.write(summary(outcomes, as_json=options.json) + "\n")
    return 0 if outcomes and all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
