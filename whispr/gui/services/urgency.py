"""Says outside of the window that something is unread: its title and its icon carry the number."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look

ICON_PIXELS = 64
BADGE_PIXELS = 24


class Urgency:
    """Title and icon of one window."""

    def __init__(self, root: tkinter.Tk, look: Look) -> None:
        self._root = root
        self._look = look
        self._title = ""
        self._unread: bool | None = None
        self._icon: tkinter.PhotoImage | None = None

    def show(self, title: str, unread: bool) -> None:
        """Set both; nothing happens when they are so already."""
        if title != self._title:
            self._title = title
            self._root.title(title)
        if unread != self._unread:
            self._unread = unread
            self._set_icon(unread)

    def _set_icon(self, unread: bool) -> None:
        images = self._look.images
        icon = tkinter.PhotoImage(master=self._root)
        icon.tk.call(icon.name, "copy", images.logo(ICON_PIXELS, "bg").name)
        if unread:
            disc = images.disc(BADGE_PIXELS, "danger", "accent")
            place = icon.width() - disc.width()
            icon.tk.call(icon.name, "copy", disc.name, "-to", place, 0)
        self._root.iconphoto(True, icon)
        self._icon = icon
