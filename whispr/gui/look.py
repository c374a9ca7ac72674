"""What every view is handed to draw with: theme, scale, fonts and pictures, and their changes."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import font as tkfont

from whispr.gui.fonts import Fonts
from whispr.gui.images import Images
from whispr.gui.style import Style
from whispr.gui.tokens import LIGHT, Theme, mix, quiet_ground, shade_of

Redraw = Callable[[], object]


class Look:
    """The look of one window.

    A dialog draws with `overlay`, which keeps its colours while `set_scrim` puts the window behind
    it in the shade. Fonts resize in place; everything else asks again when its callback is called.
    """

    def __init__(
        self,
        root: tkinter.Misc,
        theme: Theme = LIGHT,
        scale: float = 1.0,
        *,
        family: str | None = None,
        emoji_safe: bool = True,
        above: Look | None = None,
    ) -> None:
        self.root = root
        self.scale = scale
        self.emoji_safe = emoji_safe
        self.theme = theme
        """The colours to draw with: dimmed while a dialog is open above."""
        self._family = family
        self._plain = theme
        self._scrims = 0
        self._subscribers: list[Redraw] = []
        self._overlay: Look | None = None
        self.fonts: Fonts = above.fonts if above else Fonts(root, self.px, family)
        self.images: Images = Images(
            root, self.color, self.shaded, self.px, above.images.covered if above else None
        )
        self._style = None if above else Style(root)
        self._restyle()

    def px(self, length: float) -> int:
        """Design pixels in pixels of the screen."""
        return round(length * self.scale)

    def font(self, role: str) -> tkfont.Font:
        """The font of a role of `fonts.ROLES`."""
        return self.fonts[role]

    def color(self, token: str) -> str:
        """`#rrggbb` of a token; what begins with `#` is a colour already."""
        return token if token.startswith("#") else self.theme[token]

    def shaded(self, color: str) -> str:
        """A colour of no token, such as that of an avatar, in the light that falls here."""
        return mix(color, "#000000", shade_of(self._plain)) if self.is_shaded else color

    def quiet(self, on: str) -> str:
        """The ground of fields and plain buttons on a surface, `#rrggbb`."""
        return quiet_ground(self.theme, self.color(on))

    @property
    def line_px(self) -> int:
        """The height of a line of message text."""
        return self.fonts["body"].metrics("linespace") + self.px(2)

    @property
    def overlay(self) -> Look:
        """The look of what stands above this one's windows."""
        if self._overlay is None:
            self._overlay = Look(
                self.root, self._plain, self.scale, emoji_safe=self.emoji_safe, above=self
            )
        return self._overlay

    def subscribe(self, redraw: Redraw) -> Callable[[], None]:
        """Call `redraw` after every change of theme or scale; returns how to stop that."""
        self._subscribers.append(redraw)

        def stop() -> None:
            if redraw in self._subscribers:
                self._subscribers.remove(redraw)

        return stop

    def follow(self, widget: tkinter.Misc, redraw: Redraw) -> None:
        """`subscribe` for as long as the widget lives."""
        stop = self.subscribe(redraw)

        def gone(event: tkinter.Event[tkinter.Misc]) -> None:
            if event.widget is widget:
                stop()

        widget.bind("<Destroy>", gone, add="+")

    def set_theme(self, theme: Theme) -> None:
        """Change the colours of everything."""
        self._plain = theme
        self._change()

    def set_scale(self, scale: float) -> None:
        """Change the size of everything."""
        self.scale = scale
        self.fonts.apply(self.px, self._family)
        self._change()

    def set_family(self, family: str | None) -> None:
        """Change the typeface of everything."""
        self._family = family
        self.fonts.apply(self.px, family)
        self._change()

    def set_scrim(self, on: bool) -> None:
        """Put what is drawn with this look in the shade, or back into the light; calls nest."""
        before, self._scrims = self._scrims, max(0, self._scrims + (1 if on else -1))
        if bool(before) != bool(self._scrims):
            self._redraw()

    @property
    def is_shaded(self) -> bool:
        """Whether a dialog is open above what is drawn with this look."""
        return self._scrims > 0

    def _change(self) -> None:
        self._redraw()
        if self._overlay is not None:
            self._overlay.scale = self.scale
            self._overlay.set_theme(self._plain)

    def _redraw(self) -> None:
        self.theme = self._plain.dimmed() if self._scrims else self._plain
        # Dropped only after everybody drew again: until then the old pictures are on the screen.
        _old = self.images.swap()
        self._restyle()
        for redraw in list(self._subscribers):
            redraw()

    def _restyle(self) -> None:
        if self._style is not None:
            self._style.apply(self.theme, self._plain, self.fonts, self.px)
