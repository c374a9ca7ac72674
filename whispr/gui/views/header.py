"""The head of a conversation: who it is with, how safe that is, and what can be done."""

from __future__ import annotations

import tkinter

from whispr.gui.conversation.actions import HeaderActions
from whispr.gui.drawing import elided
from whispr.gui.items import ConnectionItem, ConversationItem
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.state import header_line
from whispr.gui.widgets.avatar import draw_avatar
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.iconbutton import IconButton

HEIGHT = 64
_TEXT_LEFT, _BUTTON = 72, 40


class Header(Drawn):
    """Avatar, name, state in one line, buttons; the state never depends on colour alone."""

    def __init__(self, parent: tkinter.Misc, look: Look, actions: HeaderActions) -> None:
        self._actions = actions
        self._item: ConversationItem | None = None
        self._connection = ConnectionItem("connecting")
        self._buttons: tuple[IconButton, ...] = ()
        super().__init__(parent, look, height=HEIGHT)
        self._verify = IconButton(self, look, "shieldx", actions.verify, tip="Verify contact")
        self._more = IconButton(self, look, "more", self.open_menu, tip="More")
        search = IconButton(
            self, look, "search", actions.search_conversation, tip="Search in this chat"
        )
        self._buttons = (search, self._verify, self._more)

    @property
    def buttons(self) -> tuple[IconButton, ...]:
        """In the order of the eye, for the way of the focus."""
        return self._buttons

    def show(self, item: ConversationItem | None, connection: ConnectionItem) -> None:
        """Who it is with, and the connection of our own relay."""
        if (item, connection) == (self._item, self._connection):
            return
        self._item, self._connection = item, connection
        if item is not None:
            icon = "shield" if item.verified and not item.key_changed else "shieldx"
            tip = "Safety number" if item.verified else "Verify contact"
            self._verify.set_icon(icon, tip=tip)
        self.redraw()

    def open_menu(self) -> None:
        """Ask for the menu of the contact, below its button."""
        left = self._more.winfo_rootx()
        top = self._more.winfo_rooty() + self._more.winfo_height()
        self._actions.contact_menu(left, top)

    def paint(self) -> None:
        """Everything from the left, the buttons from the right."""
        look, (width, height) = self.look, self.size_px
        px, item = look.px, self._item
        line = max(1, px(1))
        self.create_rectangle(0, height - line, width, height, fill=look.color("border"), width=0)
        if item is None:
            return
        right = width - px(14)
        for button in reversed(self._buttons):
            self.create_window(right, height // 2, anchor="e", window=button)
            right -= px(_BUTTON)
        room = right - px(_TEXT_LEFT) - px(8)
        draw_avatar(self, look, px(20), px(12), 40, item.identity, item.name, "bg")
        self._draw_name(item, room)
        tone, words = header_line(item, self._connection)
        self.create_text(
            *(px(_TEXT_LEFT), px(44)),
            anchor="w",
            text=elided(words, room, look.font("small").measure),
            font=look.font("small"),
            fill=look.color("text2" if tone is None else tone),
        )

    def _draw_name(self, item: ConversationItem, room: int) -> None:
        look, px, font = self.look, self.look.px, self.look.font("title")
        shield = px(24) if item.verified or item.key_changed else 0
        name = one_line(item.name, emoji_safe=look.emoji_safe)
        name = elided(name, room - shield, font.measure)
        self.create_text(
            *(px(_TEXT_LEFT), px(23)), anchor="w", text=name, font=font, fill=look.color("text")
        )
        if shield:
            icon, color = ("shieldx", "danger") if item.key_changed else ("shield", "ok")
            self.create_image(
                *(px(_TEXT_LEFT) + font.measure(name) + px(7), px(23)),
                anchor="w",
                image=look.images.icon(icon, 16, color, "bg"),
            )
