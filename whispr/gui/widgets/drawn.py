"""A widget that draws itself on a canvas with a look, and one that can be pressed."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.widgets.accessible import describe

Command = Callable[[], object]


class Drawn(tkinter.Canvas):
    """A canvas that knows how to paint itself again; sizes are design pixels.

    Subclasses paint in `paint`, which finds the canvas empty and in the colour of its surface.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        width: float | None = None,
        height: float | None = None,
        on: str = "bg",
        takefocus: bool = False,
    ) -> None:
        super().__init__(
            parent,
            bd=0,
            highlightthickness=0,
            takefocus=takefocus,
            background=look.color(on),
        )
        self.look = look
        self.on = on
        """The token, or colour, of the surface this widget stands on."""
        self._design_width = width
        self._design_height = height
        self._resize()
        look.follow(self, self._look_changed)
        self.bind("<Configure>", lambda _event: self.redraw(), add="+")

    def redraw(self) -> None:
        """Paint everything again."""
        self.delete("all")
        self.configure(background=self.look.color(self.on))
        self.paint()

    def paint(self) -> None:
        """Draw on the empty canvas."""

    def set_size(self, *, width: float | None = None, height: float | None = None) -> None:
        """Ask for another size."""
        self._design_width = self._design_width if width is None else width
        self._design_height = self._design_height if height is None else height
        self._resize()

    @property
    def size_px(self) -> tuple[int, int]:
        """The size it has, or asks for while it is not on the screen yet."""
        width, height = self.winfo_width(), self.winfo_height()
        if width > 1 and height > 1:
            return width, height
        return self.winfo_reqwidth(), self.winfo_reqheight()

    def _look_changed(self) -> None:
        self._resize()
        self.redraw()

    def _resize(self) -> None:
        if self._design_width is not None:
            self.configure(width=self.look.px(self._design_width))
        if self._design_height is not None:
            self.configure(height=self.look.px(self._design_height))


class Pressable(Drawn):
    """Something drawn that is pressed with the mouse, Return or Space."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        command: Command | None,
        *,
        width: float,
        height: float,
        on: str = "bg",
        role: str = "Button",
        name: str = "",
    ) -> None:
        self.command = command
        self.is_enabled = True
        self.is_hovered = False
        self.has_focus = False
        self.is_held = False
        super().__init__(parent, look, width=width, height=height, on=on, takefocus=True)
        self.configure(cursor="hand2")
        if name:
            describe(self, role, name)
        self.bind("<Enter>", lambda _event: self._note(is_hovered=True))
        self.bind("<Leave>", lambda _event: self._note(is_hovered=False))
        self.bind("<FocusIn>", lambda _event: self._note(has_focus=True))
        self.bind("<FocusOut>", lambda _event: self._note(has_focus=False))
        self.bind("<Button-1>", self._hold)
        self.bind("<ButtonRelease-1>", self._release)
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            self.bind(key, self._typed)

    def invoke(self) -> None:
        """What a press does; nothing while disabled."""
        if self.is_enabled and self.command is not None:
            self.command()

    def set_enabled(self, enabled: bool) -> None:
        """Let it be pressed, or not; the focus passes over what is disabled."""
        if enabled == self.is_enabled:
            return
        self.is_enabled = enabled
        self.configure(cursor="hand2" if enabled else "arrow", takefocus=enabled)
        self.redraw()

    @property
    def is_lit(self) -> bool:
        """Whether it shows that it could be pressed now."""
        return self.is_enabled and self.is_hovered

    def _note(self, *, is_hovered: bool | None = None, has_focus: bool | None = None) -> None:
        self.is_hovered = self.is_hovered if is_hovered is None else is_hovered
        self.has_focus = self.has_focus if has_focus is None else has_focus
        self.redraw()

    def _hold(self, _event: object) -> None:
        self.is_held = self.is_enabled

    def _release(self, event: tkinter.Event[tkinter.Misc]) -> None:
        width, height = self.size_px
        held, self.is_held = self.is_held, False
        if held and 0 <= event.x < width and 0 <= event.y < height:
            self.invoke()

    def _typed(self, _event: object) -> str:
        self.invoke()
        return "break"
