"""Questions before something that cannot be taken back."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.button import Button, ButtonKind
from whispr.gui.widgets.field import Field

WRAP = 400


class Confirmation:
    """A sentence and two buttons; the safe one has the focus."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        text: str,
        label: str,
        confirmed: Callable[[], object],
        cancelled: Callable[[], object],
        kind: ButtonKind = "danger",
    ) -> None:
        px = look.px
        words(parent, look, text, tone="Dim", on="raised", wrap=WRAP).pack(anchor="w")
        row = surface(parent, "raised")
        row.pack(fill="x", pady=(px(20), 0))
        self.confirm = Button(row, label, confirmed, kind=kind, on="raised")
        self.confirm.pack(side="right")
        self.cancel = Button(row, "Cancel", cancelled, on="raised")
        self.cancel.pack(side="right", padx=(0, px(10)))


class TypedConfirmation:
    """The same, where a word has to be typed first."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        text: str,
        word: str,
        label: str,
        confirmed: Callable[[], object],
        cancelled: Callable[[], object],
    ) -> None:
        self._word = word
        px = look.px
        words(parent, look, text, tone="Dim", on="raised", wrap=WRAP).pack(anchor="w")
        said = f"Type “{word}” to go on"
        words(parent, look, said, font="small_bold", on="raised").pack(
            anchor="w", pady=(px(16), px(6))
        )
        row = surface(parent, "raised")
        self.field = Field(parent, look, name=said, on="raised", height=40, changed=self._typed)
        self.field.pack(fill="x")
        row.pack(fill="x", pady=(px(20), 0))
        self.confirm = Button(row, label, confirmed, kind="danger", on="raised")
        self.confirm.pack(side="right")
        self.confirm.set_enabled(False)
        Button(row, "Cancel", cancelled, on="raised").pack(side="right", padx=(0, px(10)))

    def _typed(self, text: str) -> None:
        self.confirm.set_enabled(text.strip().casefold() == self._word)
