"""What the desktop prefers: light or dark."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence

QUERY_SECONDS = 0.5
_GSETTINGS = ("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
_DEFAULTS = ("defaults", "read", "-g", "AppleInterfaceStyle")
_REGISTRY = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"

Which = Callable[[str], str | None]
Ask = Callable[[Sequence[str]], str | None]


def ask(command: Sequence[str]) -> str | None:
    """What a command prints; None where it fails or does not answer."""
    try:
        done = subprocess.run(
            list(command), capture_output=True, timeout=QUERY_SECONDS, check=False, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else ""


def system_is_dark(which: Which, platform: str = sys.platform, query: Ask = ask) -> bool | None:
    """Whether the desktop prefers dark; None where it does not say."""
    if platform == "win32":
        return _registry_is_dark()
    if platform == "darwin":
        said = query(_DEFAULTS)
        return None if said is None else "dark" in said.lower()
    if not which("gsettings"):
        return None
    said = query(_GSETTINGS)
    return "dark" in said if said else None


def _registry_is_dark() -> bool | None:
    registry = importlib.import_module("winreg")
    try:
        with registry.OpenKey(registry.HKEY_CURRENT_USER, _REGISTRY) as key:
            light, _kind = registry.QueryValueEx(key, "AppsUseLightTheme")
    except OSError:
        return None
    return not light
