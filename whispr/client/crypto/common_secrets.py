"""The lists that ship with Whispr: secrets that everybody tries, and words for passphrases."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


def _strings(file_name: str, key: str) -> list[str]:
    text = files("whispr.client.crypto").joinpath(file_name).read_text(encoding="utf-8")
    return [str(entry) for entry in json.loads(text)[key]]


@cache
def common_pins() -> frozenset[str]:
    """Return well-known PINs of 4 to 8 digits that no rule of `pin_patterns` explains."""
    return frozenset(_strings("weak_pins.json", "pins"))


@cache
def common_passwords() -> frozenset[str]:
    """Return common passwords and words in passwords, lower case, at least 4 characters."""
    return frozenset(_strings("weak_pins.json", "passwords"))


@cache
def passphrase_words() -> tuple[str, ...]:
    """Return 1,024 English words of 4 to 6 letters, sorted, told apart by their first four."""
    return tuple(_strings("passphrase_words.json", "words"))
