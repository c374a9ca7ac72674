"""Which colour a point of a window has: what shows in the round corners of what lies above."""

from __future__ import annotations

import tkinter


def corner_colors(
    window: tkinter.Misc, left_px: int, top_px: int, width_px: int, height_px: int, fallback: str
) -> tuple[str, ...]:
    """The colours under the corners of a box, clockwise from the upper left one."""
    right_px, bottom_px = left_px + width_px, top_px + height_px
    places = [(left_px, top_px), (right_px, top_px), (right_px, bottom_px), (left_px, bottom_px)]
    return tuple(color_at(window, *place, fallback) for place in places)


def color_at(window: tkinter.Misc, left_px: int, top_px: int, fallback: str) -> str:
    """The `#rrggbb` drawn at a place of a window, as far as the widgets can tell."""
    across, down = window.winfo_rootx() + left_px, window.winfo_rooty() + top_px
    widget = window.winfo_containing(across, down)
    if widget is None:
        return fallback
    if isinstance(widget, tkinter.Canvas):
        color = _item_color(widget, across - widget.winfo_rootx(), down - widget.winfo_rooty())
        if color:
            return color
    try:
        ground = str(widget.cget("background"))
        red, green, blue = (part >> 8 for part in widget.winfo_rgb(ground))
    except tkinter.TclError:
        return fallback
    return f"#{red:02x}{green:02x}{blue:02x}"


def _item_color(canvas: tkinter.Canvas, across: int, down: int) -> str:
    left, top = canvas.canvasx(across), canvas.canvasy(down)
    for item in reversed(canvas.find_overlapping(left, top, left, top)):
        if str(canvas.type(item)) == "rectangle":
            color = str(canvas.tk.call(canvas, "itemcget", item, "-fill"))
            if color.startswith("#") and len(color) == 7:
                return color
    return ""
