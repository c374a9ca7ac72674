"""Generated passphrases: every word may come, and the strength check agrees."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from whispr.client.crypto.common_secrets import passphrase_words
from whispr.client.crypto.passphrase import generate_passphrase
from whispr.client.crypto.secret_strength import require_acceptable


def scripted(*numbers: int) -> Callable[[int], int]:
    remaining = iter(numbers)

    def random_below(limit: int) -> int:
        assert limit == 1024
        return next(remaining)

    return random_below


def test_words_follow_the_random_numbers() -> None:
    words = passphrase_words()
    assert generate_passphrase(scripted(0, 1023, 5), 3) == f"{words[0]} {words[1023]} {words[5]}"


def test_default_is_five_words() -> None:
    phrase = generate_passphrase(secrets.randbelow)
    assert len(phrase.split(" ")) == 5
    assert set(phrase.split(" ")) <= set(passphrase_words())


def test_generated_passphrase_is_accepted() -> None:
    words = passphrase_words()
    for start in range(0, 1020, 17):
        phrase = generate_passphrase(scripted(*range(start, start + 5)))
        strength = require_acceptable(phrase)
        assert 45 <= strength.guesses_log2 <= 50
    assert len(words) == 1024
