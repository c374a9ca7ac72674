"""Makes passphrases that a person can remember and a computer cannot guess."""

from __future__ import annotations

from collections.abc import Callable

from whispr.client.crypto.common_secrets import passphrase_words

BITS_PER_WORD = 10
DEFAULT_WORDS = 5


def generate_passphrase(random_below: Callable[[int], int], count: int = DEFAULT_WORDS) -> str:
    """Return `count` words with spaces between them, 10 bits each: five are 50, six are 60.

    `random_below(n)` returns a uniformly random number from 0 to n - 1; in earnest it is
    `secrets.randbelow`.
    """
    words = passphrase_words()
    return " ".join(words[random_below(len(words))] for _ in range(count))
