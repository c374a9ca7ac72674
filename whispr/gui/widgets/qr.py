"""A QR code, always dark on white with its quiet zone."""

from __future__ import annotations

import tkinter

import segno
from segno import encoder

from whispr.gui.drawing import draw_outlined
from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Drawn

DARK, WHITE = "#111118", "#ffffff"
QUIET_MODULES = 4
"""ISO/IEC 18004: four modules of white on each side; here the white box itself gives them."""


def modules_of(text: str) -> tuple[bytes, ...] | None:
    """The rows of the code, a byte for each module, 1 is dark; None for too long a text."""
    try:
        return tuple(bytes(row) for row in segno.make(text, error="m", micro=False).matrix)
    except encoder.DataOverflowError:
        return None


def picture(modules: tuple[bytes, ...], pixels: int) -> bytes:
    """The code without quiet zone as binary PPM, `pixels` for each module."""
    inks = (bytes.fromhex(WHITE[1:]) * pixels, bytes.fromhex(DARK[1:]) * pixels)
    rows = (b"".join(inks[module] for module in row) * pixels for row in modules)
    side = len(modules) * pixels
    return b"P6 %d %d 255 " % (side, side) + b"".join(rows)


class QrCode(Drawn):
    """A white box of `size` design pixels with the code as large as whole pixels allow."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, text: str, *, size: float = 220, on: str = "bg"
    ) -> None:
        self._modules = modules_of(text)
        self._picture: tkinter.PhotoImage | None = None
        self._size = size
        super().__init__(parent, look, width=size, height=size, on=on)

    @property
    def is_drawn(self) -> bool:
        """Whether the text fits into a code at all."""
        return self._modules is not None

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._modules = modules_of(text)
        self.redraw()

    def paint(self) -> None:
        """The white box and the code in it."""
        look, side = self.look, self.look.px(self._size)
        area, line = (0, 0, side, side), max(1, look.px(1))
        draw_outlined(self, look, area, look.px(14), WHITE, "border", self.on, line)
        if self._modules is None:
            self.create_text(
                side // 2,
                side // 2,
                text="Too long for a QR code",
                font=look.font("small"),
                fill=DARK,
            )
            return
        pixels = max(1, side // (len(self._modules) + 2 * QUIET_MODULES))
        data = picture(self._modules, pixels)
        self._picture = tkinter.PhotoImage(master=self, data=data)
        self.create_image(side // 2, side // 2, image=self._picture)
