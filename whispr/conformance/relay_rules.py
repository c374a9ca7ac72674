"""The rules for a relay: wire, proof, envelopes."""

from __future__ import annotations

import asyncio
import contextlib
import os

from whispr import tls
from whispr.conformance.rules import Rules, require
from whispr.conformance.scene import (
    Mailbox,
    RelayUnderTest,
    accepted,
    envelope_to,
    fresh_key,
    offer,
)
from whispr.conformance.wire import refusal
from whispr.errors import ConformanceError
from whispr.protocol import envelope as envelopes
from whispr.protocol import frames
from whispr.protocol.codes import EnvelopeFlag, ErrorCode, Scope
from whispr.protocol.envelope import HEADER_BYTES
from whispr.protocol.framing import prefixed
from whispr.protocol.limits import CLOCK_WINDOW_MS, MAX_FRAME_BYTES

RELAY_RULES: Rules[RelayUnderTest] = Rules()
rule = RELAY_RULES.rule

UNKNOWN_CODE = 0x7F


@rule("2")
async def hello_names_the_key(relay: RelayUnderTest) -> None:
    """HELLO comes first and names the key that TLS showed."""
    async with await relay.stranger() as wire:
        require(wire.relay_id in wire.relay_ids, "HELLO does not name the key of this connection")
        require(
            wire.hello.version_min <= 1 <= wire.hello.version_max, "HELLO does not offer version 1"
        )
    async with await relay.stranger() as other:
        require(wire.hello.nonce != other.hello.nonce, "two connections got the same challenge")


@rule("2")
async def other_alpn_is_closed(relay: RelayUnderTest) -> None:
    """A connection without ALPN whispr/1 is closed."""
    context = tls.client_context()
    context.set_alpn_protocols(["h2"])
    address = relay.address
    try:
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=context, server_hostname=""
        )
    except OSError:
        return
    try:
        data = await reader.read(1)
    except ConnectionError:
        data = b""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    require(not data, "the relay talks to who speaks another protocol")


@rule("3")
async def wrong_lengths_end_it(relay: RelayUnderTest) -> None:
    """A length of 0 or over the limit is frame_too_large, and the connection ends."""
    for length in (0, 4097, 2**31, 2**32 - 1):
        async with await relay.stranger() as wire:
            await wire.write(length.to_bytes(4, "big"))
            refusal(await wire.frame(), ErrorCode.FRAME_TOO_LARGE)
            await wire.closes()
    async with await relay.sender() as wire:
        await wire.write((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))
        refusal(await wire.frame(), ErrorCode.FRAME_TOO_LARGE)
        await wire.closes()


@rule("3")
async def malformed_frames_end_it(relay: RelayUnderTest) -> None:
    """What is not a flat msgpack array is malformed, and the connection ends."""
    nested = b"\x93\x04\x01" + b"\x91\x01"
    for body in (b"\xc0", b"\x80", b"\x92\x04", nested, b"\x92\x04\x01\x00", b"\xff" * 64):
        async with await relay.stranger() as wire:
            await wire.write(prefixed(body))
            refusal(await wire.frame(), ErrorCode.MALFORMED)
            await wire.closes()


@rule("4")
async def unknown_code_is_answered(relay: RelayUnderTest) -> None:
    """An unknown code is unsupported, and the connection lives on."""
    async with await relay.stranger() as wire:
        await wire.write(prefixed(bytes((0x92, UNKNOWN_CODE, 7))))
        error = refusal(await wire.frame(), ErrorCode.UNSUPPORTED)
        require(error.request_id == 7, "the refusal carries another request id")
        await wire.lives()


@rule("10")
async def trailing_fields_are_ignored(relay: RelayUnderTest) -> None:
    """Unknown trailing fields are ignored."""
    async with await relay.stranger() as wire:
        await wire.write(prefixed(b"\x95\x04\x09" + b"\xc0\x2a\xa1x"))
        require(
            isinstance(await wire.frame(), frames.Pong), "PING with more fields is not answered"
        )


@rule("3")
async def nothing_before_the_proof(relay: RelayUnderTest) -> None:
    """Before the first proof only AUTH, PING and STATUS pass."""
    async with await relay.stranger() as wire:
        await wire.lives()
        status = await wire.ask(frames.Status(wire.next_request_id()))
        require(isinstance(status, frames.StatusReport), "STATUS is not answered")
        await wire.send(frames.Subscribe(wire.next_request_id(), 0, 0))
        refusal(await wire.frame(), ErrorCode.UNEXPECTED)
        await wire.closes()


@rule("5")
async def wrong_proofs_are_refused(relay: RelayUnderTest) -> None:
    """A proof made for another relay, challenge or time is refused."""
    key = fresh_key()
    async with await relay.stranger() as wire:
        await wire.refused(
            wire.proof(Scope.READ, key, relay_id=os.urandom(32)), ErrorCode.AUTH_FAILED
        )
        await wire.refused(
            wire.proof(Scope.READ, key, relay_nonce=os.urandom(32)), ErrorCode.AUTH_FAILED
        )
    async with await relay.stranger() as wire:
        late = wire.hello.clock_ms - CLOCK_WINDOW_MS - 60_000
        await wire.refused(
            wire.proof(Scope.READ, key, time_ms=late), ErrorCode.AUTH_FAILED, ErrorCode.STALE_CLOCK
        )


