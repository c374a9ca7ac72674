"""What is selected in a conversation: from one character of one message to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.gui.conversation.loaded import LoadedMessages
    from whispr.gui.items import MessageItem

WHOLE = 1 << 31
"""Beyond the end of every message."""

Position = tuple[int, int]
"""A message id and a place in the original text of that message."""
Span = tuple[int, int]
"""A part of the original text of a message."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A range of the conversation; it starts where the mouse went down, in either direction."""

    start: Position
    end: Position

    @property
    def first(self) -> Position:
        """The end nearer to the beginning of the conversation."""
        return min(self.start, self.end)

    @property
    def last(self) -> Position:
        """The other end."""
        return max(self.start, self.end)

    @property
    def is_empty(self) -> bool:
        """Nothing between the two ends."""
        return self.start == self.end

    def span(self, message_id: int) -> Span | None:
        """The selected part of a message; None when nothing of it is."""
        (first_id, first_at), (last_id, last_at) = self.first, self.last
        if self.is_empty or not first_id <= message_id <= last_id:
            return None
        start = first_at if message_id == first_id else 0
        end = last_at if message_id == last_id else WHOLE
        return (start, end) if start < end else None

    def text(self, loaded: LoadedMessages) -> str:
        """The original text of what is selected, one message below the other."""
        parts = []
        for message_id in loaded.between(self.first[0], self.last[0]):
            span = self.span(message_id)
            if span:
                parts.append(plain_text(loaded[message_id])[slice(*span)])
        return "\n".join(part for part in parts if part)


def plain_text(item: MessageItem) -> str:
    """A message as text: as it was written, or the name of its file."""
    return item.text if item.file is None else item.text or item.file.name


def whole(item: MessageItem) -> Selection:
    """One whole message."""
    return Selection((item.message_id, 0), (item.message_id, WHOLE))


def word_at(text: str, at: int) -> Span:
    """The word around a place, for a double click; a run of blanks counts as a word."""
    if not text:
        return (0, 0)
    at = min(at, len(text) - 1)

    def kind(character: str) -> int:
        return 0 if character.isspace() else 1 if character.isalnum() or character == "_" else 2

    start = end = at
    while start > 0 and kind(text[start - 1]) == kind(text[at]):
        start -= 1
    while end < len(text) and kind(text[end]) == kind(text[at]):
        end += 1
    return (start, end)
