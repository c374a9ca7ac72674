"""A line to type in: rounded, with a placeholder, an icon, a hint, and an error state."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.drawing import draw_outlined
from whispr.gui.look import Look
from whispr.gui.shown import shown
from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.bindings import window_keys_first
from whispr.gui.widgets.drawn import Drawn

HEIGHT = 46
_SIDE = 14
_ICON = 18
BULLET = "●"


class Field(Drawn):
    """An entry on a drawn box. The placeholder lies over the entry and is never its text."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        name: str,
        placeholder: str = "",
        icon: str = "",
        hint: str = "",
        width: float | None = None,
        height: float = HEIGHT,
        on: str = "bg",
        font: str = "ui",
        is_secret: bool = False,
        max_characters: int = 10_000,
        changed: Callable[[str], object] | None = None,
        submitted: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self._placeholder_text = placeholder
        self._icon = icon
        self._hint = hint
        self._font = font
        self._changed = changed
        self._submitted = submitted
        self._max_characters = max_characters
        self._has_focus = False
        self._error = False
        self._is_enabled = True
        self._news: str | None = None
        super().__init__(parent, look, width=width, height=height, on=on)
        self.entry = tkinter.Entry(
            self,
            bd=0,
            relief="flat",
            highlightthickness=0,
            show=BULLET if is_secret else "",
            exportselection=not is_secret,
        )
        window_keys_first(self.entry)
        describe(self.entry, "Entry", name)
        self._placeholder = tkinter.Label(self.entry, bd=0, padx=0, pady=0, cursor="xterm")
        accept = self.register(self._accept)
        self.entry.configure(validate="key", validatecommand=(accept, "%P"))
        self._listen()
        self._show_placeholder("")

    # What is in it

    def get(self) -> str:
        """The text that was typed."""
        return self.entry.get()

    def set(self, text: str) -> None:
        """Put another text in, the caret behind it."""
        self.entry.configure(state="normal")
        self.entry.delete(0, "end")
        self.entry.insert(0, self._safe(text)[: self._max_characters])
        self.entry.configure(state="normal" if self._is_enabled else "disabled")
        self.entry.icursor("end")
        self.entry.xview("end")
        # Changing the text inside a validation ends the validation; a text from here is fine.
        self.entry.configure(validate="key")
        self._tell()

    def clear(self) -> None:
        """Take everything out."""
        self.set("")

    def focus_set(self) -> None:
        """Put the caret in it."""
        self.entry.focus_set()

    focus = focus_set

    def destroy(self) -> None:
        """Take it away; nothing is told afterwards."""
        if self._news is not None:
            self.after_cancel(self._news)
            self._news = None
        super().destroy()

    # How it stands

    @property
    def has_error(self) -> bool:
        """Whether the red ring is drawn."""
        return self._error

    def set_error(self, wrong: bool) -> None:
        """Draw the red ring, or not; the words belong under the field (`Note`)."""
        self._error = wrong
        self.redraw()

    def set_enabled(self, enabled: bool) -> None:
        """Let it be typed in, or not."""
        self._is_enabled = enabled
        self.entry.configure(state="normal" if enabled else "disabled")
        self.redraw()

    def set_placeholder(self, text: str) -> None:
        """Other words for the empty field."""
        self._placeholder_text = text
        self._show_placeholder(self.get())

    def set_hint(self, hint: str) -> None:
        """Other words on the right: a shortcut, a unit."""
        self._hint = hint
        self.redraw()

    # Drawing

    def paint(self) -> None:
        """The box with its ring, the icon, the entry, the hint."""
        look, (width, height) = self.look, self.size_px
        fill = self._fill()
        ring = "danger" if self._error else "focus" if self._has_focus else fill
        draw_outlined(
            self,
            look,
            (0, 0, width, height),
            min(look.px(11), height // 2),
            fill,
            ring,
            self.on,
            max(1, look.px(2)),
        )
        left, right = look.px(_SIDE), width - look.px(_SIDE)
        if self._icon:
            picture = look.images.icon(self._icon, _ICON, "text3", fill)
            self.create_image(look.px(12), height // 2, anchor="w", image=picture)
            left = look.px(12 + _ICON + 9)
        right -= self._right_px()
        if self._hint:
            font = look.font("meta")
            self.create_text(
                *(right, height // 2),
                anchor="e",
                text=self._hint,
                font=font,
                fill=look.color("text3"),
            )
            right -= font.measure(self._hint) + look.px(8)
        self._dress(fill)
        self.create_window(
            left,
            height // 2,
            anchor="w",
            window=self.entry,
            width=max(1, right - left),
            height=max(1, height - look.px(12)),
        )

    def _fill(self) -> str:
        idle = not self._has_focus and not self._error
        return self.look.quiet(self.on) if idle else "field"

    def _right_px(self) -> int:
        """Room on the right that a subclass needs."""
        return 0

    def _dress(self, fill: str) -> None:
        look = self.look
        ground, ink = look.color(fill), look.color("text")
        self.entry.configure(
            background=ground,
            foreground=ink,
            disabledbackground=ground,
            disabledforeground=look.color("text2"),
            insertbackground=look.color("accent_text"),
            insertwidth=max(1, look.px(2)),
            selectbackground=look.color("sel_bg"),
            selectforeground=look.color("sel_text"),
            font=look.font("bullets" if self.entry.cget("show") else self._font),
        )
        self._placeholder.configure(
            background=ground, foreground=look.color("text3"), font=look.font(self._font)
        )

    # Events

    def _listen(self) -> None:
        self.entry.bind("<FocusIn>", lambda _event: self._focused(True), add="+")
        self.entry.bind("<FocusOut>", lambda _event: self._focused(False), add="+")
        self.entry.bind("<Return>", self._submit)
        self.entry.bind("<KP_Enter>", self._submit)
        self.entry.bind("<<Paste>>", self._paste)
        self._placeholder.bind("<Button-1>", lambda _event: self.entry.focus_set())
        self.bind("<Button-1>", lambda _event: self.entry.focus_set(), add="+")

    def _focused(self, focused: bool) -> None:
        self._has_focus = focused
        self.redraw()

    def _submit(self, _event: object) -> str:
        if self._submitted is not None:
            self._submitted()
        return "break"

    def _paste(self, _event: object) -> str:
        try:
            text = self.clipboard_get()
        except tkinter.TclError:
            return "break"
        line = " ".join(self._safe(text).split("\n")).strip()
        if self.entry.selection_present():
            self.entry.delete("sel.first", "sel.last")
        room = self._max_characters - len(self.entry.get())
        self.entry.insert("insert", line[: max(0, room)])
        return "break"

    def _safe(self, text: str) -> str:
        return shown(text, emoji_safe=self.look.emoji_safe).text

    def _accept(self, proposed: str) -> bool:
        if len(proposed) > self._max_characters:
            return False
        if self._news is None:
            self._news = self.after_idle(self._tell)
        return True

    def _tell(self) -> None:
        if self._news is not None:
            self.after_cancel(self._news)
            self._news = None
        text = self.get()
        self._show_placeholder(text)
        if self._changed is not None:
            self._changed(text)

    def _show_placeholder(self, text: str) -> None:
        if text or not self._placeholder_text:
            self._placeholder.place_forget()
        else:
            self._placeholder.configure(text=self._placeholder_text)
            self._placeholder.place(x=1, rely=0.5, anchor="w")