@rule("5")
async def proofs_are_not_replayed(relay: RelayUnderTest) -> None:
    """A recorded proof is worth nothing on another connection."""
    async with await relay.stranger() as first, await relay.stranger() as second:
        await second.refused(first.proof(Scope.READ, fresh_key()), ErrorCode.AUTH_FAILED)


@rule("5")
async def scopes_are_apart(relay: RelayUnderTest) -> None:
    """A scope that was not proven is not_authenticated, and the connection lives on."""
    mailbox = Mailbox()
    async with await relay.owner(mailbox) as wire:
        data = envelope_to(wire, mailbox, fresh_key()).data
        send = frames.Send(wire.next_request_id(), data)
        await wire.refused(send, ErrorCode.NOT_AUTHENTICATED)
        await wire.lives()
    async with await relay.sender() as wire:
        for request in (
            frames.Subscribe(wire.next_request_id(), 0, 0),
            frames.Ack(wire.next_request_id(), 1),
            frames.Allow(wire.next_request_id(), b""),
        ):
            await wire.refused(request, ErrorCode.NOT_AUTHENTICATED)
        await wire.lives()


@rule("6")
async def changed_envelopes_are_refused(relay: RelayUnderTest) -> None:
    """An envelope with any changed byte of header, ciphertext or signature is refused."""
    mailbox, key = Mailbox(), fresh_key()
    codes = (ErrorCode.BAD_SIGNATURE, ErrorCode.WRONG_RELAY, ErrorCode.STALE_CLOCK)
    async with await relay.sender(key) as wire:
        data = envelope_to(wire, mailbox, key).data
        # One byte of each signed field; 0, 2 and 3 make another layout and end the connection.
        for position in (1, 4, 36, 68, 100, 116, 123, 124, HEADER_BYTES, len(data) - 1):
            changed = bytearray(data)
            changed[position] ^= 0x01
            answer = await offer(wire, bytes(changed))
            if not isinstance(answer, frames.Error) or answer.code_number not in codes:
                raise ConformanceError(f"byte {position} changed, and the answer is {answer!r}")
    async with await relay.subscriber(mailbox) as wire:
        await wire.expect(frames.Synced)
        await wire.quiet()


@rule("6")
async def other_relays_envelopes_are_refused(relay: RelayUnderTest) -> None:
    """An envelope for another relay is wrong_relay."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        data = envelope_to(wire, mailbox, key, relay_id=os.urandom(32)).data
        refusal(await offer(wire, data), ErrorCode.WRONG_RELAY)


@rule("6")
async def stale_envelopes_are_refused(relay: RelayUnderTest) -> None:
    """An envelope outside the clock window is stale_clock."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        for offset_ms in (-CLOCK_WINDOW_MS - 30_000, CLOCK_WINDOW_MS + 30_000):
            data = envelope_to(wire, mailbox, key, time_offset_ms=offset_ms).data
            refusal(await offer(wire, data), ErrorCode.STALE_CLOCK)


@rule("6")
async def repetitions_are_one(relay: RelayUnderTest) -> None:
    """An exact repetition gets the first answer and is delivered once."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        data = envelope_to(wire, mailbox, key).data
        first, second = await accepted(wire, data), await accepted(wire, data)
        require(first.expires_in_ms == second.expires_in_ms, "the second answer is another one")
    async with await relay.subscriber(mailbox) as wire:
        require((await wire.expect(frames.Deliver)).envelope == data, "it was not kept verbatim")
        await wire.expect(frames.Synced)
        await wire.quiet()


@rule("6")
async def ids_are_used_once(relay: RelayUnderTest) -> None:
    """Other bytes under an id that was used are id_reused."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        first = envelope_to(wire, mailbox, key)
        await accepted(wire, first.data)
        other = envelopes.make(
            key,
            suite=1,
            relay_id=wire.relay_id,
            mailbox=mailbox.number,
            envelope_id=first.envelope_id,
            time_ms=first.time_ms,
            ttl_ms=0,
            ciphertext=b"something else",
        )
        refusal(await offer(wire, other.data), ErrorCode.ID_REUSED)


@rule("6")
async def life_is_bounded(relay: RelayUnderTest) -> None:
    """A sender may ask for a shorter life, never for a longer one."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        brief = await accepted(wire, envelope_to(wire, mailbox, key, ttl_ms=5000).data)
        require(0 < brief.expires_in_ms <= 5000, "a shorter life is not granted")
        longest = await accepted(wire, envelope_to(wire, mailbox, key, ttl_ms=0xFFFF_FFFF).data)
        require(longest.expires_in_ms <= wire.hello.mailbox_ttl_ms, "a longer life than HELLO says")


@rule("6")
async def ephemeral_is_not_kept(relay: RelayUnderTest) -> None:
    """EPHEMERAL reaches who is there and is kept for nobody."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        data = envelope_to(wire, mailbox, key, flags=EnvelopeFlag.EPHEMERAL).data
        require((await accepted(wire, data)).expires_in_ms == 0, "its life is not 0")
        async with await relay.subscriber(mailbox) as reader:
            await reader.expect(frames.Synced)
            await reader.quiet()
            data = envelope_to(wire, mailbox, key, flags=EnvelopeFlag.EPHEMERAL).data
            await accepted(wire, data)
            pushed = await reader.expect(frames.Deliver)
            require((pushed.sequence, pushed.envelope) == (0, data), "it is not pushed as sent")
