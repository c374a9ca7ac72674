from __future__ import annotations

import pytest

from tests.gui.views.chat_kit import look_of, placed, written
from tests.gui.views.state_kit import texts_of
from whispr.gui import keymap
from whispr.gui.views.parts import surface
from whispr.gui.views.shortcuts import ShortcutsView


@pytest.fixture
def view(root):
    parent = surface(root, "raised")
    made = ShortcutsView(parent, look_of(root))
    placed(parent, width=560, height=700)
    made.parent = parent
    return made


def test_every_shortcut_of_the_table_is_there(view):
    assert view.shown == keymap.matching("")
    words = set(texts_of(view.parent))
    assert {shortcut.text for shortcut in view.shown} <= words
    assert {keymap.shown_keys(shortcut) for shortcut in view.shown} <= words
    assert {shortcut.group for shortcut in view.shown} <= words


def test_it_is_searched_while_one_types(view):
    written(view.field.entry, "lock")
    assert view.shown == keymap.matching("lock") and 0 < len(view.shown) < 8
    assert any("ock" in text for text in texts_of(view.parent))


def test_nothing_found_is_said(view):
    view.show("no such thing")
    assert view.shown == () and "No shortcut is called so." in texts_of(view.parent)
