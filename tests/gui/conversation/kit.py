"""Messages, metrics and a recorder of actions for the tests of the conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from whispr.gui.conversation.measure import Measurer
from whispr.gui.items import FileItem, FileState, MessageItem
from whispr.gui.textlayout import Kind, Typesetter

NOON_MS = 1_780_315_200_000
"""Monday, 1 June 2026, 12:00 UTC."""
MINUTE_MS = 60_000


def text_item(message_id: int, text: str = "", **changes: object) -> MessageItem:
    """A message of ours or theirs, one minute after the one with the id before."""
    at = NOON_MS + message_id * MINUTE_MS
    item = MessageItem(
        message_id=message_id,
        contact_id=1,
        outgoing=False,
        kind="text",
        text=text or f"message {message_id}",
        sent_at_ms=at,
        stored_at_ms=at,
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def file_item(message_id: int, state: FileState, **changes: object) -> MessageItem:
    """A message that carries a file."""
    file = FileItem("report.pdf", 842_000, state)
    for name in ("name", "size_bytes", "done_bytes", "preview", "reason"):
        if name in changes:
            file = replace(file, **{name: changes.pop(name)})  # type: ignore[arg-type]
    item = text_item(message_id, **{"kind": "file", "file": file, **changes})
    return replace(item, text="")


def items_of(count: int, start: int = 1) -> list[MessageItem]:
    """Messages of both sides, the last one with the highest id."""
    return [
        text_item(number, outgoing=number % 3 == 0, fate="delivered" if number % 3 == 0 else None)
        for number in range(start, start + count)
    ]


class Metrics:
    """Every character is 8 pixels wide, every line 20 high; nothing is scaled."""

    def px(self, length: float) -> int:
        return round(length)

    def width(self, role: str, text: str) -> int:
        return len(text) * (48 if role == "jumbo" else 8)

    def line_height(self, role: str) -> int:
        return 60 if role == "jumbo" else 20


def typesetter() -> Typesetter:
    """Lines of characters that are 8 pixels wide."""

    def measure(_kind: Kind, text: str) -> int:
        return len(text) * 8

    return Typesetter(measure)


def measurer(width: int = 800) -> Measurer:
    """Measures rows for a view of that width without a window."""
    made = Measurer(Metrics(), typesetter(), typesetter())
    made.set_width(width)
    return made


class Recorder:
    """Takes every action and remembers it."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self.calls.append((name, *arguments))

    def of(self, name: str) -> list[tuple[object, ...]]:
        """The arguments of the calls of one action."""
        return [call[1:] for call in self.calls if call[0] == name]
