from __future__ import annotations

import collections
import tkinter

import pytest

from whispr.gui.keymap import SHORTCUTS, bind, matching, sequences, shown_keys, unbind


def test_no_key_has_two_actions() -> None:
    used = collections.Counter(key for shortcut in SHORTCUTS for key in shortcut.keys)
    assert [key for key, count in used.items() if count > 1] == []


def test_no_action_is_there_twice() -> None:
    assert len({shortcut.action for shortcut in SHORTCUTS}) == len(SHORTCUTS)


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_tk_takes_every_sequence(root: tkinter.Tk, platform: str) -> None:
    for shortcut in SHORTCUTS:
        for sequence in sequences(shortcut, platform):
            root.bind(sequence, lambda _event: None)
            root.unbind(sequence)


def test_keys_are_shown_as_people_write_them() -> None:
    shown = {shortcut.action: shown_keys(shortcut, "linux") for shortcut in SHORTCUTS}
    assert shown["copy_address"] == "Ctrl Shift A"
    assert shown["settings"] == "Ctrl ,"
    assert shown["chat_1"] == "Ctrl 1"
    assert shown["scroll_up"] == "PgUp"


def test_sheet_can_be_searched_by_text_and_key() -> None:
    assert [shortcut.action for shortcut in matching("lock")] == ["lock"]
    assert "lock" in [shortcut.action for shortcut in matching("ctrl l")]
    assert matching("no such thing") == ()


def test_bound_keys_act_and_unbound_ones_do_not(root: tkinter.Tk) -> None:
    done: list[str] = []
    bind(root, {"lock": lambda: done.append("lock")}, "linux")
    root.focus_force()
    root.update()
    root.event_generate("<Control-l>")
    assert done == ["lock"]
    unbind(root, "linux")
    root.event_generate("<Control-l>")
    assert done == ["lock"]
