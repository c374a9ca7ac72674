"""The field for a PIN or passphrase, with an eye that shows it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.widgets.field import BULLET, HEIGHT, Field
from whispr.gui.widgets.iconbutton import IconButton

_EYE = 34
_CAPS_LOCK = 0x2


class PinField(Field):
    """Bullets instead of letters; nothing of it can be copied."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        name: str = "PIN",
        placeholder: str = "",
        width: float | None = 320,
        height: float = HEIGHT,
        on: str = "bg",
        max_characters: int = 256,
        changed: Callable[[str], object] | None = None,
        submitted: Callable[[], object] | None = None,
        caps_lock: Callable[[bool], object] | None = None,
    ) -> None:
        self._eye: IconButton | None = None
        self._caps_lock = caps_lock
        super().__init__(
            parent,
            look,
            name=name,
            placeholder=placeholder,
            width=width,
            height=height,
            on=on,
            is_secret=True,
            max_characters=max_characters,
            changed=changed,
            submitted=submitted,
        )
        self._eye = IconButton(
            *(self, look, "eye", self._turn), tip="Show PIN", size=_EYE, on=self._fill()
        )
        for sequence in ("<<Copy>>", "<<Cut>>"):
            self.entry.bind(sequence, lambda _event: "break")
        self.entry.bind("<KeyPress>", self._note_caps_lock, add="+")
        self.redraw()

    @property
    def is_revealed(self) -> bool:
        """Whether the letters can be read."""
        return not self.entry.cget("show")

    def hide(self) -> None:
        """Bullets again."""
        if self.is_revealed:
            self._turn()

    def set_enabled(self, enabled: bool) -> None:
        """Let it be typed in, or not; what cannot be changed is not shown either."""
        super().set_enabled(enabled)
        if self._eye is not None:
            self._eye.set_enabled(enabled)
        if not enabled:
            self.hide()

    def destroy(self) -> None:
        """Take it away; what was typed goes first."""
        if self.winfo_exists():
            self.entry.configure(validate="none", state="normal")
            self.entry.delete(0, "end")
        super().destroy()

    def paint(self) -> None:
        """The field, and the eye on its right."""
        super().paint()
        if self._eye is None:
            return
        width, height = self.size_px
        self._eye.on = self._fill()
        self._eye.redraw()
        self.create_window(width - self.look.px(7), height // 2, anchor="e", window=self._eye)

    def _right_px(self) -> int:
        return self.look.px(_EYE - 4)

    def _turn(self) -> None:
        reveal = not self.is_revealed
        self.entry.configure(show="" if reveal else BULLET)
        self.redraw()
        if self._eye is not None:
            self._eye.set_icon(
                "eyeoff" if reveal else "eye", tip="Hide PIN" if reveal else "Show PIN"
            )

    def _note_caps_lock(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if self._caps_lock is not None and isinstance(event.state, int) and event.char:
            self._caps_lock(bool(event.state & _CAPS_LOCK))
