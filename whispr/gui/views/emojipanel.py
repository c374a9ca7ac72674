"""A small panel of emoji above the composer, for whoever has no key for them."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import font as tkfont

from whispr.gui.drawing import draw_box
from whispr.gui.look import Look

EMOJI = (
    "😀😃😄😁😅😂🙂😉😊😍😘😋😜🤔🤨😐😏😒🙄😬😌😔😴😷🤒🥵🥶🤯😎🤓😕😟😮😳🥺😢😭😱😤😡🥳🤝👍👎👌👏🙏💪👋"
    "🔥🎉💡🔒🔑✅❌⭐"
)
COLUMNS, CELL, PAD = 10, 36, 8


class EmojiPanel:
    """Shown inside the window; the arrow keys move, Enter takes one, Escape closes."""

    def __init__(self, text: tkinter.Misc, look: Look, choose: Callable[[str], object]) -> None:
        self._text = text
        self._look = look
        self._choose = choose
        self._canvas: tkinter.Canvas | None = None
        self._at = 0
        self._font: tkfont.Font | None = None

    @property
    def is_shown(self) -> bool:
        """Whether it is open."""
        return self._canvas is not None

    def toggle(self, button: tkinter.Misc) -> None:
        """Open it above the button, or close it."""
        if self._canvas is not None:
            self.hide()
        else:
            self._show(button)

    def hide(self) -> None:
        """Close it and go back to writing."""
        canvas, self._canvas = self._canvas, None
        if canvas is not None:
            canvas.destroy()
            self._text.focus_set()

    def choose(self, place: int) -> None:
        """Take the emoji of that place."""
        if 0 <= place < len(EMOJI):
            self.hide()
            self._choose(EMOJI[place])

    def _show(self, button: tkinter.Misc) -> None:
        look, px = self._look, self._look.px
        window = button.winfo_toplevel()
        width = px(COLUMNS * CELL + 2 * PAD)
        height = px(-(-len(EMOJI) // COLUMNS) * CELL + 2 * PAD)
        family = str(look.font("emoji").cget("family"))
        self._font = tkfont.Font(root=window, family=family, size=-px(22))
        canvas = tkinter.Canvas(
            window,
            width=width,
            height=height,
            bd=0,
            highlightthickness=max(1, px(1)),
            highlightbackground=look.color("border"),
            highlightcolor=look.color("border"),
            background=look.color("raised"),
            cursor="hand2",
        )
        right = button.winfo_rootx() - window.winfo_rootx() + button.winfo_width()
        bottom = button.winfo_rooty() - window.winfo_rooty() - px(8)
        canvas.place(x=max(0, right - width), y=max(0, bottom - height))
        tkinter.Misc.lift(canvas)
        self._canvas, self._at = canvas, 0
        canvas.bind("<Button-1>", lambda event: self.choose(self._place(event.x, event.y)))
        canvas.bind("<Motion>", lambda event: self._mark(self._place(event.x, event.y)))
        canvas.bind("<FocusOut>", lambda _event: self.hide())
        canvas.bind("<Escape>", self._escape)
        for key, step in (("Left", -1), ("Right", 1), ("Up", -COLUMNS), ("Down", COLUMNS)):
            canvas.bind(f"<{key}>", lambda _event, step=step: self._mark(self._at + step))  # type: ignore[misc]
        for key in ("Return", "space", "KP_Enter"):
            canvas.bind(f"<{key}>", lambda _event: self.choose(self._at))
        self._draw()
        canvas.focus_set()

    def _escape(self, _event: object) -> str:
        self.hide()
        return "break"

    def _place(self, left: int, top: int) -> int:
        px = self._look.px
        across, down = (left - px(PAD)) // px(CELL), (top - px(PAD)) // px(CELL)
        return down * COLUMNS + across if 0 <= across < COLUMNS and down >= 0 else -1

    def _mark(self, place: int) -> None:
        if 0 <= place < len(EMOJI) and place != self._at:
            self._at = place
            self._draw()

    def _draw(self) -> None:
        canvas, look, px = self._canvas, self._look, self._look.px
        if canvas is None or self._font is None:
            return
        canvas.delete("all")
        for place, sign in enumerate(EMOJI):
            left, top = px(PAD + place % COLUMNS * CELL), px(PAD + place // COLUMNS * CELL)
            if place == self._at:
                area = (left, top, left + px(CELL), top + px(CELL))
                draw_box(canvas, look, area, px(8), "selected", "raised")
            middle = (left + px(CELL) // 2, top + px(CELL) // 2)
            canvas.create_text(*middle, text=sign, font=self._font, fill=look.color("text"))
