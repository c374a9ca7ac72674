"""The buttons of forms and dialogs."""

from __future__ import annotations

import tkinter
from tkinter import ttk
from typing import Literal

from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.drawn import Command

ButtonKind = Literal["primary", "secondary", "danger", "link"]
PREFIXES = {"bg": "", "sidebar": "Side.", "raised": "Raised."}
"""Surface -> prefix of its ttk styles."""


class Button(ttk.Button):
    """A ttk button in one of the styles of `whispr.gui.style`, pressed with Return too."""

    def __init__(
        self,
        parent: tkinter.Misc,
        text: str,
        command: Command | None = None,
        *,
        kind: ButtonKind = "secondary",
        on: str = "bg",
    ) -> None:
        super().__init__(
            parent,
            text=text,
            command=command or (lambda: None),
            style=f"{PREFIXES[on]}{kind.capitalize()}.TButton",
            cursor="hand2",
            takefocus=True,
        )
        describe(self, "Button", text)
        for key in ("<Return>", "<KP_Enter>"):
            self.bind(key, self._pressed)

    @property
    def is_enabled(self) -> bool:
        """Whether it can be pressed."""
        return not self.instate(["disabled"])

    def set_enabled(self, enabled: bool) -> None:
        """Let it be pressed, or not."""
        self.state(["!disabled" if enabled else "disabled"])
        self.configure(cursor="hand2" if enabled else "arrow")

    def set_text(self, text: str) -> None:
        """Other words."""
        self.configure(text=text)

    def _pressed(self, _event: object) -> str:
        self.invoke()
        return "break"
