"""The mouse on a conversation: wheel, scrollbar, selection, links, menu."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.conversation.canvas import ConversationCanvas
from whispr.gui.conversation.dates import full_time
from whispr.gui.conversation.hit import HitTest, Target
from whispr.gui.conversation.person import Person
from whispr.gui.conversation.selection import Position, Selection, plain_text, whole, word_at
from whispr.gui.conversation.timer import Timer
from whispr.gui.widgets.bindings import bind_wheel

WHEEL_PX = 60
"""Of one notch, in design pixels."""
AUTOSCROLL_MS = 30
_SHIFT = 0x0001


class Pointer:
    """Binds the mouse; `announce` is given what to show as a tooltip, empty for nothing."""

    def __init__(
        self,
        canvas: ConversationCanvas,
        person: Person,
        announce: Callable[[str, int, int], None] = lambda _words, _left, _top: None,
    ) -> None:
        self._canvas = canvas
        self._person = person
        self._announce = announce
        self._hits = HitTest(canvas.metrics, canvas.metrics.typesetter)
        self._start: Position | None = None
        self._pressed: Target | None = None
        self._grip: int | None = None
        self._at = (0, 0)
        self._scroll_on = Timer(canvas, self._drag_on)
        self._rest = Timer(canvas, self._rested)
        bind_wheel(canvas, lambda notches: self._wheel(notches))
        for sequence, handler in (
            ("<Button-1>", self._press),
            ("<B1-Motion>", self._drag),
            ("<ButtonRelease-1>", self._release),
            ("<Double-Button-1>", self._double),
            ("<Triple-Button-1>", self._triple),
            ("<Motion>", self._move),
            ("<Leave>", self._leave),
            ("<Button-3>", self._menu),
            *(
                [("<Button-2>", self._menu)]
                if canvas.tk.call("tk", "windowingsystem") == "aqua"
                else []
            ),
        ):
            canvas.bind(sequence, handler)

    def target(self, left: int, top: int) -> Target | None:
        """What is at a place of the canvas; above and below the rows, what is nearest."""
        rows = self._canvas.viewport.rows
        if not rows:
            return None
        inside = max(rows[0].top, min(top, rows[-1].bottom - 1))
        row = self._canvas.viewport.row_at(inside)
        if row is None:
            return None
        return self._hits.target(self._canvas.measure(row.message_id), left, top - row.top)

    def _wheel(self, notches: float) -> None:
        self._announce("", 0, 0)
        self._canvas.scroll(round(notches * self._canvas.look.px(WHEEL_PX)))

    def _press(self, event: tkinter.Event[tkinter.Misc]) -> None:
        canvas = self._canvas
        canvas.focus_set()
        self._announce("", 0, 0)
        self._start = self._pressed = self._grip = None
        if canvas.overlay.over_jump(event.x, event.y):
            canvas.to_latest()
            return
        if canvas.overlay.over_bar(event.x):
            self._take_thumb(event.y)
            return
        target = self.target(event.x, event.y)
        if target is None:
            return
        selection = canvas.painter.selection
        if int(event.state) & _SHIFT and selection is not None:
            self._start = selection.start
            canvas.select(Selection(selection.start, target.position))
            return
        canvas.select(None)
        canvas.focus_message(None)
        self._start = target.position
        self._pressed = target if target.is_pressed else None

    def _drag(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self._at = (event.x, event.y)
        if self._grip is not None:
            self._move_thumb(event.y - self._grip)
        elif self._start is not None:
            self._extend()
            if not 0 <= event.y < self._canvas.stage.height and not self._scroll_on.is_running:
                self._scroll_on.start(AUTOSCROLL_MS)

    def _extend(self) -> None:
        target = self.target(*self._at)
        if target is not None and self._start is not None:
            if target.position != self._start or self._canvas.painter.selection:
                self._canvas.select(Selection(self._start, target.position))

    def _drag_on(self) -> None:
        """The button is held beyond the edge: keep scrolling that way."""
        top, height = self._at[1], self._canvas.stage.height
        if self._start is None or 0 <= top < height:
            return
        self._canvas.scroll(top if top < 0 else top - height + 1)
        self._extend()
        self._scroll_on.start(AUTOSCROLL_MS)

    def _release(self, event: tkinter.Event[tkinter.Misc]) -> None:
        pressed, self._pressed = self._pressed, None
        self._start = None
        self._scroll_on.stop()
        if self._grip is not None:
            self._grip = None
            self._light_thumb(self._canvas.overlay.over_bar(event.x))
        target = self.target(event.x, event.y)
        if pressed and target and self._canvas.painter.selection is None:
            if (target.kind, target.message_id) == (pressed.kind, pressed.message_id):
                self._person.press(pressed)

    def _double(self, event: tkinter.Event[tkinter.Misc]) -> None:
        target = self.target(event.x, event.y)
        if target is not None and target.kind == "text":
            message_id, at = target.position
            start, end = word_at(plain_text(self._canvas.loaded[message_id]), at)
            self._start, self._pressed = (message_id, start), None
            self._canvas.select(Selection((message_id, start), (message_id, end)))

    def _triple(self, event: tkinter.Event[tkinter.Misc]) -> None:
        target = self.target(event.x, event.y)
        if target is not None and target.kind == "text":
            self._canvas.select(whole(self._canvas.loaded[target.message_id]))

    def _menu(self, event: tkinter.Event[tkinter.Misc]) -> None:
        target = self.target(event.x, event.y)
        if target is not None and target.kind != "row":
            self._announce("", 0, 0)
            self._person.popup(target.message_id, target.link, event.x_root, event.y_root)

    def _move(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self._at = (event.x, event.y)
        overlay = self._canvas.overlay
        on_bar = overlay.over_bar(event.x)
        self._light_thumb(on_bar)
        self._announce("", 0, 0)
        self._rest.start(700)
        if on_bar or overlay.over_jump(event.x, event.y):
            cursor = "hand2" if not on_bar else "arrow"
        else:
            target = self.target(event.x, event.y)
            pressed = target is not None and target.is_pressed
            is_text = target is not None and target.kind == "text"
            cursor = "hand2" if pressed else "xterm" if is_text else "arrow"
        if str(self._canvas.cget("cursor")) != cursor:
            self._canvas.configure(cursor=cursor)

    def _leave(self, _event: object) -> None:
        self._light_thumb(False)
        self._rest.stop()
        self._announce("", 0, 0)

    def _rested(self) -> None:
        target = self.target(*self._at)
        if target is None or target.kind == "row" or self._start is not None:
            return
        item = self._canvas.loaded[target.message_id]
        words = target.link.target if target.link else full_time(item.stored_at_ms)
        self._announce(words, *self._at)

    def _light_thumb(self, active: bool) -> None:
        overlay = self._canvas.overlay
        if overlay.active != active and self._grip is None:
            overlay.active = active
            overlay.update(overlay.thumb, jump=overlay.jump_shown, new=overlay.new)

    def _take_thumb(self, top: int) -> None:
        thumb = self._canvas.overlay.thumb
        if thumb is None:
            return
        top -= self._canvas.look.px(4)
        if not thumb.top <= top < thumb.top + thumb.height:
            self._move_thumb(top - thumb.height // 2)
        self._grip = top - (self._canvas.overlay.thumb or thumb).top

    def _move_thumb(self, top: int) -> None:
        """Put the thumb there: the share of the conversation above it is above the view."""
        canvas, thumb = self._canvas, self._canvas.overlay.thumb
        if thumb is None:
            return
        room = canvas.stage.height - canvas.look.px(8) - thumb.height
        if room <= 0:
            return
        if top >= room:
            canvas.to_latest()
            return
        in_view = len(canvas.viewport.rows)
        place = max(0.0, top / room) * max(0, canvas.loaded.count - in_view + 1)
        canvas.show_index(int(place), place - int(place))
