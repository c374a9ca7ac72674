from __future__ import annotations

from whispr.gui import emoji


def test_the_probe_agrees_with_the_version_of_the_library(display: str) -> None:
    assert display.startswith(":")
    survived = emoji.survives(emoji.probe_command())
    found = emoji.xft_version()
    assert survived or found is None or found < emoji.SAFE_XFT_VERSION
