"""The rules for a client: a program with one identity and one peer, driven by four commands.

    CMD FILE init RELAY_ADDRESS NAME     makes keys, prints the card
    CMD FILE add CARD                    whom to talk to
    CMD FILE send TEXT                   ends with 0 when the relay accepted it
    CMD FILE receive                     waits for the next text, prints it as one JSON string

FILE is where the client keeps its state. `examples/minimal_client.py` is such a program.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from whispr.conformance.rules import Rules, require
from whispr.conformance.scripted import Script, ScriptedRelay
from whispr.conformance.sealing import Letter, Peer, read_text, seal
from whispr.errors import ConformanceError
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import Card, parse_card, parse_card_text
from whispr.protocol.codes import Scope
from whispr.protocol.limits import CLOCK_WINDOW_MS
from whispr.protocol.signatures import SigningKey

COMMAND_SECONDS = 20.0

CLIENT_RULES: Rules[ClientUnderTest] = Rules()
rule = CLIENT_RULES.rule


@dataclass(slots=True)
class ClientUnderTest:
    """The program, its state, the relay it talks to and the peer it knows."""

    command: tuple[str, ...]
    relay: ScriptedRelay
    folder: Path
    peer: Peer = field(default_factory=Peer)
    count: int = 0

    async def run(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> tuple[int, str]:
        """Run a command of the client; returns exit code and output.

        Raises:
            TimeoutError: it did not end; it is ended here.
        """
        process = await asyncio.create_subprocess_exec(
            *self.command,
            str(self.folder / f"state-{self.count}"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(seconds):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, output.decode()

    async def fresh(self) -> Card:
        """A new client that knows the peer; returns its card."""
        self.count += 1
        self.relay.script = Script()
        code, output = await self.run("init", self.relay.address.text(), "Tested")
        require(code == 0, f"init ends with {code}")
        card = parse_card_text(output.strip())
        link = self.peer.card(self.relay.address, self.relay.now_ms()).text()
        code, _ = await self.run("add", link)
        require(code == 0, f"add ends with {code}")
        return card

    def letter(self, letter: Letter, card: Card, *, age_ms: int = 0) -> bytes:
        """An envelope of the peer to the client."""
        now_ms = self.relay.now_ms() - age_ms
        return seal(letter, self.peer, card, relay_id=self.relay.relay_id, now_ms=now_ms)

    async def receives(self, *deliveries: bytes, strange: bool = False) -> str:
        """What the client prints of these deliveries."""
        self.relay.script = Script(deliveries=list(deliveries), strange=strange)
        code, output = await self.run("receive")
        require(code == 0, f"receive ends with {code}")
        require(not self.relay.script.problems, "; ".join(self.relay.script.problems))
        try:
            text = json.loads(output)
        except ValueError as error:
            raise ConformanceError("receive does not print one JSON string") from error
        return str(text)

    async def shows_only_the_last(self, card: Card, *before: bytes) -> None:
        """Deliver letters that must not be shown, then a good one."""
        good = self.letter(Letter("the good one"), card)
        shown = await self.receives(*before, good)
        require(shown == "the good one", f"it showed {shown!r}")
        require(
            self.relay.script.acknowledged == len(before) + 1, "what it drops it acknowledges, too"
        )


@rule("2")
async def pin_is_checked(client: ClientUnderTest) -> None:
    """A relay with another key than its address names gets nothing."""
    await client.fresh()
    client.count += 1
    client.relay.script = Script()
    address = client.relay.address
    wrong = RelayAddress(address.host, address.port, (os.urandom(32),))
    code, _ = await client.run("init", wrong.text(), "Tested")
    if code == 0:
        link = client.peer.card(wrong, client.relay.now_ms()).text()
        await client.run("add", link)
        code, _ = await client.run("send", "to whom?")
        require(code != 0, "send to a wrong relay ends with 0")
    require(not client.relay.script.proven, "it proved a key to a wrong relay")
    require(not client.relay.script.sent, "it sent to a wrong relay")


@rule("12")
async def sent_text_is_right(client: ClientUnderTest) -> None:
    """A text is sealed, signed twice, padded, for this relay and this mailbox."""
    card = await client.fresh()
    text = "hello 👋\nand a second line"
    code, _ = await client.run("send", text)
    require(code == 0, f"send ends with {code}")
    script = client.relay.script
    require(not script.problems, "; ".join(script.problems))
    require(Scope.SEND in script.proven, "it did not prove its device key")
    require(len(script.sent) == 1, f"it sent {len(script.sent)} envelopes")
    envelope = script.sent[0]
    envelope.verify()
    peer_card = client.peer.card(client.relay.address, client.relay.now_ms())
    require(envelope.relay_id == client.relay.relay_id, "not for this relay")
    require(envelope.mailbox == peer_card.device.mailbox, "not for the peer's mailbox")
    require(envelope.suite == 1, "another suite")
    require(
        abs(envelope.time_ms - client.relay.now_ms()) < CLOCK_WINDOW_MS, "outside the clock window"
    )
    shown, own_card = read_text(envelope, client.peer, card)
    require(shown == text, f"the text became {shown!r}")
    require(own_card is not None, "a first message carries the sender's card")
    assert own_card is not None
    require(parse_card(own_card).identity == card.identity, "the card of somebody else")


@rule("6")
async def ids_are_fresh(client: ClientUnderTest) -> None:
    """Two sends are two envelopes with ids of their own."""
    await client.fresh()
    for _ in range(2):
        await client.run("send", "the same text")
    sent = client.relay.script.sent
    require(len(sent) == 2, f"two sends made {len(sent)} envelopes")
    first, second = sent
    require(first.envelope_id != second.envelope_id, "one envelope id for two")
    require(bytes(first.ciphertext) != bytes(second.ciphertext), "one ciphertext for two")


@rule("11")
async def received_text_is_right(client: ClientUnderTest) -> None:
    """A text is shown as it was written, and acknowledged."""
    card = await client.fresh()
    text = "grüße 👋🏽\n\ttabs and lines"
    shown = await client.receives(client.letter(Letter(text), card))
    require(shown == text, f"it showed {shown!r}")
    require(client.relay.script.acknowledged == 1, "it did not acknowledge")


@rule("12")
async def repeated_content_is_one(client: ClientUnderTest) -> None:
    """A content that comes twice is shown once."""
    card = await client.fresh()
    letter = Letter("only once")
    require(await client.receives(client.letter(letter, card)) == "only once", "not shown")
    await client.shows_only_the_last(card, client.letter(letter, card))


@rule("12")
async def forgeries_are_dropped(client: ClientUnderTest) -> None:
    """A spoiled outer or inner signature is dropped and acknowledged."""
    card = await client.fresh()
    await client.shows_only_the_last(
        card,
        client.letter(Letter("forged outside", spoil_outer=True), card),
        client.letter(Letter("forged inside", signer=SigningKey(os.urandom(32))), card),
    )


@rule("12")
async def forwarded_letters_are_dropped(client: ClientUnderTest) -> None:
    """A letter that was meant for somebody else, sealed again, is dropped."""
    card = await client.fresh()
    await client.shows_only_the_last(
        card, client.letter(Letter("not for you", recipient=os.urandom(32)), card)
    )


@rule("6")
async def other_relays_are_dropped(client: ClientUnderTest) -> None:
    """An envelope for another relay is dropped."""
    card = await client.fresh()
    elsewhere = seal(
        Letter("from elsewhere"),
        client.peer,
        card,
        relay_id=os.urandom(32),
        now_ms=client.relay.now_ms(),
    )
    await client.shows_only_the_last(card, elsewhere)


@rule("12")
async def expired_contents_are_dropped(client: ClientUnderTest) -> None:
    """A content past its life is dropped."""
    card = await client.fresh()
    await client.shows_only_the_last(
        card, client.letter(Letter("too late", life_ms=1000), card, age_ms=60_000)
    )


@rule("12")
async def strangers_are_not_the_peer(client: ClientUnderTest) -> None:
    """Somebody who is not the peer is not shown as the peer."""
    card = await client.fresh()
    stranger = seal(
        Letter("from a stranger"),
        Peer(),
        card,
        relay_id=client.relay.relay_id,
        now_ms=client.relay.now_ms(),
    )
    await client.shows_only_the_last(card, stranger)


@rule("10")
async def later_versions_are_survived(client: ClientUnderTest) -> None:
    """Unknown frames, content types and envelopes are survived."""
    card = await client.fresh()
    unknown = client.letter(Letter("", type_number=200), card)
    good = client.letter(Letter("still here"), card)
    shown = await client.receives(b"\x01" * 300, unknown, good, strange=True)
    require(shown == "still here", f"it showed {shown!r}")
