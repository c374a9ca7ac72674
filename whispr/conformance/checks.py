"""Runs the rules against a relay that is there, or a client that is started for it."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.conformance.client_rules import CLIENT_RULES, ClientUnderTest
from whispr.conformance.delivery_rules import RELAY_RULES
from whispr.conformance.scene import RelayUnderTest
from whispr.conformance.scripted import ScriptedRelay
from whispr.conformance.vector_rules import VECTOR_RULES, VECTORS

if TYPE_CHECKING:
    from whispr.conformance.rules import Outcome
    from whispr.protocol.address import RelayAddress

Told = Callable[["Outcome"], None]


async def check_relay(address: RelayAddress, *, only: str = "", told: Told) -> list[Outcome]:
    """Run the rules for a relay whose name holds `only`; in a checkout its vectors, too."""
    subject = RelayUnderTest(address)
    outcomes = await RELAY_RULES.run(subject, only=only, told=told)
    if VECTORS.is_dir():
        outcomes += await VECTOR_RULES.run(subject, only=only, told=told)
    return outcomes


async def check_client(command: str, *, only: str = "", told: Told) -> list[Outcome]:
    """Run the rules for a client; `client_rules.py` says what the command must understand."""
    with tempfile.TemporaryDirectory(prefix="whispr-conformance-") as name:
        folder = Path(name)
        async with ScriptedRelay(folder / "relay") as relay:
            client = ClientUnderTest(tuple(shlex.split(command)), relay, folder)
            return await CLIENT_RULES.run(client, only=only, told=told)
