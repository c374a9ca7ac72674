"""`HostReach`: who may use a relay that is hosted on this computer."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import ttk

from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.button import PREFIXES
from whispr.gui.widgets.toggle import Toggle

ALONE = "Only this computer can use it: to try Whispr out with two windows."
_TOGGLE_PX = 70


class HostReach(ttk.Frame):
    """A switch between "only this computer" and "others on this network"; off at first.

    Args:
        address: what others on the network call this computer.
        chosen: hears the address when others may use the relay, an empty text when not.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        address: str,
        chosen: Callable[[str], object],
        *,
        width: int,
    ) -> None:
        super().__init__(parent, style=f"{PREFIXES['bg']}TFrame")
        self._address, self._chosen = address, chosen
        self.toggle = Toggle(self, look, False, self._changed, name="Others on this network")
        self.toggle.pack(side="right", anchor="n")
        said = surface(self)
        said.pack(side="left", fill="x")
        words(said, look, "Others on this network", font="small_bold").pack(anchor="w")
        self.detail = words(said, look, ALONE, font="small", tone="Dim", wrap=width - _TOGGLE_PX)
        self.detail.pack(anchor="w")

    @property
    def text(self) -> str:
        """What the switch means now."""
        return str(self.detail.cget("text"))

    def _changed(self, is_open: bool) -> None:
        self.detail.configure(text=network_words(self._address) if is_open else ALONE)
        self._chosen(self._address if is_open else "")


def network_words(address: str) -> str:
    """What hosting for others means."""
    return (
        f"It listens on every address of this computer; your card names {address}. For friends"
        " elsewhere, forward its port on your router: Whispr does not do that for you."
    )
