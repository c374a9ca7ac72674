"""The ttk theme, made of tokens: every ttk widget changes its colours without being asked.

Three surfaces have their own style prefix: the window (none), `Side.` (the contact list) and
`Raised.` (dialogs). On each there are `TFrame`, `TLabel`, `Dim.TLabel`, `Faint.TLabel`,
`Danger.TLabel`, `Ok.TLabel`, `Accent.TLabel`, `Primary.TButton`, `Secondary.TButton`,
`Danger.TButton`, `Link.TButton`, `TRadiobutton` and `TCheckbutton`; `Line.TFrame` is a separator.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Mapping
from tkinter import ttk
from typing import Final

from whispr.gui import raster
from whispr.gui.fonts import Fonts
from whispr.gui.icons import ICONS
from whispr.gui.tokens import mix, quiet_ground

Colors = Mapping[str, str]
Px = Callable[[float], int]

SURFACES: Final = {"": "bg", "Side.": "sidebar", "Raised.": "raised"}
"""Style prefix -> token of the surface."""

_RADIUS = 9
_RING = 2
_INDICATOR = 18


class Style:
    """Keeps the ttk theme of one Tk in step with a theme, a scale and its fonts."""

    def __init__(self, root: tkinter.Misc) -> None:
        self._root = root
        self._ttk = ttk.Style(root)
        self._painted = {str(name) for name in root.image_names()}
        self._covered: dict[tuple[float, ...], bytes] = {}

    def apply(self, window: Colors, raised: Colors, fonts: Fonts, px: Px) -> None:
        """Set all colours and sizes; `raised` are the colours of dialogs, which differ from those
        of the window while it stands in the shade.

        The sizes of ttk elements cannot change, so every scale is a ttk theme of its own; within
        one the pictures of the elements get new data and Tk repaints what uses them.
        """
        theme = f"whispr-{px(1000)}"
        known = theme in self._ttk.theme_names()
        for prefix, surface in SURFACES.items():
            colors = raised if prefix == "Raised." else window
            for name, data in _button_pictures(colors, colors[surface], px, self._coverage):
                self._paint(f"{theme}-{prefix}{name}", data)
            for name, data in _indicator_pictures(colors, colors[surface], px, self._coverage):
                self._paint(f"{theme}-{prefix}{name}", data)
        if not known:
            self._ttk.theme_create(theme, parent="clam")
        if self._ttk.theme_use() != theme:
            self._ttk.theme_use(theme)
        if not known:
            for prefix in SURFACES:
                self._lay_out(f"{theme}-{prefix}", prefix, px)
        self._configure_common(window, fonts, px)
        for prefix, surface in SURFACES.items():
            colors = raised if prefix == "Raised." else window
            self._configure(prefix, colors, colors[surface], fonts, px)

    def _paint(self, name: str, data: bytes) -> None:
        # They belong to Tk, not to an object here: elements need them as long as Tk lives.
        if name in self._painted:
            self._root.tk.call(name, "configure", "-data", data)
        else:
            self._root.tk.call("image", "create", "photo", name, "-data", data)
            self._painted.add(name)

    def _coverage(self, side: int, inset: float, radius: float) -> bytes:
        key = (side, inset, radius)
        if key not in self._covered:
            shape = raster.rounded_box(
                *(inset, inset, side - inset, side - inset), max(0, radius - inset)
            )
            self._covered[key] = raster.coverage(side, side, shape)
        return self._covered[key]

    def _lay_out(self, pictures: str, prefix: str, px: Px) -> None:
        """Elements and layouts of one surface, once for each scale."""
        for kind, style in _BUTTONS.items():
            element, base = f"{pictures}{style}.box", f"{pictures}{kind}"
            self._ttk.element_create(
                element,
                "image",
                base,
                ("disabled", f"{base}-off"),
                ("pressed", f"{base}-over"),
                ("focus", f"{base}-focus"),
                ("active", f"{base}-over"),
                border=px(_RADIUS),
                sticky="nsew",
                padding=(px(14), px(8)),
            )
            label = f"{prefix}Button.label"
            self._ttk.layout(
                f"{prefix}{style}.TButton",
                [(element, {"sticky": "nsew", "children": [(label, {"sticky": "nsew"})]})],
            )
        for kind in ("Radio", "Check"):
            element, base = f"{pictures}{kind}.mark", f"{pictures}{kind.lower()}"
            self._ttk.element_create(
                element,
                "image",
                base,
                ("selected", "focus", f"{base}-on-focus"),
                ("selected", f"{base}-on"),
                ("focus", f"{base}-focus"),
                sticky="w",
            )
            self._ttk.layout(
                f"{prefix}T{kind}button",
                [
                    (element, {"side": "left", "sticky": ""}),
                    (
                        f"{kind}button.padding",
                        {"side": "left", "children": [(f"{kind}button.label", {"sticky": "nsew"})]},
                    ),
                ],
            )

    def _configure_common(self, colors: Colors, fonts: Fonts, px: Px) -> None:
        self._ttk.configure(
            ".",
            background=colors["bg"],
            foreground=colors["text"],
            font=fonts["ui"],
            borderwidth=0,
            focuscolor=colors["focus"],
            selectbackground=colors["sel_bg"],
            selectforeground=colors["sel_text"],
            insertcolor=colors["text"],
            insertwidth=max(1, px(2)),
            troughcolor=colors["bg"],
        )
        self._ttk.configure("Line.TFrame", background=colors["border"])

    def _configure(self, prefix: str, colors: Colors, surface: str, fonts: Fonts, px: Px) -> None:
        configure = self._ttk.configure
        configure(f"{prefix}TFrame", background=surface)
        configure(f"{prefix}Line.TFrame", background=colors["border"])
        for kind, token in _LABELS.items():
            configure(f"{prefix}{kind}TLabel", background=surface, foreground=colors[token])
        for kind, style in _BUTTONS.items():
            name, ink = f"{prefix}{style}.TButton", colors[_INK[kind]]
            configure(
                name, background=surface, foreground=ink, font=fonts["ui_bold"], anchor="center"
            )
            faint = mix(ink, _fill(colors, surface, kind, "-off"), 0.5)
            self._ttk.map(name, foreground=[("disabled", faint)], background=[("active", surface)])
        configure(f"{prefix}Link.TButton", font=fonts["small_bold"])
        for kind in ("TRadiobutton", "TCheckbutton"):
            configure(
                f"{prefix}{kind}",
                background=surface,
                foreground=colors["text"],
                padding=(px(8), px(2), 0, px(2)),
            )
            self._ttk.map(
                f"{prefix}{kind}",
                background=[("active", surface)],
                foreground=[("disabled", colors["text3"])],
            )


_BUTTONS: Final = {
    "primary": "Primary",
    "secondary": "Secondary",
    "danger": "Danger",
    "link": "Link",
}
_INK: Final = {
    "primary": "on_accent",
    "secondary": "text",
    "danger": "danger",
    "link": "accent_text",
}
_LABELS: Final = {
    "": "text",
    "Dim.": "text2",
    "Faint.": "text3",
    "Danger.": "danger",
    "Ok.": "ok",
    "Accent.": "accent_text",
}

_Coverage = Callable[[int, float, float], bytes]


def _fill(colors: Colors, surface: str, kind: str, state: str) -> str:
    plain = {
        "primary": colors["accent"],
        "secondary": quiet_ground(colors, surface),
        "danger": colors["danger_bg"],
        "link": surface,
    }[kind]
    over = {
        "primary": colors["accent_hover"],
        "secondary": mix(quiet_ground(colors, surface), colors["text"], 0.07),
        "danger": mix(colors["danger_bg"], colors["danger"], 0.12),
        "link": colors["hover"],
    }[kind]
    if state == "-off":
        return mix(plain, surface, 0.55)
    return over if state == "-over" else plain


def _button_pictures(
    colors: Colors, surface: str, px: Px, coverage: _Coverage
) -> list[tuple[str, bytes]]:
    side, radius, ring = 2 * px(_RADIUS) + px(4), px(_RADIUS), max(1, px(_RING))
    box = coverage(side, 0, radius)
    made = []
    for kind in _BUTTONS:
        for state in ("", "-over", "-off", "-focus"):
            fill = _fill(colors, surface, kind, state)
            layers = [(box, fill)]
            if state == "-focus":
                # A gap in the colour of the surface keeps the ring apart from a filled button.
                inner = coverage(side, ring, radius)
                layers = [(box, colors["focus"]), (inner, surface), (inner, fill)]
                if kind == "primary":
                    layers[-1] = (coverage(side, ring + max(1, px(1.5)), radius), fill)
            made.append((kind + state, raster.layered_ppm(layers, side, side, surface)))
    return made


def _indicator_pictures(
    colors: Colors, surface: str, px: Px, coverage: _Coverage
) -> list[tuple[str, bytes]]:
    side, ring = px(_INDICATOR), max(1, px(1.6))
    check = raster.coverage(side, side, raster.scaled(ICONS["check"](), side / 24))
    made = []
    for kind, radius in (("radio", side / 2), ("check", float(px(5)))):
        box, inner = coverage(side, 0, radius), coverage(side, ring, radius)
        dot = coverage(side, side * 0.31, radius)
        for state in ("", "-on", "-focus", "-on-focus"):
            edge = colors["focus"] if "focus" in state else colors["text3"]
            if "-on" not in state:
                layers = [(box, edge), (inner, surface)]
            elif kind == "radio":
                edge = colors["focus"] if "focus" in state else colors["accent"]
                layers = [(box, edge), (inner, surface), (dot, colors["accent"])]
            else:
                edge = colors["focus"] if "focus" in state else colors["accent"]
                layers = [(box, edge), (inner, colors["accent"]), (check, colors["on_accent"])]
            made.append((kind + state, raster.layered_ppm(layers, side, side, surface)))
    return made
