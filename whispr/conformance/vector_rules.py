"""The vectors of a checkout (`tests/vectors/`) as rules for a relay."""

from __future__ import annotations

import json
from pathlib import Path

from whispr.conformance.rules import Rules, require
from whispr.conformance.scene import RelayUnderTest
from whispr.conformance.wire import refusal
from whispr.errors import ConformanceError
from whispr.protocol.codes import FATAL_CODES, ErrorCode

VECTORS = Path(__file__).parents[2] / "tests" / "vectors"
"""Where a checkout has them; an installed package has none, and then these rules are not run."""

VECTOR_RULES: Rules[RelayUnderTest] = Rules()
rule = VECTOR_RULES.rule


@rule("9")
async def malformed_vectors_get_their_codes(relay: RelayUnderTest) -> None:
    """Each frame of malformed.json gets its code, and the connection ends where the text says."""
    vectors = json.loads((VECTORS / "malformed.json").read_text(encoding="utf-8"))["vectors"]
    from_clients = [vector for vector in vectors if vector["sender"] == "client"]
    require(len(from_clients) > 0, "there is no vector of a client")
    for vector in from_clients:
        await _check(relay, vector)


async def _check(relay: RelayUnderTest, vector: dict[str, str]) -> None:
    proven = vector["state"] == "open"
    wanted = ErrorCode[vector["error"]]
    async with await (relay.sender() if proven else relay.stranger()) as wire:
        await wire.write(bytes.fromhex(vector["wire"]) + bytes(int(vector.get("then_zeros", 0))))
        try:
            refusal(await wire.frame(), wanted)
            if wanted in FATAL_CODES:
                await wire.closes()
            else:
                await wire.lives()
        except (ConformanceError, EOFError, OSError) as error:
            problem = str(error) or type(error).__name__
            raise ConformanceError(f"{vector['name']}: {problem}") from error
