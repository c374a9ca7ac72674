"""Safety numbers: a known answer, symmetry, and what they depend on."""

from __future__ import annotations

import hashlib

import pytest

from whispr.client.crypto.safety_number import format_safety_number, safety_number
from whispr.errors import InvalidKeyError

ALICE = bytes(range(32))
BOB = bytes(range(32, 64))


KNOWN = "233395445346591476014323991422857089133113918687854318446634"
"""Computed once with this module and confirmed by `half_by_the_book`; never recompute it here."""


def half_by_the_book(identity: bytes) -> str:
    """The definition, written a second time and differently."""
    digest = b"whispr/1/safety\x00\x00\x01"
    for _ in range(5200):
        digest = hashlib.sha512(digest + identity).digest()
    number = ""
    for position in range(6):
        value = int(digest[position * 5 : position * 5 + 5].hex(), 16)
        number += str(value % 100000).zfill(5)
    return number


def test_number_is_known() -> None:
    assert safety_number(ALICE, BOB) == KNOWN


def test_number_is_both_halves_smaller_first() -> None:
    halves = [half_by_the_book(ALICE), half_by_the_book(BOB)]
    assert safety_number(ALICE, BOB) == min(halves) + max(halves)


def test_both_people_see_the_same_number() -> None:
    assert safety_number(ALICE, BOB) == safety_number(BOB, ALICE)


def test_another_identity_gives_another_number() -> None:
    changed = bytes([BOB[0] ^ 1]) + BOB[1:]
    assert safety_number(ALICE, BOB) != safety_number(ALICE, changed)


def test_number_is_formatted_in_twelve_groups_of_five() -> None:
    groups = format_safety_number(safety_number(ALICE, BOB)).split(" ")
    assert len(groups) == 12
    assert all(len(group) == 5 and group.isdecimal() for group in groups)
    assert "".join(groups) == safety_number(ALICE, BOB)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_identity_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidKeyError):
        safety_number(bytes(size), BOB)
