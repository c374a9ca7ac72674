"""`Hooks`: lets a test that drives the real window from outside ask what it shows.

One JSON object a line comes in, one goes out. `look` tells states and numbers; what people wrote
is told only to a test that asks for `texts`, and nothing is ever told unasked but `ready`. Off
unless `whispr gui --test-hooks` was called, and deaf where Tk cannot watch a pipe (Windows).
"""

from __future__ import annotations

import json
import os
import time
import tkinter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from whispr.gui.state import banner_line, foot_line
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.iconbutton import IconButton

if TYPE_CHECKING:
    from whispr.gui.app import App

BEAT_MS = 10
MAX_BEATS = 100_000
READ_BYTES = 64 * 1024
Box = tuple[int, int, int, int]


class Hooks:
    """Answers for one window.

    Args:
        app: whose window.
        source: lines of orders; must be a file that the system can watch.
        sink: takes the answers.
    """

    def __init__(self, app: App, source: TextIO, sink: TextIO) -> None:
        self._app = app
        self._sink = sink
        self._file = source.fileno()
        self._unfinished = b""
        self._late_ms: list[float] = []
        self._expected = 0.0
        app.root.tk.createfilehandler(self._file, tkinter.READABLE, self._readable)
        app.root.after_idle(lambda: self._say({"ready": True}))
        self._beat()

    def _beat(self) -> None:
        """Note how late the window takes its turn: a callback that works too long shows here."""
        now = time.perf_counter()
        if self._expected and len(self._late_ms) < MAX_BEATS:
            self._late_ms.append(max(0.0, (now - self._expected) * 1000))
        self._expected = now + BEAT_MS / 1000
        self._app.root.after(BEAT_MS, self._beat)

    def _readable(self, _file: object, _mask: int) -> None:
        data = os.read(self._file, READ_BYTES)
        if not data:
            self._app.root.tk.deletefilehandler(self._file)
            return
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            self._say(self.answer(json.loads(line)))

    def _say(self, value: object) -> None:
        self._sink.write(json.dumps(value) + "\n")
        self._sink.flush()

    def answer(self, order: dict[str, Any]) -> object:
        """The answer to one order."""
        match order:
            case {"ask": "look"}:
                return self.look()
            case {"ask": "texts"}:
                return [text for text, _ in self._shown()]
            case {"ask": "where", "label": str(label)}:
                return self._where(label)
            case {"ask": "late_ms"}:
                late, self._late_ms = self._late_ms, []
                return late
            case _:
                return {"error": "not understood"}

    def look(self) -> dict[str, object]:
        """States and numbers of the window."""
        app, desk = self._app, self._app.desk
        found: dict[str, object] = {
            "title": app.root.title(),
            "focus": _name(app.root.focus_get()),
            "screen": "main" if desk is not None else "entrance",
            "dialogs": sum(dialog.winfo_exists() for dialog in app._dialogs),
            "toasts": len(app.toasts.shown),
        }
        if desk is not None:
            state, now = desk.state, time.monotonic()
            current, banner = state.current, banner_line(state.current, state.connection, now)
            found |= {
                "selected": state.selected,
                "unread": state.unread,
                "phase": state.connection.phase,
                "foot": foot_line(state.connection, now).text,
                "banner": banner.text if banner else "",
                "fate": current.last_fate if current else None,
                "waiting": current.waiting if current else 0,
                "staged": len(desk.chat._staged_items()),
            }
        return found

    def _where(self, label: str) -> Box | None:
        """The place of what is called that, else of what holds those words."""
        shown = list(self._shown())
        exact = [box for text, box in shown if text == label]
        return next(iter(exact or [box for text, box in shown if label in text]), None)

    def _shown(self) -> Iterator[tuple[str, Box]]:
        """Every text that is to be seen, or held by a widget, with its place on the screen."""
        for widget in _everything(self._app.root):
            if not widget.winfo_ismapped():
                continue
            left, top = widget.winfo_rootx(), widget.winfo_rooty()
            label = _label(widget)
            if label:
                yield label, (left, top, widget.winfo_width(), widget.winfo_height())
            if isinstance(widget, tkinter.Canvas):
                for item in widget.find_all():
                    box = widget.bbox(item)
                    if str(widget.type(item)) == "text" and box:
                        place = (left + box[0], top + box[1], box[2] - box[0], box[3] - box[1])
                        yield str(widget.tk.call(widget, "itemcget", item, "-text")), place


def _everything(widget: tkinter.Misc) -> Iterator[tkinter.Misc]:
    """Newest first: what lies above is found before what it covers."""
    for child in reversed(widget.winfo_children()):
        yield from _everything(child)
        yield child


def _name(widget: object) -> str:
    """What a widget is called, never what was typed into it."""
    if isinstance(widget, tkinter.Entry) and isinstance(widget.master, Field):
        return widget.master.name
    is_written_in = isinstance(widget, (tkinter.Entry, tkinter.Text))
    return ("" if is_written_in else _label(widget)) or type(widget).__name__


def _label(widget: object) -> str:
    """What a widget is called or holds."""
    match widget:
        case IconButton():
            return widget.tooltip.text
        case Field():
            return widget.name
        case tkinter.Entry():
            secret = bool(widget.cget("show"))
            return "•" * len(widget.get()) if secret else widget.get()
        case tkinter.Text():
            return widget.get("1.0", "end-1c")
    text = getattr(widget, "text", None)
    if isinstance(text, str):
        return text
    try:
        return str(widget.cget("text")) if isinstance(widget, tkinter.Misc) else ""
    except tkinter.TclError:
        return ""
