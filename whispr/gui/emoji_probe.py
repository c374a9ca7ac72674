"""Draws emoji in a window nobody sees and ends well, or ends badly where libXft is too old."""

from __future__ import annotations

import tkinter

from whispr.gui.emoji import SAMPLE
from whispr.gui.fonts import EMOJI_FAMILIES


def main() -> None:
    """Draw the sample in every font that may have it."""
    root = tkinter.Tk()
    root.overrideredirect(True)
    root.geometry("120x60+0+0")
    canvas = tkinter.Canvas(root, width=120, height=60)
    canvas.pack()
    for row, family in enumerate((*EMOJI_FAMILIES, "TkDefaultFont")):
        canvas.create_text(4, 8 + 14 * row, anchor="w", text=SAMPLE, font=(family, -14))
    root.update()
    # The answer of the X server comes later than the request that it refuses.
    root.winfo_pointerxy()
    root.update()
    root.destroy()


if __name__ == "__main__":
    main()
