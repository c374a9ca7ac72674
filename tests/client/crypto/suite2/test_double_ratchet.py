from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.client.crypto.reference import x25519_public
from tests.client.crypto.suite2 import suite2_reference
from tests.client.crypto.suite2.test_ratchet import PlainCipher
from tests.client.kit import NOW_MS, SeededBytes, seeded
from tests.protocol.vectors import load
from whispr.client.crypto.padding import pad, unpad
from whispr.client.crypto.suite2.double_ratchet import DoubleRatchetEngine, _driven
from whispr.client.crypto.suite2.frame import Frame
from whispr.client.crypto.suite2.message_cipher import MessageCipher
from whispr.client.crypto.suite2.ratchet_state import RatchetHeader, RatchetState
from whispr.errors import LocalProtocolError

VECTORS = load("suite2_ratchet")
MESSAGES = VECTORS["messages"]
AGREED = {
    name: bytes.fromhex(VECTORS[name])
    for name in ("root_key", "epoch_key", "transcript", "session_id")
}
PREKEY_SECRET = bytes.fromhex(VECTORS["signed_prekey_secret"])


def _cipher(message: dict[str, Any]) -> MessageCipher:
    return MessageCipher(
        epoch=0,
        epoch_key=AGREED["epoch_key"],
        transcript=AGREED["transcript"],
        session_id=AGREED["session_id"],
        direction=message["direction"],
        envelope_id=bytes.fromhex(message["envelope_id"]),
        time_ms=message["time_ms"],
    )


def _engine(name: str) -> DoubleRatchetEngine:
    secrets: Iterator[bytes] = map(bytes.fromhex, VECTORS["ratchet_secrets"][name])
    return DoubleRatchetEngine(lambda size: next(secrets))


def test_the_engine_makes_and_opens_the_vectors() -> None:
    engines = {1: _engine("initiator"), 2: _engine("responder")}
    first = Frame.decode(bytes.fromhex(MESSAGES[0]["ciphertext"]))
    states: dict[int, RatchetState] = {
        1: engines[1].start_sending(AGREED["root_key"], x25519_public(PREKEY_SECRET)),
        2: engines[2].start_receiving(AGREED["root_key"], PREKEY_SECRET, first.header.ratchet_key),
    }
    for step, number in VECTORS["steps"]:
        message = MESSAGES[number]
        frame = Frame.decode(bytes.fromhex(message["ciphertext"]))
        assert frame.encode().hex() == message["ciphertext"]
        cipher, sender = _cipher(message), message["direction"]
        if step == "send":
            header, sealed, states[sender] = engines[sender].encrypt(
                states[sender], pad(bytes.fromhex(message["content"])), cipher
            )
            assert header.encode().hex() == message["header"]
            assert sealed == frame.sealed
        else:
            padded, states[3 - sender] = engines[3 - sender].decrypt(
                states[3 - sender], frame.header, frame.sealed, cipher, NOW_MS
            )
            assert unpad(padded).hex() == message["content"]
    assert not states[1].skipped and not states[2].skipped


def test_message_keys_are_those_of_the_vectors() -> None:
    class Recorder(PlainCipher):
        def seal(self, message_key: bytes, header: RatchetHeader, padded: bytes) -> bytes:
            keys.append(message_key.hex())
            return super().seal(message_key, header, padded)

    keys: list[str] = []
    engine = _engine("initiator")
    state = engine.start_sending(AGREED["root_key"], x25519_public(PREKEY_SECRET))
    for _ in range(3):
        _, _, state = engine.encrypt(state, b"", Recorder())
    assert keys == [message["message_key"] for message in MESSAGES[:3]]


def test_a_second_implementation_comes_to_the_vectors() -> None:
    secrets = {
        name: map(bytes.fromhex, values) for name, values in VECTORS["ratchet_secrets"].items()
    }
    ends = {
        1: suite2_reference.Ratchet.initiator(
            AGREED["root_key"], x25519_public(PREKEY_SECRET), lambda: next(secrets["initiator"])
        ),
        2: suite2_reference.Ratchet.responder(
            AGREED["root_key"], PREKEY_SECRET, lambda: next(secrets["responder"])
        ),
    }
    for step, number in VECTORS["steps"]:
        message = MESSAGES[number]
        if step == "send":
            header, key = ends[message["direction"]].next_sending()
            assert header.hex() == message["header"]
        else:
            key = ends[3 - message["direction"]].next_receiving(bytes.fromhex(message["header"]))
        assert key.hex() == message["message_key"]
        ciphertext = bytes.fromhex(message["ciphertext"])
        again = suite2_reference.frame(
            AGREED,
            bytes.fromhex(message["header"]),
            key,
            direction=message["direction"],
            envelope_id=bytes.fromhex(message["envelope_id"]),
            time_ms=message["time_ms"],
            padded=pad(bytes.fromhex(message["content"])),
            block=Frame.decode(ciphertext).block,
        )
        assert again == ciphertext


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_a_second_implementation_whatever_comes(seed: int) -> None:
    """Random sends, losses and orders: the same headers and the same message keys."""
    chance, root, prekey = random.Random(seed), seeded("root", seed), seeded("prekey", seed)
    engines = {1: DoubleRatchetEngine(SeededBytes("1")), 2: DoubleRatchetEngine(SeededBytes("2"))}
    twins = {
        1: suite2_reference.Ratchet.initiator(root, x25519_public(prekey), _secrets("1")),
        2: suite2_reference.Ratchet.responder(root, prekey, _secrets("2")),
    }
    states = {1: engines[1].start_sending(root, x25519_public(prekey))}
    under_way: list[tuple[int, RatchetHeader, bytes]] = []
    opened = 0
    for _ in range(300):
        sender = chance.choice(sorted(states))
        if chance.random() < 0.5:
            header, sealed, states[sender] = engines[sender].encrypt(
                states[sender], b"x", PlainCipher()
            )
            assert twins[sender].next_sending() == (header.encode(), sealed[:32])
            under_way.append((sender, header, sealed))
        elif under_way:
            sender, header, sealed = under_way.pop(chance.randrange(len(under_way)))
            receiver = 3 - sender
            if chance.random() < 0.2:
                continue  # lost
            if receiver not in states:
                states[2] = engines[2].start_receiving(root, prekey, header.ratchet_key)
            _, states[receiver] = engines[receiver].decrypt(
                states[receiver], header, sealed, PlainCipher(), NOW_MS
            )
            assert twins[receiver].next_receiving(header.encode()) == sealed[:32]
            opened += 1
    assert opened > 50


def _secrets(label: str) -> Any:
    random_bytes = SeededBytes(label)
    return lambda: random_bytes(32)


async def _waits() -> None:
    import asyncio

    await asyncio.sleep(0)


def test_a_library_that_waits_is_noticed() -> None:
    with pytest.raises(LocalProtocolError):
        _driven(_waits())


async def _gives() -> int:
    return 7


def test_a_coroutine_that_does_not_wait_gives_its_result() -> None:
    assert _driven(_gives()) == 7


async def test_the_engine_works_inside_a_running_loop() -> None:
    engine = DoubleRatchetEngine(SeededBytes("loop"))
    state = engine.start_sending(AGREED["root_key"], x25519_public(PREKEY_SECRET))
    assert engine.encrypt(state, b"x", PlainCipher())[1].endswith(b"x")
