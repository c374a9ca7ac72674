from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.iconbutton import IconButton
from whispr.gui.widgets.pinfield import PinField

Focus = Callable[[tkinter.Misc], None]


@pytest.fixture
def field(window: tkinter.Tk, look: Look) -> PinField:
    made = PinField(window, look, placeholder="PIN")
    made.pack()
    window.update()
    return made


def eye(field: PinField) -> IconButton:
    return next(child for child in field.winfo_children() if isinstance(child, IconButton))


def test_it_hides_what_is_typed_until_the_eye_is_pressed(
    window: tkinter.Tk, field: PinField, focus: Focus
) -> None:
    field.set("secret")
    assert field.entry.cget("show") == "●"
    focus(eye(field))
    eye(field).event_generate("<space>")
    assert field.is_revealed
    assert eye(field).tooltip.text == "Hide PIN"
    eye(field).event_generate("<space>")
    assert not field.is_revealed
    assert field.get() == "secret"
    eye(field).invoke()
    field.hide()
    field.hide()
    assert not field.is_revealed


def test_tab_goes_from_the_field_to_its_eye(field: PinField) -> None:
    assert field.entry.tk_focusNext() is eye(field)


@pytest.mark.parametrize("sequence", ["<<Copy>>", "<<Cut>>"])
@pytest.mark.parametrize("revealed", [False, True])
def test_nothing_of_it_can_be_copied(
    window: tkinter.Tk, field: PinField, focus: Focus, sequence: str, revealed: bool
) -> None:
    window.clipboard_clear()
    window.clipboard_append("before")
    field.set("secret")
    if revealed:
        eye(field).invoke()
    focus(field.entry)
    field.entry.selection_range(0, "end")
    field.entry.event_generate(sequence)
    window.update()
    assert window.clipboard_get() == "before"
    assert field.get() == "secret"
    with pytest.raises(tkinter.TclError):
        window.selection_get()


def test_a_locked_field_hides_and_its_eye_is_shut(field: PinField) -> None:
    field.set("secret")
    eye(field).invoke()
    field.set_enabled(False)
    assert not field.is_revealed
    eye(field).invoke()
    assert not field.is_revealed


def test_caps_lock_is_told_while_typing(window: tkinter.Tk, look: Look, focus: Focus) -> None:
    told: list[bool] = []
    field = PinField(window, look, caps_lock=told.append)
    field.pack()
    focus(field.entry)
    field.entry.event_generate("<Key>", keysym="a", state=0x2)
    field.entry.event_generate("<Key>", keysym="a", state=0)
    window.update()
    assert told == [True, False]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_letters_go_with_the_window(
    window: tkinter.Tk, look: Look, enabled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    frame = tkinter.Frame(window)
    field = PinField(frame, look)
    field.set("secret")
    field.set_enabled(enabled)
    after_all = Field.destroy

    def look_first(dying: Field) -> None:
        left.append(dying.get())
        after_all(dying)

    monkeypatch.setattr(Field, "destroy", look_first)
    frame.destroy()
    assert left == [""]
