"""Every widget and icon of the desktop client in one window.

`python -m tools.gallery --theme dark` opens it; `--scale 2` draws for a dense
screen, `--dialog` opens the dialog, `--icons` shows the icons.
"""

from __future__ import annotations

import argparse
import tkinter
from tkinter import ttk

from whispr.gui.icons import ICONS
from whispr.gui.look import Look
from whispr.gui.themes import BUILT_IN
from whispr.gui.ticks import TICKS
from whispr.gui.widgets.avatar import Avatar
from whispr.gui.widgets.banner import Banner
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.dialog import Dialog
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.iconbutton import IconButton
from whispr.gui.widgets.identicon import Identicon
from whispr.gui.widgets.meter import Meter
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.pinfield import PinField
from whispr.gui.widgets.qr import QrCode
from whispr.gui.widgets.scrollframe import ScrollFrame
from whispr.gui.widgets.slider import Slider
from whispr.gui.widgets.textbutton import TextButton
from whispr.gui.widgets.toast import Toasts
from whispr.gui.widgets.toggle import Toggle

NAMES = ("Alice Archer", "Bob", "Echo Bot", "Carol Dane", "Dan", "Eve", "Frank Gold", "Grace Hill")


class IconSheet(Drawn):
    """Icons, ticks, rings and the logo."""

    def paint(self) -> None:
        """Draw them in rows."""
        look, step = self.look, self.look.px(40)
        columns = max(1, self.size_px[0] // step)
        pictures = [look.images.icon(name, 24, "text2", self.on) for name in ICONS]
        pictures += [look.images.tick(name, "accent_text", self.on) for name in TICKS]
        for level in (0, 5, 10, 20, 30, 40):
            pictures.append(look.images.ring(36, level, "accent", "border", "chip", self.on))
        pictures.append(look.images.logo(36, self.on))
        for index, picture in enumerate(pictures):
            row, column = divmod(index, columns)
            self.create_image(column * step + step // 2, row * step + step // 2, image=picture)


def row_of(parent: tkinter.Misc, style: str = "TFrame") -> ttk.Frame:
    """A row of the gallery."""
    frame = ttk.Frame(parent, style=style)
    frame.pack(anchor="w", fill="x", pady=8)
    return frame


def buttons(parent: tkinter.Misc, look: Look, on: str, prefix: str) -> None:
    """Every kind of button, and one that cannot be pressed."""
    row = row_of(parent, f"{prefix}TFrame")
    for kind in ("primary", "secondary", "danger", "link"):
        Button(row, kind.capitalize(), kind=kind, on=on).pack(side="left", padx=(0, look.px(10)))
    disabled = Button(row, "Disabled", kind="primary", on=on)
    disabled.set_enabled(False)
    disabled.pack(side="left", padx=(0, look.px(10)))
    TextButton(row, look, "Retry now", on=on).pack(side="left")


def controls(parent: tkinter.Misc, look: Look, on: str, prefix: str) -> None:
    """Switches, round buttons, a slider, choices."""
    row = row_of(parent, f"{prefix}TFrame")
    for value in (False, True):
        Toggle(row, look, value, on=on, name="Switch").pack(side="left", padx=(0, look.px(8)))
    for icon in ("search", "shield", "more"):
        IconButton(row, look, icon, tip=icon.capitalize(), on=on).pack(side="left")
    IconButton(row, look, "send", tip="Send", size=40, on=on, solid=True).pack(side="left")
    off = IconButton(row, look, "send", tip="Send", size=40, on=on, solid=True)
    off.set_enabled(False)
    off.pack(side="left", padx=(look.px(8), 0))
    Slider(row, look, (75, 100, 150, 200), 100, on=on, name="Text size").pack(
        side="left", padx=look.px(16)
    )
    choice = tkinter.StringVar(row, "name")
    for words in ("name", "nothing"):
        ttk.Radiobutton(
            row, text=words, variable=choice, value=words, style=f"{prefix}TRadiobutton"
        ).pack(side="left", padx=look.px(6))
    check = ttk.Checkbutton(row, text="check", style=f"{prefix}TCheckbutton")
    check.state(["!alternate", "selected"])
    check.pack(side="left")


def fields(parent: tkinter.Misc, look: Look, on: str) -> Field:
    """Fields in every state."""
    search = Field(
        *(parent, look),
        name="Search",
        placeholder="Search",
        icon="search",
        hint="Ctrl K",
        width=292,
        height=38,
        on=on,
    )
    search.pack(anchor="w", pady=4)
    pin = PinField(parent, look, on=on)
    pin.set("correct")
    pin.pack(anchor="w", pady=4)
    wrong = PinField(parent, look, on=on, placeholder="PIN")
    wrong.set_error(True)
    wrong.pack(anchor="w", pady=4)
    Note(parent, look, "Wrong PIN. 4 tries left before a 30 s wait.", on=on).pack(anchor="w")
    Note(
        *(parent, look, "Not on the list of common PINs"),
        icon="check",
        color="ok",
        text_color="text2",
        on=on,
    ).pack(anchor="w")
    meter = Meter(parent, look, width=320, on=on)
    meter.set(3)
    meter.pack(anchor="w", pady=6)
    return pin


def faces(parent: tkinter.Misc, look: Look, on: str, prefix: str) -> None:
    """Avatars and the pictures of the same keys."""
    row = row_of(parent, f"{prefix}TFrame")
    for number, name in enumerate(NAMES):
        key = bytes([number]) * 32
        Avatar(row, look, key, name, size=46, on=on).pack(side="left", padx=2)
        Identicon(row, look, key, on=on).pack(side="left", padx=(0, look.px(8)))


def dialog(window: tkinter.Tk, look: Look) -> Dialog:
    """The dialog with a bit of everything."""
    shown = Dialog(window, look, "Add a contact", width=900)
    body, inner = shown.body, shown.inner
    QrCode(body, inner, "whispr1:" + "kq7v9m3x5n2c8r4t" * 6, on="raised").pack(
        side="right", anchor="n"
    )
    left = ttk.Frame(body, style="Raised.TFrame")
    left.pack(side="left", fill="both", expand=True)
    ttk.Label(left, text="A dialog stands on a raised surface.", style="Raised.Dim.TLabel").pack(
        anchor="w"
    )
    fields(left, inner, "raised")
    buttons(left, inner, "raised", "Raised.")
    controls(left, inner, "raised", "Raised.")
    return shown


def build(window: tkinter.Tk, look: Look, *, icons: bool) -> None:
    """Everything on the surface of the window."""

    def dress() -> None:
        window.configure(background=look.color("bg"))

    look.follow(window, dress)
    dress()
    Banner(
        *(window, look, "No connection to relay.example.org. 2 messages will be sent later."),
        icon="wifioff",
        kind="danger",
        actions=[("Details", bool), ("Retry now", bool)],
    ).pack(fill="x")
    Banner(window, look, "You have not compared numbers yet.", icon="shieldx").pack(fill="x")
    frame = ScrollFrame(window, look)
    frame.pack(fill="both", expand=True, padx=look.px(20), pady=look.px(10))
    if icons:
        IconSheet(frame.body, look, height=400).pack(fill="both", expand=True)
        return
    ttk.Label(frame.body, text="Choose a PIN", font=look.font("h1")).pack(anchor="w")
    ttk.Label(frame.body, text="It encrypts your private keys.", style="Dim.TLabel").pack(
        anchor="w"
    )
    fields(frame.body, look, "bg").entry.focus_set()
    buttons(frame.body, look, "bg", "")
    controls(frame.body, look, "bg", "")
    faces(frame.body, look, "bg", "")


def main() -> None:
    """Open the window."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", choices=sorted(BUILT_IN), default="light")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--dialog", action="store_true")
    parser.add_argument("--icons", action="store_true")
    chosen = parser.parse_args()
    window = tkinter.Tk()
    look = Look(window, BUILT_IN[chosen.theme], chosen.scale)
    window.title("Widgets")
    window.geometry(f"{look.px(1000)}x{look.px(700)}+0+0")
    build(window, look, icons=chosen.icons)
    window.update()
    toasts = Toasts(window, look)
    toasts.show("Could not be sent.", "danger", actions=[("Details", bool)], duration_ms=0)
    toasts.show("Copied. Clears in 60 s", "ok", duration_ms=0)
    if chosen.dialog:
        dialog(window, look).open()
    window.mainloop()


if __name__ == "__main__":
    main()
