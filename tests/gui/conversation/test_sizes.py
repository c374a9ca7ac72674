from __future__ import annotations

import pytest

from whispr.gui.conversation.sizes import progress_words, size_words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (842_000, "842 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (2_418_000, "2.4 MB"),
        (10_000_000, "10 MB"),
        (123_456_789, "123 MB"),
    ],
)
def test_a_size_is_said_with_its_unit(size_bytes, words):
    assert size_words(size_bytes) == words


def test_progress_never_says_more_than_the_whole():
    assert progress_words(522_000, 842_000) == "522 kB of 842 kB"
    assert progress_words(900_000, 842_000) == "842 kB of 842 kB"
