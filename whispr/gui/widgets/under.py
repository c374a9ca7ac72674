"""Which colour a point of a window has: what shows in the round corners of what lies above."""

from __future__ import annotations

import tkinter


def corner_colors(
    above: tkinter.Misc, left_px: int, top_px: int, width_px: int, height_px: int, fallback: str
) -> tuple[str, ...]:
    """The colours that corners of a widget would cover, clockwise from the upper left one."""
    right_px, bottom_px = left_px + width_px, top_px + height_px
    places = [(left_px, top_px), (right_px, top_px), (right_px, bottom_px), (left_px, bottom_px)]
    return tuple(color_at(above, *place, fallback) for place in places)


def color_at(above: tkinter.Misc, left_px: int, top_px: int, fallback: str) -> str:
    """The `#rrggbb` that is drawn below a widget, at a place of the window it is placed on."""
    window = above.master
    if window is None:
        return fallback
    across, down = window.winfo_rootx() + left_px, window.winfo_rooty() + top_px
    widget = _widget_at(window, across, down, above)
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


def _widget_at(window: tkinter.Misc, across: int, down: int, above: tkinter.Misc) -> tkinter.Misc:
    """The innermost widget at a place of the screen; later children lie above earlier ones."""
    for child in reversed(window.winfo_children()):
        left, top = child.winfo_rootx(), child.winfo_rooty()
        if (
            child is not above
            and child.winfo_ismapped()
            and not isinstance(child, tkinter.Toplevel | tkinter.Menu)
            and left <= across < left + child.winfo_width()
            and top <= down < top + child.winfo_height()
        ):
            return _widget_at(child, across, down, above)
    return window


def _item_color(canvas: tkinter.Canvas, across: int, down: int) -> str:
    left, top = canvas.canvasx(across), canvas.canvasy(down)
    for item in reversed(canvas.find_overlapping(left, top, left, top)):
        if str(canvas.type(item)) == "rectangle":
            color = str(canvas.tk.call(canvas, "itemcget", item, "-fill"))
            if color.startswith("#") and len(color) == 7:
                return color
    return ""
