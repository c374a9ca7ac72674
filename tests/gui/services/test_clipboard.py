from __future__ import annotations

import tkinter

import pytest

from whispr.gui.services.clipboard import Clipboard, run_keeper


@pytest.fixture
def kept() -> list[tuple[str, bytes]]:
    return []


@pytest.fixture
def clipboard(root: tkinter.Tk, kept: list[tuple[str, bytes]]) -> Clipboard:
    return Clipboard(
        root,
        which=lambda name: name if name == "xclip" else None,
        run=lambda command, text: kept.append((command[0], text)),
    )


def test_copy_and_paste(clipboard: Clipboard) -> None:
    clipboard.copy("grüße 👋")
    assert clipboard.paste() == "grüße 👋" and clipboard.holds_ours()


def test_secret_is_cleared_if_it_is_still_ours(clipboard: Clipboard) -> None:
    clipboard.copy("12345", secret=True)
    clipboard.clear_secret()
    assert clipboard.paste() == ""


def test_what_others_copied_stays(clipboard: Clipboard, root: tkinter.Tk) -> None:
    clipboard.copy("12345", secret=True)
    root.clipboard_clear()
    root.clipboard_append("theirs")
    clipboard.clear_secret()
    assert clipboard.paste() == "theirs"


def test_at_the_end_it_is_handed_over(clipboard: Clipboard, kept: list[tuple[str, bytes]]) -> None:
    clipboard.copy("my card")
    clipboard.close()
    assert kept == [("xclip", b"my card")]


def test_a_secret_is_handed_to_nobody(clipboard: Clipboard, kept: list[tuple[str, bytes]]) -> None:
    clipboard.copy("12345", secret=True)
    clipboard.close()
    assert kept == [] and clipboard.paste() == ""


def test_keeper_that_is_missing_is_no_error() -> None:
    run_keeper(["no-such-program"], b"text")
