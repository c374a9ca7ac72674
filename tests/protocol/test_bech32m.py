"""bech32m against the vectors of BIP 350, and identities as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.vectors import load
from whispr.errors import InvalidCardError
from whispr.protocol import bech32m

VALID = [
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
]
INVALID = {
    "\x201xj0phk": "prefix with a space",
    "\x7f1g6xzxy": "prefix with a control character",
    "\x801vctc34": "prefix that is not ASCII",
    "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4": (
        "too long"
    ),
    "qyrz8wqd2c9m": "no separator",
    "1qyrz8wqd2c9m": "empty prefix",
    "y1b0jsk6g": "character outside the alphabet",
    "lt1igcx5c0": "character outside the alphabet",
    "in1muywd": "checksum too short",
    "mm1crxm3i": "character outside the alphabet in the checksum",
    "au1s5cgom": "character outside the alphabet in the checksum",
    "M1VUXWEZ": "checksum over the upper-case prefix",
    "16plkw9": "empty prefix",
    "1p2gdwpf": "empty prefix",
}
VECTORS = load("card")["vectors"]
IDENTITY = bytes.fromhex(VECTORS[0]["identity"])
TEXT = bech32m.identity_text(IDENTITY)


def prefix_of(text: str) -> str:
    return text.lower().rpartition("1")[0]


@pytest.mark.parametrize("text", VALID)
def test_valid_vectors_of_bip_350(text):
    values = bech32m.decode_values(prefix_of(text), text)
    assert len(values) == len(text) - len(prefix_of(text)) - 7


@pytest.mark.parametrize("text", INVALID, ids=INVALID.values())
def test_invalid_vectors_of_bip_350(text):
    with pytest.raises(InvalidCardError):
        bech32m.decode_values(prefix_of(text), text)


def test_known_bytes():
    text = "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx"
    data = bech32m.decode("abcdef", text)
    assert data.hex() == "ffbbcdeb38bdab49ca307b9ac5a928398a418820"
    assert bech32m.encode("abcdef", data) == text


def test_vector_of_an_identity():
    for vector in VECTORS:
        identity = bytes.fromhex(vector["identity"])
        assert bech32m.identity_text(identity) == vector["identity_text"]
        assert bech32m.parse_identity(vector["identity_text"]) == identity
    assert len(TEXT) == 63
    assert TEXT.startswith("wsp1")


@given(st.binary(min_size=32, max_size=32))
def test_round_trip(identity):
    text = bech32m.identity_text(identity)
    assert bech32m.parse_identity(text) == identity
    assert bech32m.parse_identity(f" {text.upper()}\n") == identity


@pytest.mark.parametrize("position", range(len(TEXT)))
def test_every_mistyped_character_is_found(position):
    for other in "qpzry9x8gf2tvdw0s3jn54khce6mua7l1b":
        mistyped = TEXT[:position] + other + TEXT[position + 1 :]
        if mistyped != TEXT:
            with pytest.raises(InvalidCardError):
                bech32m.parse_identity(mistyped)


def test_swapped_neighbours_are_found():
    for position in range(4, len(TEXT) - 1):
        one, two = TEXT[position : position + 2]
        if one != two:
            with pytest.raises(InvalidCardError):
                bech32m.parse_identity(TEXT[:position] + two + one + TEXT[position + 2 :])


def test_checksum_of_plain_bech32_is_refused():
    with pytest.raises(InvalidCardError):
        bech32m.decode_values("a", "A12UEL5L".lower())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "newer version"),
        (b"\2" + IDENTITY, "newer version"),
        (b"\1" + IDENTITY[:-1], "wrong length"),
        (b"\1" + IDENTITY + b"\0", "wrong length"),
    ],
)
def test_other_payloads_are_refused(data, reason):
    with pytest.raises(InvalidCardError, match=reason):
        bech32m.parse_identity(bech32m.encode("wsp", data))


def test_padding_bits_are_zero():
    values = bech32m.decode_values("wsp", TEXT)
    assert bech32m._regroup([*values[:-1], values[-1] | 1], 5, 8, pad=False) is None


@pytest.mark.parametrize(
    "text", ["", "wsp1", TEXT.title(), TEXT.upper().replace("K", "\u212a"), TEXT + "ſ", "w" * 91]
)
def test_other_texts_are_refused(text):
    with pytest.raises(InvalidCardError):
        bech32m.parse_identity(text)


@given(st.text(max_size=100))
def test_any_text_is_an_identity_or_refused(text):
    with pytest.raises(InvalidCardError):
        bech32m.parse_identity(text)
