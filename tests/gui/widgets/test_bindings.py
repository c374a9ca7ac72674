from __future__ import annotations

import tkinter

import pytest

from whispr.gui.widgets import bindings


@pytest.mark.parametrize(
    ("delta", "notches"), [(120, -1), (-120, 1), (240, -2), (60, -0.5), (3, -0.3), (-1, 0.1)]
)
def test_notches_of_a_wheel(delta: int, notches: float) -> None:
    assert bindings.notches(delta) == pytest.approx(notches)


@pytest.mark.parametrize(
    ("packed", "notches"),
    [(60, -1), (0x10000 - 60, 1), ((5 << 16) | 30, -0.5), (0, 0), (0xFFFF0000 | 0xFFC4, 1)],
)
def test_notches_of_a_touchpad(packed: int, notches: float) -> None:
    assert bindings.touchpad_notches(packed) == pytest.approx(notches)


def test_every_wheel_reaches_a_widget(window: tkinter.Tk) -> None:
    turned: list[float] = []
    frame = tkinter.Frame(window, width=50, height=50)
    frame.pack()
    window.update()
    bindings.bind_wheel(frame, turned.append)
    frame.event_generate("<Button-4>")
    frame.event_generate("<Button-5>")
    frame.event_generate("<MouseWheel>", delta=-240)
    assert turned == [-1, 1, 2]


def test_every_wheel_reaches_a_tag(window: tkinter.Tk) -> None:
    turned: list[float] = []
    frame = tkinter.Frame(window, width=50, height=50)
    frame.pack()
    window.update()
    bindings.bind_wheel_tag(frame, "a-tag", turned.append)
    frame.bindtags(("a-tag",))
    frame.event_generate("<Button-4>")
    frame.event_generate("<Button-5>")
    frame.event_generate("<MouseWheel>", delta=120)
    assert turned == [-1, 1, -1]


def test_a_binding_of_the_window_comes_and_goes(window: tkinter.Tk) -> None:
    seen: list[str] = []
    window.bind("<<Test>>", lambda _event: seen.append("window"))
    owner = tkinter.Frame(window)

    def handle() -> bool:
        seen.append("owner")
        return ends[0]

    ends = [False]
    script = bindings.bind_tag(owner, ".", "<<Test>>", handle)
    window.event_generate("<<Test>>")
    assert seen == ["owner", "window"]
    ends[0] = True
    window.event_generate("<<Test>>")
    assert seen == ["owner", "window", "owner"]
    bindings.rebind(owner, ".", "<<Test>>", script)
    owner.destroy()
    window.event_generate("<<Test>>")
    assert seen[3:] == ["window"]
    window.unbind("<<Test>>")


@pytest.mark.parametrize("kind", [tkinter.Text, tkinter.Entry])
def test_keys_of_the_window_come_before_what_tk_does_with_them(
    window: tkinter.Tk, kind: type[tkinter.Text] | type[tkinter.Entry]
) -> None:
    pressed: list[str] = []

    def search(_event: object) -> str:
        pressed.append("search")
        return "break"

    window.bind("<Control-k>", search)
    field = kind(window)
    field.insert("insert" if kind is tkinter.Text else 0, "kept")  # type: ignore[call-overload]
    field.pack()
    bindings.window_keys_first(field)
    field.focus_force()
    window.update()
    field.event_generate("<Home>")
    field.event_generate("<Control-k>")
    held = field.get("1.0", "end-1c") if isinstance(field, tkinter.Text) else field.get()
    assert (pressed, held) == (["search"], "kept")
