from __future__ import annotations

from collections.abc import Sequence

import pytest

from whispr.gui.systemtheme import ask, system_is_dark


@pytest.mark.parametrize(
    ("platform", "said", "expected"),
    [
        ("linux", "'prefer-dark'\n", True),
        ("linux", "'default'\n", False),
        ("linux", None, None),
        ("darwin", "Dark\n", True),
        ("darwin", "", False),
    ],
)
def test_what_the_desktop_prefers(platform: str, said: str | None, expected: bool | None) -> None:
    def query(_command: Sequence[str]) -> str | None:
        return said

    assert system_is_dark(lambda name: name, platform, query) is expected


def test_a_desktop_that_cannot_be_asked_says_nothing() -> None:
    assert system_is_dark(lambda _: None, "linux") is None
    assert ask(["no-such-program"]) is None
