from __future__ import annotations

import tkinter

from tests.gui.views.chat_kit import look_of, typed
from whispr.gui.views.emojipanel import CELL, EMOJI, PAD, EmojiPanel


def opened(root):
    chosen = []
    button = tkinter.Frame(root, width=30, height=30)
    button.place(x=600, y=600)
    root.update()
    panel = EmojiPanel(root, look_of(root), chosen.append)
    panel.toggle(button)
    root.update()
    return panel, chosen, button


def test_one_is_chosen_by_pointer(root):
    panel, chosen, _button = opened(root)
    panel._canvas.event_generate("<Button-1>", x=PAD + CELL + 5, y=PAD + 5)
    assert chosen == [EMOJI[1]] and not panel.is_shown


def test_one_is_chosen_by_key(root):
    panel, chosen, _button = opened(root)
    typed(panel._canvas, "<Right>", "<Right>", "<Down>", "<Left>", "<Return>")
    assert chosen == [EMOJI[11]]


def test_escape_and_the_button_close_it(root):
    panel, chosen, button = opened(root)
    typed(panel._canvas, "<Escape>")
    assert not panel.is_shown
    panel.toggle(button)
    panel.toggle(button)
    assert not panel.is_shown and chosen == []


def test_beside_the_signs_nothing_is_chosen(root):
    panel, chosen, _button = opened(root)
    panel.choose(-1)
    panel.choose(len(EMOJI))
    assert chosen == [] and panel.is_shown
    panel.hide()
