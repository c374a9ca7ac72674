"""Two fields for a new PIN or passphrase, with what is known about it while it is typed."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.checks import SecretCheck
from whispr.gui.look import Look
from whispr.gui.views.parts import words
from whispr.gui.widgets.meter import Meter
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.pinfield import PinField

_COLORS = ("danger", "danger", "warn", "ok", "ok")
_EMPTY = SecretCheck(0, False, "", False, False, False)


class SecretForm:
    """PIN, meter, repetition and the list of what is right already."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        check: Callable[[str], SecretCheck],
        width: float,
        changed: Callable[[], object],
        submitted: Callable[[], object],
        on: str = "bg",
    ) -> None:
        self._check = check
        self._changed = changed
        self._found = _EMPTY
        px = look.px
        words(
            *(parent, look, "PIN (6 digits or more) or passphrase"), font="small_bold", on=on
        ).pack(anchor="w", pady=(0, px(6)))
        self.first = PinField(
            *(parent, look),
            name="New PIN or passphrase",
            width=width,
            on=on,
            changed=lambda _text: self._typed(),
            submitted=lambda: self.second.focus_set(),
        )
        self.first.pack(anchor="w")
        self.meter = Meter(parent, look, width=width, on=on)
        self.meter.pack(anchor="w", pady=(px(10), px(2)))
        self.verdict = Note(parent, look, width=width, icon="", on=on)
        self.verdict.pack(anchor="w", fill="x", pady=(0, px(6)))
        words(parent, look, "Repeat it", font="small_bold", on=on).pack(anchor="w", pady=(0, px(6)))
        self.second = PinField(
            *(parent, look),
            name="Repeat it",
            width=width,
            on=on,
            changed=lambda _text: self._typed(),
            submitted=submitted,
        )
        self.second.pack(anchor="w", pady=(0, px(6)))
        self._list = [Note(parent, look, width=width, on=on) for _ in range(3)]
        for note in self._list:
            note.pack(anchor="w", fill="x")
        self._typed()

    @property
    def secret(self) -> str:
        """What was typed."""
        return self.first.get()

    @property
    def is_good(self) -> bool:
        """Whether it may be used."""
        return self._found.acceptable and self.first.get() == self.second.get()

    def focus_set(self) -> None:
        """Begin to type."""
        self.first.focus_set()

    def clear(self) -> None:
        """Take everything out."""
        self.first.clear()
        self.second.clear()

    def _typed(self) -> None:
        if not hasattr(self, "_list"):
            return
        secret = self.first.get()
        self._found = self._check(secret) if secret else _EMPTY
        color = "danger" if not self._found.acceptable else _COLORS[max(2, self._found.score)]
        self.meter.set(max(1, self._found.score) if secret else 0, color)
        said = self._found.sentence if secret else "Letters and spaces are allowed too."
        self.verdict.set(said, color=color if secret else "text2")
        matches = bool(secret) and secret == self.second.get()
        points = (
            (self._found.not_common, "Not on the list of common ones"),
            (self._found.no_pattern, "No runs such as 1234 or 1111, no date"),
            (matches, "Both fields match"),
        )
        for note, (is_met, text) in zip(self._list, points, strict=True):
            note.set(
                text,
                icon="check" if is_met else "clock",
                color="ok" if is_met else "text3",
                text_color="text2",
            )
        self._changed()
