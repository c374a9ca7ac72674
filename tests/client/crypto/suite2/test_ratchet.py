"""What every engine keeps, whatever it is made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from tests.client.kit import NOW_MS, SeededBytes, seeded
from tests.protocol.small_order import X25519_SPELLINGS
from whispr.client.crypto.box import BoxKey
from whispr.client.crypto.suite2.double_ratchet import DoubleRatchetEngine
from whispr.client.crypto.suite2.ratchet import RatchetEngine
from whispr.client.crypto.suite2.ratchet_state import (
    MAX_SKIPPED_AT_ONCE,
    MAX_SKIPPED_KEYS,
    RatchetHeader,
    RatchetState,
)
from whispr.errors import DecryptionError, InvalidKeyError, ReplayError

ROOT = seeded("root")
PREKEY = BoxKey(seeded("signed prekey"))
Sent = tuple[RatchetHeader, bytes]


class PlainCipher:
    """Shows its key: what is sealed opens under the same key and header only."""

    def seal(self, message_key: bytes, header: RatchetHeader, padded: bytes) -> bytes:
        return message_key + header.encode() + padded

    def open(self, message_key: bytes, header: RatchetHeader, sealed: bytes) -> bytes:
        if sealed[:72] != message_key + header.encode():
            raise DecryptionError("another key or header")
        return sealed[72:]


@dataclass
class Side:
    """One end: an engine and the last committed state."""

    engine: RatchetEngine
    state: RatchetState
    keys: list[bytes] = field(default_factory=list)

    def send(self, text: bytes = b"text") -> Sent:
        header, sealed, self.state = self.engine.encrypt(self.state, text, PlainCipher())
        self.keys.append(sealed[:32])
        return header, sealed

    def receive(self, sent: Sent, now_ms: int = NOW_MS) -> bytes:
        text, self.state = self.engine.decrypt(self.state, *sent, PlainCipher(), now_ms)
        self.state = RatchetState.decode(self.state.encode())
        return text


Make = Callable[[str], RatchetEngine]


@pytest.fixture(params=[DoubleRatchetEngine], ids=["doubleratchet"])
def make(request: pytest.FixtureRequest) -> Make:
    return lambda label: request.param(SeededBytes(label))


@pytest.fixture
def pair(make: Make) -> tuple[Side, Side]:
    """Two ends after the first message."""
    first = Side(make("first"), make("first/0").start_sending(ROOT, PREKEY.public))
    sent = first.send()
    engine = make("second")
    state = engine.start_receiving(ROOT, seeded("signed prekey"), sent[0].ratchet_key)
    second = Side(engine, state)
    assert second.receive(sent) == b"text"
    return first, second


def test_messages_go_both_ways(pair: tuple[Side, Side]) -> None:
    first, second = pair
    for number in range(20):
        text = b"%d" % number
        assert second.receive(first.send(text)) == text
        assert first.receive(second.send(text)) == text
        assert first.receive(second.send(text)) == text


def test_every_message_has_a_key_of_its_own(pair: tuple[Side, Side]) -> None:
    first, second = pair
    for _ in range(20):
        second.receive(first.send())
        first.receive(second.send())
    keys = first.keys + second.keys
    assert len(set(keys)) == len(keys) == 41


def test_a_step_changes_nothing_but_what_it_returns(pair: tuple[Side, Side]) -> None:
    first, second = pair
    before = second.state.encode()
    sent = second.send(), second.state.encode()
    second.state = RatchetState.decode(before)
    assert (second.send(), second.state.encode()) == sent
    answer = first.send()
    before = second.state.encode()
    for _ in range(2):
        assert second.engine.decrypt(second.state, *answer, PlainCipher(), NOW_MS)[0] == b"text"
        assert second.state.encode() == before


def test_what_does_not_open_changes_nothing(pair: tuple[Side, Side]) -> None:
    first, second = pair
    header, sealed = first.send()
    before = second.state
    for bad in (
        (header, bytes(72) + b"x"),
        (replace(header, index=5), sealed),
        (replace(header, ratchet_key=BoxKey(seeded("forged")).public), sealed),
    ):
        with pytest.raises(DecryptionError):
            second.receive(bad)
        assert second.state is before
    assert second.receive((header, sealed)) == b"text"


def test_a_message_is_opened_once(pair: tuple[Side, Side]) -> None:
    first, second = pair
    sent = [first.send() for _ in range(3)]
    second.receive(sent[2])
    for number in (2, 0):
        if number == 0:
            second.receive(sent[0])
        with pytest.raises(ReplayError):
            second.receive(sent[number])
    assert second.receive(sent[1]) == b"text"


def test_messages_of_an_older_chain_open_once_too(pair: tuple[Side, Side]) -> None:
    first, second = pair
    late = [first.send(b"late %d" % number) for number in range(4)]
    second.receive(late[1])
    first.receive(second.send())
    second.receive(first.send())  # the second now knows how many there were before
    assert [second.receive(late[number]) for number in (3, 0, 2)] == [
        b"late 3",
        b"late 0",
        b"late 2",
    ]
    for sent in late:
        with pytest.raises(DecryptionError):
            second.receive(sent)
    assert not second.state.skipped


def test_out_of_order_within_the_limit(pair: tuple[Side, Side]) -> None:
    first, second = pair
    sent = [first.send(b"%d" % number) for number in range(MAX_SKIPPED_AT_ONCE + 1)]
    assert second.receive(sent[-1]) == b"%d" % MAX_SKIPPED_AT_ONCE
    assert len(second.state.skipped) == MAX_SKIPPED_AT_ONCE
    order = list(range(MAX_SKIPPED_AT_ONCE))
    random.Random(1).shuffle(order)
    for number in order[:50]:
        assert second.receive(sent[number]) == b"%d" % number
    assert len(second.state.skipped) == MAX_SKIPPED_AT_ONCE - 50


def test_a_message_that_skips_more_is_refused(pair: tuple[Side, Side]) -> None:
    first, second = pair
    sent = [first.send() for _ in range(MAX_SKIPPED_AT_ONCE + 2)]
    before = second.state
    with pytest.raises(DecryptionError, match="skips too many"):
        second.receive(sent[-1])
    with pytest.raises(DecryptionError, match="skips too many"):
        second.receive((replace(sent[0][0], index=0xFFFF_FFFF), sent[0][1]))
    assert second.state is before
    assert second.receive(sent[-2]) == b"text"


def test_no_more_keys_are_kept_than_the_limit_and_the_oldest_go(pair: tuple[Side, Side]) -> None:
    first, second = pair
    chains = []
    for _ in range(3):
        sent = [first.send() for _ in range(MAX_SKIPPED_AT_ONCE)]
        second.receive(sent[-1])
        chains.append(sent)
        first.receive(second.send())
    assert len(second.state.skipped) == MAX_SKIPPED_KEYS
    with pytest.raises(DecryptionError):
        second.receive(chains[0][0])
    assert second.receive(chains[2][0]) == b"text"


def test_a_chain_that_lost_more_than_the_limit_does_not_end_the_session(
    pair: tuple[Side, Side],
) -> None:
    """Its keys are given up, without a warning of the process."""
    first, second = pair
    lost = [first.send() for _ in range(MAX_SKIPPED_AT_ONCE + 5)]
    first.receive(second.send())
    assert second.receive(first.send(b"on")) == b"on"
    assert not second.state.skipped
    with pytest.raises(DecryptionError):
        second.receive(lost[0])
    assert first.receive(second.send(b"back")) == b"back"


def test_the_header_that_came_is_authenticated_even_where_its_keys_are_given_up(
    pair: tuple[Side, Side],
) -> None:
    first, second = pair
    for _ in range(MAX_SKIPPED_AT_ONCE + 5):
        first.send()
    first.receive(second.send())
    header, sealed = first.send()
    with pytest.raises(DecryptionError):
        second.receive((replace(header, previous_length=header.previous_length + 1), sealed))
    assert second.receive((header, sealed)) == b"text"


def test_skipped_keys_keep_the_time_at_which_they_were_skipped(pair: tuple[Side, Side]) -> None:
    first, second = pair
    sent = [first.send() for _ in range(6)]
    second.receive(sent[2], NOW_MS)
    second.receive(sent[5], NOW_MS + 50)
    assert [(key.index, key.since_ms - NOW_MS) for key in second.state.skipped] == [
        (1, 0),
        (2, 0),
        (4, 50),
        (5, 50),
    ]
    second.send()
    assert [key.since_ms - NOW_MS for key in second.state.skipped] == [0, 0, 50, 50]


@pytest.mark.parametrize("small", X25519_SPELLINGS)
def test_ratchet_keys_of_small_order_are_refused(make: Make, small: bytes) -> None:
    engine = make("engine")
    with pytest.raises(InvalidKeyError):
        engine.start_sending(ROOT, small)
    with pytest.raises(DecryptionError):
        engine.start_receiving(ROOT, seeded("signed prekey"), small)
    first = Side(engine, engine.start_sending(ROOT, PREKEY.public))
    sent = first.send()
    with pytest.raises(DecryptionError, match="unusable"):
        first.receive((replace(sent[0], ratchet_key=small), sent[1]))


def test_a_new_ratchet_key_comes_with_every_turn(pair: tuple[Side, Side]) -> None:
    first, second = pair
    keys = set()
    for _ in range(5):
        header, sealed = first.send()
        keys.add(header.ratchet_key)
        second.receive((header, sealed))
        first.receive(second.send())
    assert len(keys) == 5
