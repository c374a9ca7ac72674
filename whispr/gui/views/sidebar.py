"""The left part of the main window: who I am, the search, the list, the connection."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Protocol

from whispr.gui.drawing import elided
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.state import AppState, FootLine
from whispr.gui.views.contactlist import ContactList, ListActions
from whispr.gui.views.foot import Foot
from whispr.gui.views.parts import surface
from whispr.gui.widgets.avatar import draw_avatar
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.iconbutton import IconButton

WIDTH, RAIL, HEAD = 316, 80, 64


class SidebarActions(ListActions, Protocol):
    """What the sidebar asks for."""

    def search(self, query: str) -> None:
        """Search everywhere; an empty query ends it."""

    def leave_search(self) -> None:
        """Back to the conversation."""

    def add_contact(self) -> None:
        """Add somebody."""

    def show_settings(self) -> None:
        """Show the settings."""

    def connection_action(self, action: str) -> None:
        """`Retry now` or `Use here` was pressed."""


class Me(Drawn):
    """The own avatar and name."""

    def __init__(self, parent: tkinter.Misc, look: Look) -> None:
        self._identity, self._called = b"", ""
        self.is_rail = False
        super().__init__(parent, look, width=190, height=HEAD, on="sidebar")

    def show(self, identity: bytes, name: str) -> None:
        """This is me."""
        if (identity, name) != (self._identity, self._called):
            self._identity, self._called = identity, name
            self.redraw()

    def paint(self) -> None:
        """Draw them."""
        look, px = self.look, self.look.px
        left = (self.size_px[0] - px(36)) // 2 if self.is_rail else px(16)
        draw_avatar(self, look, left, px(14), 36, self._identity, self._called, self.on)
        if self.is_rail:
            return
        self.create_text(
            *(px(64), px(25)),
            anchor="w",
            text="Whispr",
            font=look.font("title"),
            fill=look.color("text"),
        )
        font = look.font("small")
        name = one_line(self._called, emoji_safe=look.emoji_safe)
        self.create_text(
            *(px(64), px(43)),
            anchor="w",
            text=elided(name, self.size_px[0] - px(64), font.measure),
            font=font,
            fill=look.color("text2"),
        )


class Sidebar(tkinter.Frame):
    """Everything on the left."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: SidebarActions,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        super().__init__(parent, bd=0, width=look.px(WIDTH), background=look.color("sidebar"))
        self.pack_propagate(False)
        self._look = look
        self._actions = actions
        self._is_rail = False
        px = look.px
        self._head = surface(self, "sidebar")
        self._head.pack(fill="x")
        self.me = Me(self._head, look)
        self.me.pack(side="left", fill="x", expand=True)
        self.settings = IconButton(
            *(self._head, look, "settings", actions.show_settings), tip="Settings", on="sidebar"
        )
        self.add = IconButton(
            *(self._head, look, "plus", actions.add_contact),
            tip="Add a contact",
            icon_size=22,
            on="sidebar",
        )
        self.field = Field(
            *(self, look),
            name="Search",
            placeholder="Search",
            icon="search",
            hint="Ctrl K",
            height=38,
            on="sidebar",
            max_characters=200,
            changed=actions.search,
            submitted=self._search_done,
        )
        self.foot = Foot(self, look, actions.connection_action)
        self.foot.pack(side="bottom", fill="x")
        self.list = ContactList(self, look, actions, clock_ms=clock_ms)
        self._arrange()
        for key, step in (("Up", -1), ("Down", 1)):
            self.field.entry.bind(f"<{key}>", self._mover(step))
        self.field.entry.bind("<Escape>", self._leave)
        look.follow(self, lambda: self.configure(background=look.color("sidebar")))
        self.add.pack(side="left")
        self.settings.pack(side="left", padx=(0, px(10)))

    def _arrange(self) -> None:
        px = self._look.px
        self.list.pack_forget()
        self.field.pack_forget()
        if not self._is_rail:
            self.field.pack(fill="x", padx=px(12), pady=(0, px(10)))
        self.list.pack(fill="both", expand=True)

    def set_rail(self, is_rail: bool) -> None:
        """Only avatars, where the window is narrow."""
        if is_rail == self._is_rail:
            return
        self._is_rail = is_rail
        self.configure(width=self._look.px(RAIL if is_rail else WIDTH))
        for button in (self.add, self.settings):
            button.pack_forget()
            if not is_rail:
                button.pack(
                    side="left", padx=(0, self._look.px(10 if button is self.settings else 0))
                )
        self.me.is_rail = self.foot.is_rail = is_rail
        self.me.set_size(width=RAIL if is_rail else 190)
        self._arrange()
        self.list.set_rail(is_rail)
        self.me.redraw()
        self.foot.redraw()

    def show(self, state: AppState) -> None:
        """Show a state."""
        self.me.show(state.own.identity, state.own.name)
        self.list.show(state)

    def show_foot(self, line: FootLine) -> None:
        """Say how the connection is."""
        self.foot.show(line)

    def focus_search(self) -> None:
        """Begin to search."""
        self.field.focus_set()
        self.field.entry.selection_range(0, "end")

    def end_search(self) -> None:
        """Empty the search."""
        if self.field.get():
            self.field.clear()

    def _search_done(self) -> None:
        if self.list.open_ring():
            self.end_search()

    def _mover(self, step: int) -> Callable[[object], str]:
        def move(_event: object) -> str:
            self.list.move(step)
            return "break"

        return move

    def _leave(self, _event: object) -> str:
        self.end_search()
        self._actions.leave_search()
        return "break"
