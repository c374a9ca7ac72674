"""Compares safety numbers: what it is for, the number, both faces, and what follows."""

from __future__ import annotations

import tkinter
from typing import Protocol

from whispr.gui.drawing import draw_box
from whispr.gui.items import ConversationItem, OwnItem
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.identicon import Identicon

WIDTH, INNER = 560, 496
COLUMNS = 4


class VerifyActions(Protocol):
    """What the dialog asks for."""

    def match(self) -> None:
        """They match."""

    def copy(self) -> None:
        """Put the numbers on the clipboard."""

    def differ(self) -> None:
        """They differ: say what to do."""


class Numbers(Drawn):
    """Twelve groups of five digits in a soft box."""

    def __init__(self, parent: tkinter.Misc, look: Look, number: str) -> None:
        self._groups = number.split()
        super().__init__(parent, look, width=INNER, height=178, on="raised")

    def paint(self) -> None:
        """Draw them in rows of four."""
        look, (width, height), px = self.look, self.size_px, self.look.px
        ground = "bg" if look.theme.is_dark else "chip"
        draw_box(self, look, (0, 0, width, height), px(14), ground, self.on)
        step = (width - px(40)) / COLUMNS
        for place, group in enumerate(self._groups):
            self.create_text(
                px(20) + step * (place % COLUMNS + 0.5),
                px(39) + px(50) * (place // COLUMNS),
                text=group,
                font=look.font("mono"),
                fill=look.color("text"),
            )


class State(Drawn):
    """A strip that says whether the numbers were compared."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, text: str, icon: str, tone: str, ground: str
    ) -> None:
        self._shown = (text, icon, tone, ground)
        super().__init__(parent, look, width=INNER, height=44, on="raised")

    def paint(self) -> None:
        """Draw it."""
        look, (width, height), px = self.look, self.size_px, self.look.px
        text, icon, tone, ground = self._shown
        draw_box(self, look, (0, 0, width, height), px(10), ground, self.on)
        picture = look.images.icon(icon, 18, tone, ground)
        self.create_image(px(16), height // 2, anchor="w", image=picture)
        self.create_text(
            *(px(44), height // 2),
            anchor="w",
            text=text,
            font=look.font("small"),
            fill=look.color(tone),
        )


class VerifyView:
    """Everything in the dialog."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: VerifyActions,
        *,
        own: OwnItem,
        item: ConversationItem,
        number: str,
    ) -> None:
        px = look.px
        name = one_line(item.name, emoji_safe=look.emoji_safe, limit=40)
        words(
            *(parent, look),
            "Read these numbers to each other in person or on a call. If every group matches, "
            "nobody is intercepting this chat.",
            tone="Dim",
            on="raised",
            wrap=INNER,
        ).pack(anchor="w", pady=(0, px(12)))
        Numbers(parent, look, number).pack(anchor="w")
        faces = surface(parent, "raised")
        faces.pack(fill="x", pady=px(18))
        for place, (key, called, address) in enumerate(
            ((own.identity, "You", own.address), (item.identity, name, item.address))
        ):
            face = surface(faces, "raised")
            face.place(relx=place * 0.5, rely=0)
            Identicon(face, look, key, size=48, on="raised").pack(side="left", padx=(0, px(12)))
            said = surface(face, "raised")
            said.pack(side="left")
            words(said, look, called, font="small_bold", on="raised").pack(anchor="w")
            short = f"{address[:8]}…{address[-4:]}"
            words(said, look, short, font="mono_small", tone="Dim", on="raised").pack(anchor="w")
        faces.configure(height=px(50))
        if item.key_changed:
            text, icon = f"{name} uses another device now. Compare again.", "shieldx"
            State(parent, look, text, icon, "danger", "danger_bg").pack(anchor="w")
        elif item.verified:
            text, icon = f"You have compared numbers with {name}.", "shield"
            State(parent, look, text, icon, "ok", "field_bg").pack(anchor="w")
        else:
            text, icon = f"You have not compared numbers with {name} yet.", "shieldx"
            State(parent, look, text, icon, "warn", "warn_bg").pack(anchor="w")
        row = surface(parent, "raised")
        row.pack(fill="x", pady=(px(14), 0))
        self.match = Button(
            row, "They match: mark verified", actions.match, kind="primary", on="raised"
        )
        self.match.pack(side="left")
        Button(row, "Copy numbers", actions.copy, on="raised").pack(side="left", padx=px(10))
        self.differ = Button(row, "They differ", actions.differ, kind="danger", on="raised")
        self.differ.pack(side="right")
