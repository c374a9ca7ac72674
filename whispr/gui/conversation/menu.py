"""What the menu of a message offers, by what the message is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from whispr.gui.conversation.grouping import needs_line

if TYPE_CHECKING:
    from whispr.gui.items import MessageItem

MenuAction = Literal[
    "copy",
    "copy_link",
    "reply",
    "details",
    "send_again",
    "open_copy",
    "save_as",
    "fetch",
    "cancel",
    "delete",
]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu; `action` None is a separator."""

    label: str = ""
    action: MenuAction | None = None
    shortcut: str = ""


SEPARATOR = MenuEntry()


def entries(item: MessageItem, *, link: str | None, has_selection: bool) -> list[MenuEntry]:
    """The lines of the menu, the most usual first; what cannot be done is not there."""
    found: list[MenuEntry] = []
    if item.text or has_selection:
        label = "Copy selection" if has_selection else "Copy"
        found.append(MenuEntry(label, "copy", "Ctrl+C"))
    if link:
        found.append(MenuEntry("Copy link", "copy_link"))
    found += _file_entries(item)
    if item.kind == "text":
        found.append(MenuEntry("Reply with quote", "reply"))
    if item.kind != "notice":
        found.append(MenuEntry("Message details", "details"))
    if needs_line(item):
        found.append(MenuEntry("Send again", "send_again"))
    return [*found, *([SEPARATOR] if found else []), MenuEntry("Delete here", "delete", "Delete")]


def _file_entries(item: MessageItem) -> list[MenuEntry]:
    if item.file is None:
        return []
    if item.file.state in ("saved", "sent"):
        return [MenuEntry("Open copy", "open_copy", "Enter"), MenuEntry("Save as…", "save_as")]
    if item.file.state in ("staged", "encrypting", "uploading", "downloading"):
        return [MenuEntry("Cancel transfer", "cancel")]
    if item.outgoing or item.file.state in ("gone", "broken"):
        return []
    return [MenuEntry("Download", "fetch", "Enter")]


def quoted(text: str, *, max_lines: int = 6, max_characters: int = 400) -> str:
    """The text as a quotation that stands above an answer."""
    lines = text.strip()[:max_characters].splitlines()
    cut = len(lines) > max_lines or len(text.strip()) > max_characters
    kept = [f"> {line}" for line in lines[:max_lines]]
    if kept and cut:
        kept[-1] += " …"
    return "\n".join(kept) + "\n" if kept else ""
