"""Contact names are visible, on one line, and alike only when they read alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.store.names import MAX_NAME_CHARACTERS, name_key, numbered_name, safe_name
from whispr.errors import UserInputError


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Alice", "Alice"),
        ("  Alice \t\n Example ", "Alice Example"),
        ("Al\x00i\x1bce\x7f", "Alice"),
        ("Al\u202eice\u2066", "Alice"),  # direction marks
        ("Al\u200bice\ufeff", "Alice"),  # zero-width space, byte-order mark
        ("Line\u2028break", "Line break"),
        ("A\u3164lice", "A lice"),  # a letter that draws nothing
        ("Zoe\u0308", "Zo\u00eb"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),  # an emoji that needs it
        ("Al\ud800ice", "Alice"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 64),
    ],
)
def test_safe_name_keeps_what_can_be_seen(typed: str, stored: str) -> None:
    assert safe_name(typed) == stored


@pytest.mark.parametrize("typed", ["", "   ", "\u202e\u200d", "\u3164\u2800", "\x00", "\ud800"])
def test_name_with_nothing_to_see_is_refused_or_replaced(typed: str) -> None:
    with pytest.raises(UserInputError):
        safe_name(typed)
    assert safe_name(typed, fallback="wsp1abc") == "wsp1abc"


@pytest.mark.parametrize("other", ["alice", "ALICE", "Ａlice", "Al\u200dice", "Alice\ufe0f"])
def test_names_that_read_the_same_have_one_key(other: str) -> None:
    assert name_key(other) == name_key("Alice")


def test_names_that_read_differently_have_two_keys() -> None:
    assert name_key("Alice") != name_key("Alicia")


def test_numbered_name_stays_within_the_limit() -> None:
    assert numbered_name("Alice", 2) == "Alice (2)"
    assert len(numbered_name("x" * 64, 100)) == MAX_NAME_CHARACTERS


@given(st.text(st.characters(), max_size=100))
def test_safe_name_is_safe_and_stable(typed: str) -> None:
    name = safe_name(typed, fallback="someone")
    assert 1 <= len(name) <= MAX_NAME_CHARACTERS
    assert safe_name(name) == name
    assert not any(character in name for character in "\n\r\t\u202e\u2066\u2028")
    name.encode()
