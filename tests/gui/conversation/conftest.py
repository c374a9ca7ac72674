"""A conversation in a window of fixed size."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.gui.conversation.kit import NOON_MS, Recorder
from whispr.gui.conversation.canvas import ConversationCanvas
from whispr.gui.conversation.keys import Keys
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.conversation.person import Person
from whispr.gui.conversation.pointer import Pointer
from whispr.gui.items import MessageItem
from whispr.gui.look import Look

WIDTH, HEIGHT = 800, 600


@dataclass
class Scene:
    """A conversation with its mouse and its keys."""

    root: tkinter.Tk
    look: Look
    canvas: ConversationCanvas
    actions: Recorder
    person: Person
    pointer: Pointer
    keys: Keys
    clock: list[int] = field(default_factory=lambda: [NOON_MS])
    notes: list[str] = field(default_factory=list)

    def open(self, items: list[MessageItem], **how: object) -> ListedPages:
        """Show these messages."""
        pages = ListedPages(list(items))
        self.canvas.open(pages, **how)  # type: ignore[arg-type]
        self.root.update()
        return pages

    def put(self, *items: MessageItem) -> None:
        """Let these arrive."""
        self.canvas.put(items)
        self.root.update()

    @property
    def tops(self) -> dict[int, int]:
        """Where the rows in view are."""
        return {row.message_id: row.top for row in self.canvas.viewport.rows}

    def texts(self, message_id: int | None = None) -> list[str]:
        """The words on the canvas, of one row or of all."""
        tag = "all" if message_id is None else f"r{message_id}"
        found = self.canvas.find_withtag(tag)
        return [
            str(self.canvas.itemcget(item, "text"))
            for item in found
            if self.canvas.type(item) == "text"
        ]

    def place_of(self, message_id: int, character: int = 0) -> tuple[int, int]:
        """Where a character of the first line is, in the middle of its height."""
        row = next(row for row in self.canvas.viewport.rows if row.message_id == message_id)
        measure = self.canvas.measure(message_id)
        down = row.top + measure.top + 8 + self.look.line_px // 2
        if measure.shape != "bubble":
            return measure.left + 20, row.top + measure.top + measure.body_height // 2
        across = self.canvas.metrics.typesetter.left_of(measure.lines[0], character)
        return measure.left + 12 + across, down

    def press(self, sequence: str, left: int, top: int, **detail: object) -> None:
        """A mouse event there."""
        self.canvas.event_generate(sequence, x=left, y=top, **detail)
        self.root.update()

    def key(self, sequence: str) -> None:
        """A key while the messages have the focus."""
        self.canvas.focus_force()
        self.root.update()
        self.canvas.event_generate(sequence)
        self.root.update()


@pytest.fixture
def look(root: tkinter.Tk) -> Look:
    """The light theme at its own size."""
    return Look(root)


@pytest.fixture
def scene(root: tkinter.Tk, look: Look) -> Iterator[Scene]:
    """An empty conversation of 800 x 600."""
    clock, notes, actions = [NOON_MS], [], Recorder()
    canvas = ConversationCanvas(root, look, clock_ms=lambda: clock[0])
    canvas.place(x=0, y=0, width=WIDTH, height=HEIGHT)
    canvas.seen.tell = actions.seen
    person = Person(canvas, actions)  # type: ignore[arg-type]
    note: Callable[[str, int, int], None] = lambda words, _left, _top: notes.append(words)  # noqa: E731
    pointer, keys = Pointer(canvas, person, note), Keys(canvas, person)
    root.update()
    yield Scene(root, look, canvas, actions, person, pointer, keys, clock, notes)
    canvas.destroy()
