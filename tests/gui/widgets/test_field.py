from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.tokens import DARK
from whispr.gui.widgets.field import Field

Focus = Callable[[tkinter.Misc], None]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def field(window: tkinter.Tk, look: Look, told: list[str]) -> Field:
    made = Field(
        *(window, look),
        name="Search",
        placeholder="Search",
        icon="search",
        hint="Ctrl K",
        width=300,
        max_characters=20,
        changed=told.append,
        submitted=lambda: told.append("sent"),
    )
    made.pack()
    window.update()
    return made


def placeholder(field: Field) -> tkinter.Label:
    (label,) = field.entry.winfo_children()
    assert isinstance(label, tkinter.Label)
    return label


def test_the_placeholder_is_never_its_text(window: tkinter.Tk, field: Field, focus: Focus) -> None:
    assert placeholder(field).winfo_ismapped()
    assert field.get() == ""
    focus(field.entry)
    assert placeholder(field).winfo_ismapped()
    field.entry.event_generate("<Key>", keysym="a")
    window.update()
    assert field.get() == "a"
    assert not placeholder(field).winfo_ismapped()
    field.clear()
    window.update()
    assert placeholder(field).winfo_ismapped()
    field.set_placeholder("Find")
    assert placeholder(field).cget("text") == "Find"


def test_a_click_anywhere_gives_it_the_caret(
    window: tkinter.Tk, field: Field, focus: Focus
) -> None:
    for target in (field, placeholder(field)):
        focus(window)
        target.event_generate("<Button-1>", x=1, y=1)
        window.update()
        assert window.focus_get() is field.entry


def test_typing_is_told_once_for_each_change(
    window: tkinter.Tk, field: Field, focus: Focus, told: list[str]
) -> None:
    focus(field.entry)
    field.entry.event_generate("<Key>", keysym="a")
    window.update()
    field.entry.event_generate("<Key>", keysym="b")
    window.update()
    assert told == ["a", "ab"]
    field.entry.event_generate("<Return>")
    assert told == ["a", "ab", "sent"]
    field.set("set")
    window.update()
    assert told == ["a", "ab", "sent", "set"]


def test_no_more_than_fits(window: tkinter.Tk, field: Field, focus: Focus) -> None:
    field.set("x" * 50)
    assert field.get() == "x" * 20
    focus(field.entry)
    field.entry.event_generate("<Key>", keysym="y")
    window.update()
    assert field.get() == "x" * 20
    field.set("x" * 19)
    field.entry.event_generate("<Key>", keysym="y")
    window.update()
    assert field.get() == "x" * 19 + "y"


def test_a_paste_is_made_one_safe_line(window: tkinter.Tk, field: Field, focus: Focus) -> None:
    window.clipboard_clear()
    window.clipboard_append("  two\nlines\u202e ")
    focus(field.entry)
    field.set("old")
    field.entry.selection_range(0, "end")
    field.entry.event_generate("<<Paste>>")
    assert field.get() == "two lines"
    field.entry.event_generate("<<Paste>>")
    assert field.get() == "two linestwo lines"
    field.entry.event_generate("<<Paste>>")
    assert len(field.get()) == 20
    window.clipboard_clear()
    field.entry.event_generate("<<Paste>>")
    assert len(field.get()) == 20


def test_emoji_are_spelled_where_they_are_not_safe(window: tkinter.Tk) -> None:
    field = Field(window, Look(window, emoji_safe=False), name="Name")
    field.set("Bob 🎉")
    assert field.get() == "Bob :party_popper:"


def rings(field: Field) -> set[str]:
    return {
        str(field.tk.call(field, "itemcget", item, "-fill"))
        for item in field.find_all()
        if str(field.type(item)) == "rectangle"
    }


def test_focus_and_error_have_their_rings(
    window: tkinter.Tk, look: Look, field: Field, focus: Focus
) -> None:
    assert rings(field) == {look.color("field_bg")}
    focus(field.entry)
    assert rings(field) == {look.color("field"), look.color("focus")}
    field.set_error(True)
    assert field.has_error
    assert rings(field) == {look.color("field"), look.color("danger")}
    field.set_error(False)
    focus(window)
    assert rings(field) == {look.color("field_bg")}


def test_what_is_disabled_takes_no_keys(window: tkinter.Tk, field: Field, focus: Focus) -> None:
    field.set_enabled(False)
    focus(field.entry)
    field.entry.event_generate("<Key>", keysym="a")
    window.update()
    assert field.get() == ""
    field.set("by the program")
    assert field.get() == "by the program"
    assert field.entry.cget("state") == "disabled"
    field.set_enabled(True)
    assert field.entry.cget("state") == "normal"


def test_it_follows_theme_and_scale(window: tkinter.Tk, look: Look, field: Field) -> None:
    look.set_theme(DARK)
    assert field.entry.cget("background") == DARK["field_bg"]
    assert placeholder(field).cget("background") == DARK["field_bg"]
    look.set_scale(2)
    window.update()
    assert field.size_px == (600, 92)


def test_a_hint_can_change(field: Field) -> None:
    before = len(field.find_all())
    field.set_hint("")
    assert len(field.find_all()) == before - 1


def test_nothing_is_told_after_it_was_taken_away(
    window: tkinter.Tk, field: Field, focus: Focus, told: list[str]
) -> None:
    focus(field.entry)
    field.entry.event_generate("<Key>", keysym="a")
    field.destroy()
    window.update()
    assert told == []
