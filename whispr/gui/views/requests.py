"""Strangers who wrote: who they say they are, what they wrote, and what to do."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence

from whispr.gui.items import RequestItem
from whispr.gui.look import Look
from whispr.gui.shown import clipped, shown
from whispr.gui.views.parts import line, surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.identicon import Identicon

WIDTH, INNER = 540, 488
TEXT_CHARACTERS = 600


class RequestsView:
    """One block for each; nothing is told to them before they are accepted."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        requests: Sequence[RequestItem],
        *,
        accept: Callable[[int], object],
        block: Callable[[int], object],
    ) -> None:
        self._look = look
        self._accept = accept
        self._block = block
        px = look.px
        self.accept_buttons: dict[int, Button] = {}
        words(
            *(parent, look),
            "They have your card, and you do not have theirs. They do not learn that you saw "
            "this until you accept.",
            tone="Dim",
            on="raised",
            wrap=INNER,
        ).pack(anchor="w", pady=(0, px(14)))
        if not requests:
            words(parent, look, "Nobody is waiting.", on="raised").pack(anchor="w")
        for place, item in enumerate(requests):
            if place:
                line(parent, "raised").pack(fill="x", pady=px(14))
            self._one(parent, item)

    def _one(self, parent: tkinter.Misc, item: RequestItem) -> None:
        look, px = self._look, self._look.px
        head = surface(parent, "raised")
        head.pack(fill="x")
        Identicon(head, look, item.identity, size=44, on="raised").pack(
            side="left", padx=(0, px(12))
        )
        said = surface(head, "raised")
        said.pack(side="left")
        name = shown(item.name, emoji_safe=look.emoji_safe).text
        words(said, look, name, font="name", on="raised").pack(anchor="w")
        short = f"{item.address[:14]}…{item.address[-6:]}"
        words(said, look, short, font="mono_small", tone="Dim", on="raised").pack(anchor="w")
        for text in item.texts:
            part = clipped(text[:TEXT_CHARACTERS])[0]
            safe = shown(part, emoji_safe=look.emoji_safe).text
            words(parent, look, safe, on="raised", wrap=INNER).pack(anchor="w", pady=(px(10), 0))
        row = surface(parent, "raised")
        row.pack(fill="x", pady=(px(12), 0))
        contact_id = item.contact_id
        accept = Button(
            row, "Accept", lambda: self._accept(contact_id), kind="primary", on="raised"
        )
        accept.pack(side="left")
        self.accept_buttons[contact_id] = accept
        block = Button(row, "Block", lambda: self._block(contact_id), kind="danger", on="raised")
        block.pack(side="left", padx=px(10))
