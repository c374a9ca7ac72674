"""The settings: pages on the left, what can be set on the right; changes apply at once."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence

from whispr.gui.drawing import draw_box
from whispr.gui.look import Look
from whispr.gui.views.parts import surface
from whispr.gui.views.settingparts import SettingsActions
from whispr.gui.views.settingspages import PAGES
from whispr.gui.widgets.drawn import Pressable
from whispr.gui.widgets.tooltip import Tooltip

WIDTH, NAV, PAGE = 760, 180, 462
NARROW_NAV, MARGIN = 43, 24
HEIGHT = 430


class NavEntry(Pressable):
    """One page to choose."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        icon: str,
        text: str,
        chosen: Callable[[], object],
        *,
        is_narrow: bool = False,
    ) -> None:
        self._icon, self._text = icon, text
        self._is_narrow = is_narrow
        self.is_current = False
        width = NARROW_NAV if is_narrow else NAV
        super().__init__(parent, look, chosen, width=width, height=38, on="raised", name=text)
        if is_narrow:
            self.tooltip = Tooltip(self, look, text)

    def paint(self) -> None:
        """A box where it is chosen or hovered, icon and name."""
        look, (width, height), px = self.look, self.size_px, self.look.px
        ground = "raised"
        if self.is_current or self.is_hovered or self.has_focus:
            ground = "selected" if self.is_current else "hover"
            draw_box(self, look, (0, 0, width, height), px(10), ground, "raised")
        ink = "accent_text" if self.is_current else "text2"
        picture = look.images.icon(self._icon, 19, ink, ground)
        self.create_image(px(12), height // 2, anchor="w", image=picture)
        if self._is_narrow:
            return
        self.create_text(
            *(px(42), height // 2),
            anchor="w",
            text=self._text,
            font=look.font("ui_bold" if self.is_current or self.has_focus else "ui"),
            fill=look.color("text"),
        )


class SettingsView:
    """The pages."""

    def __init__(self, parent: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
        self._look = look
        self._actions = actions
        px = look.px
        nav = surface(parent, "raised")
        nav.grid(row=0, column=0, sticky="nw", padx=(0, px(26)))
        self._page = surface(parent, "raised")
        self._page.grid(row=0, column=1, sticky="new")
        parent.columnconfigure(1, weight=1, minsize=px(PAGE))
        parent.rowconfigure(0, minsize=px(HEIGHT))
        # Where there is no room for both, the pages keep their width and their names are tips.
        is_narrow = parent.winfo_toplevel().winfo_width() < px(WIDTH + 2 * MARGIN)
        self.entries: list[NavEntry] = []
        for place, (name, icon, _build) in enumerate(PAGES):
            entry = NavEntry(
                *(nav, look, icon, name, lambda place=place: self.show(place)),
                is_narrow=is_narrow,
            )
            entry.pack(pady=(0, px(4)))
            self.entries.append(entry)
        self.current = -1
        self.show(0)

    @property
    def first(self) -> tkinter.Misc:
        """What gets the focus."""
        return self.entries[0]

    @property
    def names(self) -> Sequence[str]:
        """Of the pages."""
        return [name for name, _icon, _build in PAGES]

    def show(self, place: int) -> None:
        """Show a page."""
        self.current = place
        for number, entry in enumerate(self.entries):
            entry.is_current = number == place
            entry.redraw()
        for child in self._page.winfo_children():
            child.destroy()
        PAGES[place][2](self._page, self._look, self._actions)
