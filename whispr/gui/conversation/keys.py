"""The keyboard on a conversation: scrolling, the focus ring by message, and what Enter does."""

from __future__ import annotations

from collections.abc import Callable

from whispr.gui.conversation.canvas import ConversationCanvas
from whispr.gui.conversation.person import Person


class Keys:
    """Binds the keys that count while the messages have the focus."""

    def __init__(self, canvas: ConversationCanvas, person: Person) -> None:
        self._canvas = canvas
        self._person = person
        modifier = "Command" if canvas.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        for sequence, handler in (
            ("<Up>", lambda: self.step(-1)),
            ("<Down>", lambda: self.step(1)),
            ("<Prior>", lambda: canvas.scroll_pages(-1)),
            ("<Next>", lambda: canvas.scroll_pages(1)),
            ("<Home>", canvas.to_first),
            ("<End>", canvas.to_latest),
            (f"<{modifier}-Home>", canvas.to_first),
            (f"<{modifier}-End>", canvas.to_latest),
            ("<space>", self._with_focused(person.toggle)),
            ("<Return>", self._with_focused(person.use)),
            ("<KP_Enter>", self._with_focused(person.use)),
            ("<Delete>", self._with_focused(self._delete)),
            ("<Menu>", self._menu),
            ("<Shift-F10>", self._menu),
            (f"<{modifier}-c>", lambda: person.copy(self.focused)),
            (f"<{modifier}-a>", person.select_all),
        ):
            canvas.bind(sequence, lambda _event, handler=handler: self._handle(handler))  # type: ignore[misc]
        canvas.bind("<FocusOut>", lambda _event: canvas.focus_message(None), add="+")

    @property
    def focused(self) -> int | None:
        """The message with the ring; None when it was deleted or none has it."""
        focused = self._canvas.painter.focused
        return focused if focused in self._canvas.loaded else None

    def step(self, rows: int) -> None:
        """Move the ring by so many messages; the first step takes the last one in view."""
        canvas, focused = self._canvas, self.focused
        if focused is None:
            canvas.focus_message(self._last_in_view())
            return
        beside = canvas.loaded.neighbour(focused, rows)
        if beside is not None:
            canvas.focus_message(beside.message_id)

    def focus_last_own(self) -> bool:
        """Put the ring round our last message that is loaded."""
        loaded = self._canvas.loaded
        own = next((item for item in reversed(loaded.ids) if loaded[item].outgoing), None)
        if own is not None:
            self._canvas.focus_set()
            self._canvas.focus_message(own)
        return own is not None

    def _last_in_view(self) -> int | None:
        rows = self._canvas.viewport.rows
        height = self._canvas.stage.height
        whole = [row for row in rows if row.bottom <= height] or rows
        return whole[-1].message_id if whole else None

    def _with_focused(self, act: Callable[[int], object]) -> Callable[[], object]:
        def handler() -> None:
            focused = self.focused
            if focused is not None:
                act(focused)

        return handler

    def _delete(self, message_id: int) -> None:
        beside = self._canvas.loaded.neighbour(message_id, 1)
        beside = beside or self._canvas.loaded.neighbour(message_id, -1)
        self._person.delete(message_id)
        self._canvas.focus_message(beside.message_id if beside else None)

    def _menu(self) -> None:
        focused = self.focused or self._last_in_view()
        row = next((row for row in self._canvas.viewport.rows if row.message_id == focused), None)
        if row is None:
            return
        measure = self._canvas.measure(row.message_id)
        left = self._canvas.winfo_rootx() + measure.left + self._canvas.look.px(12)
        top = self._canvas.winfo_rooty() + max(0, row.top + measure.top) + self._canvas.look.px(12)
        self._person.popup(row.message_id, None, left, top)

    def _handle(self, handler: Callable[[], object]) -> str:
        handler()
        return "break"
