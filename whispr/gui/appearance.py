"""Keeps the look of the window as the settings want it: theme, scale, the file of a theme."""

from __future__ import annotations

import json
import tkinter
from collections.abc import Callable, Mapping
from pathlib import Path

from whispr.errors import ConfigError
from whispr.gui.emoji import emoji_are_safe
from whispr.gui.look import Look
from whispr.gui.scale import next_step, scale_of
from whispr.gui.settings_file import SettingsFile
from whispr.gui.themes import BUILT_IN, WatchedTheme
from whispr.gui.tokens import Theme

WATCH_MS = 1_000
Say = Callable[[str], object]


class Appearance:
    """One look, and what changes it.

    Args:
        say: shows a sentence to the person.
        system_is_dark: what the desktop prefers; None where it does not say.
    """

    def __init__(
        self,
        root: tkinter.Misc,
        settings: SettingsFile,
        *,
        environment: Mapping[str, str],
        say: Say,
        system_is_dark: Callable[[], bool | None],
    ) -> None:
        self._root = root
        self._settings = settings
        self._environment = environment
        self._say = say
        self._system_is_dark = system_is_dark
        self._watched: WatchedTheme | None = None
        self._rescaled: list[Callable[[], object]] = []
        self.look = Look(root, self._wanted(), self._scale(), emoji_safe=self._emoji_safe())
        self._timer = root.after(WATCH_MS, self._watch)

    def _emoji_safe(self) -> bool:
        known: dict[str, bool] = {}
        stored = self._settings.current.safe_emoji
        if stored:
            try:
                found = json.loads(stored)
            except ValueError:
                found = {}
            known = {str(key): value is True for key, value in dict(found).items()}
        windowing = str(self._root.tk.call("tk", "windowingsystem"))
        before = dict(known)
        safe = emoji_are_safe(windowing, known)
        if known != before:
            self._settings.change(safe_emoji=json.dumps(known))
        return safe

    def _scale(self) -> float:
        return scale_of(
            self._root,
            text_percent=self._settings.current.text_percent,
            gdk_scale=self._environment.get("GDK_SCALE", ""),
        )

    def _wanted(self) -> Theme:
        current = self._settings.current
        self._watched = None
        if current.follow_system and current.theme in BUILT_IN:
            is_dark = self._system_is_dark()
            if is_dark is not None:
                return BUILT_IN["dark" if is_dark else "light"]
        if current.theme in BUILT_IN:
            return BUILT_IN[current.theme]
        self._watched = WatchedTheme(Path(current.theme))
        return self._from_file() or BUILT_IN["light"]

    def _from_file(self) -> Theme | None:
        assert self._watched is not None, "only with a theme file"
        try:
            loaded = self._watched.poll()
        except ConfigError as error:
            self._say(f"Theme not changed: {error}")
            return None
        if loaded is not None and loaded.warnings:
            self._say(loaded.warnings[0])
        return None if loaded is None else loaded.theme

    def _watch(self) -> None:
        if self._watched is not None and self._settings.current.reload_themes:
            theme = self._from_file()
            if theme is not None:
                self.look.set_theme(theme)
        self._timer = self._root.after(WATCH_MS, self._watch)

    def on_rescale(self, call: Callable[[], object]) -> None:
        """Call after a change of size: what was laid out is laid out anew."""
        self._rescaled.append(call)

    def refresh(self) -> None:
        """The settings, or the system, may want another theme."""
        theme = self._wanted()
        if theme != self.look.theme:
            self.look.set_theme(theme)

    def choose_theme(self, theme: str) -> None:
        """`light`, `dark` or the path of a file, from now on."""
        self._settings.change(theme=theme, follow_system=False)
        self.refresh()

    def set_follow_system(self, follow: bool) -> None:
        """Let the desktop choose between light and dark."""
        self._settings.change(follow_system=follow)
        self.refresh()

    def set_text_percent(self, percent: int) -> None:
        """The size of everything."""
        if percent == self._settings.current.text_percent:
            return
        self._settings.change(text_percent=percent)
        self.look.set_scale(self._scale())
        for call in self._rescaled:
            call()

    def step(self, direction: int) -> None:
        """Larger (1), smaller (-1) or usual (0)."""
        now = self._settings.current.text_percent
        self.set_text_percent(next_step(now, direction) if direction else 100)

    def close(self) -> None:
        """Watch no longer."""
        self._root.after_cancel(self._timer)
