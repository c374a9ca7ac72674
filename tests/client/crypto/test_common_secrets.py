"""The shipped lists are what their docstrings say."""

from __future__ import annotations

import json
from importlib.resources import files

from whispr.client.crypto.common_secrets import common_passwords, common_pins, passphrase_words
from whispr.client.crypto.pin_patterns import (
    is_date_like,
    is_keypad_pattern,
    is_repetitive,
    is_sequence,
)


def raw(file_name: str, key: str) -> list[str]:
    text = files("whispr.client.crypto").joinpath(file_name).read_text(encoding="utf-8")
    entries: list[str] = json.loads(text)[key]
    return entries


def test_pins_are_digits_and_only_the_irregular_ones() -> None:
    assert len(common_pins()) > 200
    for pin in common_pins():
        assert pin.isascii() and pin.isdecimal() and 4 <= len(pin) <= 8
        if len(pin) >= 6:
            rules = (is_date_like, is_keypad_pattern, is_repetitive, is_sequence)
            assert not any(rule(pin) for rule in rules), f"{pin} is covered by a rule"


def test_passwords_are_lower_case_and_not_tiny() -> None:
    assert len(common_passwords()) > 300
    assert all(len(entry) >= 4 and entry == entry.lower() for entry in common_passwords())
    assert {"password", "qwerty", "letmein", "iloveyou"} <= common_passwords()


def test_no_entry_is_listed_twice() -> None:
    for file_name, key in (
        ("weak_pins.json", "pins"),
        ("weak_pins.json", "passwords"),
        ("passphrase_words.json", "words"),
    ):
        entries = raw(file_name, key)
        assert len(entries) == len(set(entries))


def test_words_carry_ten_bits_each() -> None:
    words = passphrase_words()
    assert len(words) == 1024
    assert list(words) == sorted(words)
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
    assert all(4 <= len(word) <= 6 for word in words)


def test_words_are_told_apart_by_four_letters() -> None:
    assert len({word[:4] for word in passphrase_words()}) == 1024
