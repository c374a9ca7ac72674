"""What the card of a file says and offers in each state of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from whispr.gui.conversation.sizes import progress_words, size_words

if TYPE_CHECKING:
    from whispr.gui.items import FileItem

FileAction = Literal["fetch", "cancel", "open"]
RING_LEVELS = 40
"""A ring is drawn again at a fortieth of the whole, not at every block."""


@dataclass(frozen=True, slots=True)
class FileWords:
    """The card of a file."""

    icon: str
    line: str
    action: FileAction | None = None
    """What a click does; None: nothing."""
    ring_level: int | None = None
    """How far a transfer has come, of `RING_LEVELS`; None: no ring."""
    is_trouble: bool = False


def file_words(file: FileItem, *, outgoing: bool) -> FileWords:
    """The icon, the second line and what a click does."""
    size = size_words(file.size_bytes)
    match file.state:
        case "staged":
            return FileWords("clock", f"{size} · Waiting for the relay", "cancel")
        case "encrypting":
            return FileWords("lock", f"{size} · Encrypting", "cancel")
        case "uploading" | "downloading":
            line = progress_words(file.done_bytes, file.size_bytes)
            return FileWords("x", line, "cancel", ring_level(file))
        case "sent":
            return FileWords("file", f"{size} · Saved encrypted", "open")
        case "saved":
            return FileWords("file", f"{size} · Saved encrypted", "open")
        case "offered":
            return FileWords("download", f"{size} · Click to download", "fetch")
        case "refused":
            return FileWords("download", f"{size} · Not fetched yet. Click to download", "fetch")
        case "gone":
            return FileWords("clock", "No longer on the relay")
        case "broken":
            return FileWords(
                "alert", "Could not be decrypted: it may have been changed", is_trouble=True
            )
        case "failed":
            verb = "sent" if outgoing else "fetched"
            line = file.reason or f"Could not be {verb}"
            return FileWords("alert", line, None if outgoing else "fetch", is_trouble=True)


def ring_level(file: FileItem) -> int:
    """How far the transfer has come, in whole fortieths, never nothing at all."""
    share = file.done_bytes / file.size_bytes if file.size_bytes else 1.0
    return max(1, min(RING_LEVELS, int(share * RING_LEVELS)))
