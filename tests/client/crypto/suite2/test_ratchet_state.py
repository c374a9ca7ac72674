from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.kit import NOW_MS, seeded
from whispr.client.crypto.suite2.ratchet_state import (
    MAX_SKIPPED_KEYS,
    SKIPPED_KEY_LIFE_MS,
    Chain,
    RatchetHeader,
    RatchetState,
    SkippedKey,
)
from whispr.errors import CorruptFileError, UnsupportedFormatError, WhisprError

SKIPPED = tuple(
    SkippedKey(seeded("peer", index // 2), index, seeded("skipped", index), NOW_MS + index)
    for index in range(4)
)
STATE = RatchetState(
    own_secret=seeded("own"),
    peer_key=seeded("peer"),
    root_key=seeded("root"),
    previous_length=5,
    sending=Chain(seeded("sending"), 6),
    receiving=Chain(seeded("receiving"), 7),
    skipped=SKIPPED,
)
NEW = dataclasses.replace(STATE, receiving=None, skipped=())


@pytest.mark.parametrize("state", [STATE, NEW], ids=["talking", "new"])
def test_a_state_comes_back(state: RatchetState) -> None:
    assert RatchetState.decode(state.encode()) == state


def test_the_layout_is_the_one_of_the_docstring() -> None:
    data = STATE.encode()
    assert len(data) == 176 + 4 * 76
    assert data[:1] + data[1:33] == b"\1" + STATE.own_secret
    assert data[33:97] == STATE.peer_key + STATE.root_key
    assert data[97:101] == (5).to_bytes(4, "big")
    assert data[101:137] == STATE.sending.key + (6).to_bytes(4, "big")
    assert data[137:174] == b"\1" + seeded("receiving") + (7).to_bytes(4, "big")
    assert data[174:176] == (4).to_bytes(2, "big")
    first = SKIPPED[0]
    assert data[176:252] == first.peer_key + bytes(4) + first.message_key + NOW_MS.to_bytes(8)


def test_damaged_states_are_refused() -> None:
    data, new = STATE.encode(), NEW.encode()
    damaged = [data[:size] for size in range(len(data))]
    damaged += [data + b"\0", data[:137] + b"\2" + data[138:], data[:137] + b"\0" + data[138:]]
    damaged += [new[:173] + b"\1" + new[174:], new[:174] + b"\0\1"]
    for bad in damaged:
        with pytest.raises(CorruptFileError):
            RatchetState.decode(bad)
    with pytest.raises(UnsupportedFormatError):
        RatchetState.decode(b"\2" + data[1:])


def test_no_more_skipped_keys_are_read_than_are_kept() -> None:
    full = dataclasses.replace(STATE, skipped=SKIPPED[:1] * MAX_SKIPPED_KEYS)
    assert len(RatchetState.decode(full.encode()).skipped) == MAX_SKIPPED_KEYS
    with pytest.raises(CorruptFileError):
        RatchetState.decode(dataclasses.replace(full, skipped=(*full.skipped, SKIPPED[0])).encode())


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    try:
        state = RatchetState.decode(data)
    except WhisprError:
        return
    assert state.encode() == data


def test_skipped_keys_are_forgotten_by_age() -> None:
    at_the_limit = NOW_MS + SKIPPED_KEY_LIFE_MS
    assert STATE.pruned(at_the_limit) is STATE
    assert STATE.pruned(at_the_limit + 1).skipped == SKIPPED[1:]
    assert STATE.pruned(at_the_limit + 4).skipped == ()
    assert STATE.pruned(NOW_MS - SKIPPED_KEY_LIFE_MS) is STATE  # the clock was set back


def test_keys_of_a_wrong_size_are_not_written() -> None:
    for name in ("own_secret", "peer_key", "root_key"):
        changes: dict[str, Any] = {name: b"short"}
        with pytest.raises(ValueError, match="expected 32 bytes"):
            dataclasses.replace(STATE, **changes).encode()


def test_a_header_has_forty_bytes() -> None:
    header = RatchetHeader(seeded("key"), 3, 0xFFFF_FFFF)
    assert header.encode() == seeded("key") + bytes.fromhex("00000003 ffffffff")
    assert RatchetHeader.decode(header.encode()) == header


def test_a_state_does_not_print_its_keys() -> None:
    for value in (STATE, STATE.sending, SKIPPED[0]):
        text = repr(value)
        for name in ("own", "root", "sending", "receiving"):
            assert repr(seeded(name))[2:20] not in text
        assert repr(SKIPPED[0].message_key)[2:20] not in text
