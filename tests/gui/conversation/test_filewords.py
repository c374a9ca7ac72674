from __future__ import annotations

from typing import get_args

import pytest

from whispr.gui.conversation.filewords import RING_LEVELS, file_words, ring_level
from whispr.gui.items import FileItem, FileState


def file(state: FileState, **changes: object) -> FileItem:
    return FileItem("a.pdf", 842_000, state, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", get_args(FileState))
@pytest.mark.parametrize("outgoing", [True, False])
def test_every_state_has_words(state, outgoing):
    assert file_words(file(state), outgoing=outgoing).line


@pytest.mark.parametrize(
    ("state", "line", "action"),
    [
        ("offered", "842 kB · Click to download", "fetch"),
        ("uploading", "522 kB of 842 kB", "cancel"),
        ("downloading", "522 kB of 842 kB", "cancel"),
        ("encrypting", "842 kB · Encrypting", "cancel"),
        ("saved", "842 kB · Saved encrypted", "open"),
        ("gone", "No longer on the relay", None),
        ("broken", "Could not be decrypted: it may have been changed", None),
    ],
)
def test_a_card_says_what_happened_and_what_a_click_does(state, line, action):
    words = file_words(file(state, done_bytes=522_000), outgoing=False)
    assert (words.line, words.action) == (line, action)


def test_only_a_transfer_has_a_ring():
    ringed = {
        state for state in get_args(FileState) if file_words(file(state), outgoing=True).ring_level
    }
    assert ringed == {"uploading", "downloading"}


def test_a_failure_says_its_reason_and_theirs_can_be_tried_again():
    failed = file("failed", reason="The disk is full")
    assert file_words(failed, outgoing=False).line == "The disk is full"
    assert file_words(failed, outgoing=False).action == "fetch"
    assert file_words(failed, outgoing=True).action is None
    assert file_words(file("failed"), outgoing=True).line == "Could not be sent"


@pytest.mark.parametrize(
    ("done_bytes", "level"),
    [(0, 1), (1, 1), (421_000, 20), (841_999, 39), (842_000, 40), (10**9, 40)],
)
def test_the_ring_has_forty_levels(done_bytes, level):
    assert ring_level(file("uploading", done_bytes=done_bytes)) == level
    assert RING_LEVELS == 40


def test_an_empty_file_is_complete():
    assert ring_level(FileItem("a", 0, "uploading")) == RING_LEVELS
