"""Each refusal has its own code, leaves the connection as the document says, and stores nothing."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

import pytest

from tests.protocol.small_order import ED25519_POINTS
from tests.relay.raw_client import RawClient, code_of
from whispr.errors import RemoteProtocolError
from whispr.protocol import codec, frames
from whispr.protocol import envelope as envelopes
from whispr.protocol.blob import part_count
from whispr.protocol.codes import ErrorCode, Scope
from whispr.protocol.envelope import HEADER_BYTES
from whispr.protocol.framing import prefixed
from whispr.protocol.limits import PART_BYTES, SIGNATURE_BYTES
from whispr.protocol.schema import Role
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
GENEROUS = {
    "connection_send_burst": 10_000,
    "address_send_burst": 10_000,
    "address_auth_burst": 10_000,
    "address_handshake_burst": 10_000,
    "send_burst": 10_000,
    "auth_failures": 100,
}
"""Limits out of the way of a test that is about something else."""


def closes(code: ErrorCode) -> bool:
    """What the table of the document says about a code."""
    (row,) = re.findall(
        rf"^\| {code.value} \| `{code.name.lower()}` .*$", DOCUMENT.read_text(), re.M
    )
    return row.rstrip(" |").endswith("yes")


async def lives(client: RawClient) -> bool:
    """Whether a connection still answers."""
    try:
        return isinstance(await client.ask(frames.Ping), frames.Pong)
    except (EOFError, OSError):
        return False


class Refused:
    """What the requests below need: two people, a connection of each, and a relay that is small."""

    def __init__(self, relay, sender, reader, alice, bob):
        self.relay, self.sender, self.reader = relay, sender, reader
        self.alice, self.bob = alice, bob

    async def send(self, client=None, **changes):
        client = client or self.sender
        return await client.submit(client.envelope(self.alice, self.bob, **changes))

    async def upload(self, **changes):
        fields = {
            "blob_id": b"b" * 32, "mailbox": mailbox_id(self.bob.public), "size_bytes": 10,
            "header": b"", "token_hash": b"t" * 32, "ttl_ms": 0,
        } | changes  # fmt: skip
        return await self.sender.ask(frames.Upload, **fields)

    def write(self, data):
        self.sender.writer.write(data)


async def raw(refused, data):
    refused.write(data)
    return await refused.sender.receive()


async def id_reused(refused):
    await refused.send(envelope_id=b"i" * 16)
    return await refused.send(envelope_id=b"i" * 16, ciphertext=b"other")


async def mailbox_full(refused):
    for _ in range(3):
        await refused.send()
    return await refused.send()


async def relay_full(refused):
    for number in range(30):
        other = SigningKey(number.to_bytes(32, "big"))
        answer = await refused.sender.submit(
            refused.sender.envelope(refused.alice, other, ciphertext=bytes(60_000))
        )
        if isinstance(answer, frames.Error):
            return answer
    return None


async def rate_limited(refused):
    for number in range(101):
        answer = await refused.sender.ask(frames.Upload, **{
            "blob_id": number.to_bytes(32, "big"), "mailbox": bytes(32), "size_bytes": 0,
            "header": b"", "token_hash": bytes(32), "ttl_ms": 0,
        })  # fmt: skip
        if code_of(answer) == ErrorCode.RATE_LIMITED:
            return answer
    return None


async def bad_ack(refused):
    await refused.reader.subscribe()
    await refused.reader.receive(frames.Synced)
    refused.sender = refused.reader  # the connection that is looked at afterwards
    return await refused.reader.ask(frames.Ack, sequence=1)


async def not_subscribed(refused):
    refused.sender = refused.reader
    return await refused.reader.ask(frames.Ack, sequence=1)


async def not_authenticated(refused):
    return await refused.sender.ask(frames.Subscribe, credit_messages=0, credit_bytes=0)


async def auth_failed(refused):
    return await refused.sender.prove(refused.bob, Scope.READ, time_ms=0)


async def access_denied(refused):
    return await refused.sender.prove(refused.bob, Scope.READ, access_token=b"wrong")


async def blob_mismatch(refused):
    await refused.upload()
    return await refused.sender.ask(frames.Part, blob_id=b"b" * 32, index=0, data=b"0123456789")


async def bad_signature(refused):
    data = refused.sender.envelope(refused.alice, refused.bob)
    return await refused.sender.submit(data[:-1] + bytes([data[-1] ^ 1]))


async def internal(refused, monkeypatch):
    async def explode(_):
        raise RuntimeError

    monkeypatch.setattr(refused.relay.services.store, "enqueue", explode)
    return await refused.send()


async def unavailable(refused, monkeypatch):
    await refused.relay.services.store.close()
    return await refused.send()


REFUSALS = {
    ErrorCode.MALFORMED: lambda refused: raw(refused, b"\0\0\0\x01\xc1"),
    ErrorCode.FRAME_TOO_LARGE: lambda refused: raw(refused, (65_537).to_bytes(4, "big")),
    ErrorCode.UNSUPPORTED: lambda refused: raw(refused, prefixed(b"\x92\x7f\x01")),
    ErrorCode.UNEXPECTED: lambda refused: raw(
        refused, prefixed(codec.encode(frames.Pong(1, clock_ms=0)))
    ),
    ErrorCode.AUTH_FAILED: auth_failed,
    ErrorCode.ACCESS_DENIED: access_denied,
    ErrorCode.NOT_AUTHENTICATED: not_authenticated,
    ErrorCode.WRONG_RELAY: lambda refused: refused.send(relay_id=b"x" * 32),
    ErrorCode.STALE_CLOCK: lambda refused: refused.send(time_ms=0),
    ErrorCode.BAD_SIGNATURE: bad_signature,
    ErrorCode.ID_REUSED: id_reused,
    ErrorCode.RATE_LIMITED: rate_limited,
    ErrorCode.MAILBOX_FULL: mailbox_full,
    ErrorCode.TOO_LARGE: lambda refused: refused.upload(size_bytes=12 * 2**20 + 1),
    ErrorCode.RELAY_FULL: relay_full,
    ErrorCode.UNAVAILABLE: unavailable,
    ErrorCode.NOT_SUBSCRIBED: not_subscribed,
    ErrorCode.BAD_ACK: bad_ack,
    ErrorCode.NOT_FOUND: lambda refused: refused.sender.ask(
        frames.Download, blob_id=bytes(32), token=bytes(32)
    ),
    ErrorCode.BLOB_MISMATCH: blob_mismatch,
    ErrorCode.INTERNAL: internal,
}
KEPT_BEFORE = {ErrorCode.ID_REUSED: 1, ErrorCode.MAILBOX_FULL: 3}
"""Envelopes that were rightly taken on the way to the refusal."""


def test_shown_no_refusal_is_missing():
    assert set(REFUSALS) == set(ErrorCode)


@pytest.fixture
async def refused(start_relay, connect, alice, bob):
    relay = await start_relay(
        **GENEROUS, mailbox_messages=3, mailbox_bytes=2**20, ceiling_bytes=2**20, access="token"
    )
    sender, reader = await connect(relay), await connect(relay)
    await sender.send_as(alice)
    await reader.read_as(bob, access_token=relay.address.access_token)
    return Refused(relay, sender, reader, alice, bob)


@pytest.mark.parametrize("code", list(REFUSALS), ids=lambda code: code.name.lower())
async def test_shown_refused_with_its_code_alive_or_closed_and_nothing_stored(
    refused, code, monkeypatch
):
    store = refused.relay.services.store
    arguments = [refused, monkeypatch][: REFUSALS[code].__code__.co_argcount]
    answer = await REFUSALS[code](*arguments)
    assert code_of(answer) == code
    assert await lives(refused.sender) is not closes(code)
    if code not in (ErrorCode.UNAVAILABLE, ErrorCode.RELAY_FULL):
        assert store.usage().messages == KEPT_BEFORE.get(code, 0)
        blobs = refused.relay.services.blobs.usage()
        assert (blobs.blobs, blobs.stored_bytes) == (0, 0)
    if code is ErrorCode.RELAY_FULL:
        assert store.usage().memory_bytes <= 2**20


@pytest.fixture
async def open_relay(start_relay):
    return await start_relay(**GENEROUS)


async def test_shown_every_byte_of_an_envelope_is_signed(open_relay, alice, bob):
    """Flipped one after the other, end to end; no flip is ever taken, and nothing is stored."""
    async with contextlib.AsyncExitStack() as stack:

        async def connected():
            client = await RawClient.connect(open_relay.port)
            stack.push_async_callback(client.close)
            await client.send_as(alice)
            return client

        client = await connected()
        data = client.envelope(alice, bob, ttl_ms=60_000)
        codes = []
        for index in range(len(data)):
            changed = bytearray(data)
            changed[index] ^= 1 << index % 8
            code = ErrorCode(code_of(await client.submit(bytes(changed))))
            codes.append(code)
            if closes(code):
                assert await client.is_closed()
                client = await connected()
        assert open_relay.services.store.usage().messages == 0
        assert isinstance(await client.submit(data), frames.Accepted), "unchanged it is good"
    assert set(codes[:4]) == {ErrorCode.MALFORMED, ErrorCode.BAD_SIGNATURE}
    assert set(codes[4:36]) == {ErrorCode.WRONG_RELAY}
    assert set(codes[36:116]) == {ErrorCode.BAD_SIGNATURE}, "mailbox, key, id"
    assert set(codes[116:124]) == {ErrorCode.STALE_CLOCK, ErrorCode.BAD_SIGNATURE}, "time"
    assert set(codes[124:]) == {ErrorCode.BAD_SIGNATURE}, "life, ciphertext, signature"


async def test_shown_every_byte_of_an_authentication_is_signed(open_relay, bob):
    client = await RawClient.connect(open_relay.port)
    used = 0
    for scope in Scope:
        for name, size in (
            *(("version", 1), ("scope", 1), ("key", 32)),
            *(("nonce", 32), ("time_ms", 8), ("signature", 64)),
        ):
            for index in range(size):
                if used == 7:  # a stranger has eight frames
                    await client.close()
                    client, used = await RawClient.connect(open_relay.port), 0
                proof = client.proof(bob, scope)
                value = getattr(proof, name)
                whole = value if isinstance(value, bytes) else value.to_bytes(size, "big")
                changed = bytearray(whole)
                changed[index] ^= 1 << index % 8
                flipped = bytes(changed)
                fields = {
                    **{key: getattr(proof, key) for key in AUTH_FIELDS},
                    name: flipped if isinstance(value, bytes) else int.from_bytes(flipped, "big"),
                }
                client.write(frames.Auth(proof.request_id, **fields))
                assert code_of(await client.receive()) == ErrorCode.AUTH_FAILED, (name, index)
                used += 1
    await client.close()


AUTH_FIELDS = ("version", "scope", "key", "nonce", "time_ms", "access_token", "signature")


@pytest.mark.parametrize("point", ED25519_POINTS)
async def test_shown_small_order_keys_prove_and_sign_nothing(
    open_relay, connect, alice, bob, point
):
    """OpenSSL takes such a key with one fixed signature for every message."""
    key = bytes.fromhex(point)
    signature = key[:32] + bytes(32)
    client = await connect(open_relay)
    for scope in Scope:
        proof = client.proof(bob, scope)
        fields = {name: getattr(proof, name) for name in AUTH_FIELDS}
        client.write(frames.Auth(proof.request_id, **fields | {"key": key, "signature": signature}))
        assert code_of(await client.receive()) == ErrorCode.AUTH_FAILED
    await client.send_as(alice)
    data = bytearray(client.envelope(alice, bob))
    data[68:100] = key
    data[-SIGNATURE_BYTES:] = signature
    assert code_of(await client.submit(bytes(data))) == ErrorCode.BAD_SIGNATURE
    assert open_relay.services.store.usage().messages == 0


async def test_shown_signed_for_another_suite_mailbox_or_relay(open_relay, connect, alice, bob):
    """Every signed field replaced whole, under the old signature."""
    client = await connect(open_relay)
    await client.send_as(alice)
    data = client.envelope(alice, bob)
    for start, value in (
        (1, b"\x02"),  # suite
        (36, mailbox_id(alice.public)),
        (68, bob.public),
        (100, os.urandom(16)),
        (124, b"\0\0\0\x01"),
        (HEADER_BYTES, b"CIPHERTEXT"),
    ):
        changed = data[:start] + value + data[start + len(value) :]
        assert len(changed) == len(data)
        assert code_of(await client.submit(changed)) == ErrorCode.BAD_SIGNATURE
    assert open_relay.services.store.usage().messages == 0


async def test_shown_the_21st_message_and_the_11th_in_a_second(start_relay, connect, bob, clock):
    relay = await start_relay(connection_send_burst=1000)
    client = await connect(relay)
    keys = [SigningKey(bytes([number]) * 32) for number in range(1, 4)]
    await client.send_as(keys[0])
    answers = []
    for key in keys:
        answers += [await client.submit(client.envelope(key, bob)) for _ in range(11)]
    codes = [getattr(answer, "code_number", 0) for answer in answers]
    assert codes[:11] == [0] * 10 + [ErrorCode.RATE_LIMITED]
    assert codes[11:22] == [0] * 10 + [ErrorCode.RATE_LIMITED]
    assert codes[22:] == [ErrorCode.MAILBOX_FULL] * 10 + [ErrorCode.RATE_LIMITED]
    assert relay.services.store.usage().messages == 20


async def test_shown_a_mailbox_is_nobodys_without_its_key(open_relay, connect, alice, bob, mallory):
    """Subscribe and acknowledge go to the mailbox of the proven key; no field names another."""
    sender, thief, owner = [await connect(open_relay) for _ in range(3)]
    await sender.send_as(alice)
    data = sender.envelope(alice, bob)
    await sender.submit(data)
    await thief.read_as(mallory)
    subscribed = await thief.subscribe()
    assert subscribed.mailbox == mailbox_id(mallory.public) != mailbox_id(bob.public)
    await thief.receive(frames.Synced)
    assert code_of(await thief.ask(frames.Ack, sequence=1)) == ErrorCode.BAD_ACK
    await owner.read_as(bob)
    await owner.subscribe()
    assert (await owner.receive(frames.Deliver)).envelope == data


@pytest.mark.parametrize("size_bytes", [0, 12 * 2**20 + 1, 2**63])
async def test_shown_a_size_that_is_claimed_is_judged_before_a_part(
    open_relay, connect, alice, bob, size_bytes
):
    """Predecessor S13: the size was believed, and the bytes were taken all the same."""
    client = await connect(open_relay)
    await client.send_as(alice)
    refused = Refused(open_relay, client, client, alice, bob)
    assert code_of(await refused.upload(size_bytes=size_bytes)) == ErrorCode.TOO_LARGE


@pytest.mark.parametrize("claimed", [1, 100, PART_BYTES + 1])
async def test_shown_a_part_that_is_larger_than_was_claimed(
    open_relay, connect, alice, bob, claimed
):
    client = await connect(open_relay)
    await client.send_as(alice)
    refused = Refused(open_relay, client, client, alice, bob)
    await refused.upload(size_bytes=claimed)
    last = part_count(claimed) - 1
    for index, size in ((last, PART_BYTES), (last + 1, 1), (65_535, 1)):
        answer = await client.ask(frames.Part, blob_id=b"b" * 32, index=index, data=bytes(size))
        assert code_of(answer) == ErrorCode.TOO_LARGE
    assert await lives(client)


def test_every_signed_layout_is_covered():
    """The flips above reach every byte: an envelope has no other parts."""
    key = SigningKey(b"k" * 32)
    data = envelopes.make(
        *(key,), suite=1, relay_id=bytes(32), mailbox=bytes(32), envelope_id=bytes(16),
        time_ms=0, ttl_ms=0, ciphertext=b"x",
    ).data  # fmt: skip
    assert len(data) == HEADER_BYTES + 1 + SIGNATURE_BYTES
    with pytest.raises(RemoteProtocolError):
        codec.decode(b"\x92\x10\x01" + data, sender=Role.CLIENT)
