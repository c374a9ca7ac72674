"""The list of conversations: drawn rows in view, arrows move a ring, Enter opens."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Protocol

from whispr.gui.look import Look
from whispr.gui.rowlist import Row, rows_of
from whispr.gui.state import AppState
from whispr.gui.views.contactrow import RowPainter, RowState
from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.bindings import bind_wheel
from whispr.gui.widgets.scrollbar import ScrollBar

WHEEL_PIXELS = 60


class ListActions(Protocol):
    """What the list asks for."""

    def open_contact(self, contact_id: int) -> None:
        """Show a conversation."""

    def open_hit(self, contact_id: int, message_id: int) -> None:
        """Show a message in its conversation."""

    def show_requests(self) -> None:
        """Show who wrote without being known."""

    def row_menu(self, contact_id: int, root_x: int, root_y: int) -> None:
        """Show the menu of a contact there."""


class ContactList(tkinter.Frame):
    """Shows the rows of a state."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: ListActions,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        super().__init__(parent, bd=0)
        self._look = look
        self._actions = actions
        self._clock_ms = clock_ms
        self._rows: tuple[Row, ...] = ()
        self._selected: int | None = None
        self._ring: int | None = None
        self._hovered: int | None = None
        self._offset = 0
        self.canvas = tkinter.Canvas(self, bd=0, highlightthickness=0, takefocus=1, width=1)
        self._bar = ScrollBar(self, look, self._go_to, on="sidebar")
        self._painter = RowPainter(self.canvas, look)
        self.canvas.pack(side="left", fill="both", expand=True)
        describe(self.canvas, "List", "Conversations")
        self._bind_events()
        look.follow(self, self.redraw)
        self.redraw()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    def set_rail(self, is_rail: bool) -> None:
        """Only avatars, where the window is narrow."""
        self._painter.is_rail = is_rail
        self.redraw()

    def show(self, state: AppState) -> None:
        """Show another state; drawn once, however often this is called in one turn."""
        ring = self._ring_row()
        self._rows, self._selected = rows_of(state), state.selected
        self._ring = next(
            (place for place, row in enumerate(self._rows) if ring and _same(row, ring)), None
        )
        self.redraw()

    def move(self, step: int) -> None:
        """Move the ring to the next row that can be opened; nothing is opened."""
        places = [place for place, row in enumerate(self._rows) if row.is_choosable]
        if not places:
            return
        start = self._ring if self._ring is not None else self._place_of_selected()
        if start is None:
            self._ring = places[0 if step > 0 else -1]
        else:
            later = [place for place in places if (place - start) * step > 0]
            self._ring = (later[0] if step > 0 else later[-1]) if later else start
        self._reveal(self._ring)
        self.redraw()

    def open_ring(self) -> bool:
        """Open the row with the ring, or the first one; False when there is none."""
        row = self._ring_row() or next((row for row in self._rows if row.is_choosable), None)
        if row is None:
            return False
        self._open(row)
        return True

    def _open(self, row: Row) -> None:
        if row.conversation is not None:
            self._actions.open_contact(row.conversation.contact_id)
        elif row.hit is not None:
            self._actions.open_hit(row.hit.contact_id, row.hit.message_id)
        elif row.kind == "requests":
            self._actions.show_requests()

    def _ring_row(self) -> Row | None:
        has_one = self._ring is not None and self._ring < len(self._rows)
        return self._rows[self._ring] if has_one and self._ring is not None else None

    def _place_of_selected(self) -> int | None:
        return next(
            (
                place
                for place, row in enumerate(self._rows)
                if row.conversation and row.conversation.contact_id == self._selected
            ),
            None,
        )

    def redraw(self) -> None:
        """Draw what is in view."""
        canvas, look = self.canvas, self._look
        canvas.delete("all")
        canvas.configure(background=look.color("sidebar"))
        self.configure(background=look.color("sidebar"))
        self._painter.width = canvas.winfo_width()
        self._painter.now_ms = self._clock_ms()
        height, total = canvas.winfo_height(), self._total()
        self._offset = max(0, min(self._offset, total - height))
        top = -self._offset
        focused = canvas.focus_get() is canvas
        for place, row in enumerate(self._rows):
            below = top + self._painter.height(row)
            if below > 0 and top < height:
                self._draw(place, row, top, focused)
            top = below
        self._bar.set(self._offset / max(1, total), (self._offset + height) / max(1, total))
        if total > height > 1:
            self._bar.place(relx=1.0, rely=0, relheight=1.0, anchor="ne")
        else:
            self._bar.place_forget()

    def _draw(self, place: int, row: Row, top: int, focused: bool) -> None:
        if row.kind == "nothing":
            if not self._painter.is_rail:
                self._draw_nothing(row)
            return
        selected = row.conversation is not None and (row.conversation.contact_id == self._selected)
        has_ring = place == self._ring and (focused or row.kind != "conversation")
        hovered = place == self._hovered and row.is_choosable
        self._painter.draw(row, top, RowState(selected, hovered, has_ring))

    def _draw_nothing(self, row: Row) -> None:
        look, middle = self._look, self.canvas.winfo_width() // 2
        room = self.canvas.winfo_width() - look.px(32)
        title = self.canvas.create_text(
            *(middle, look.px(56)),
            text=row.text,
            font=look.font("ui_bold"),
            fill=look.color("text"),
            width=room,
            justify="center",
        )
        self.canvas.create_text(
            *(middle, self.canvas.bbox(title)[3] + look.px(8)),
            anchor="n",
            text=row.detail,
            font=look.font("small"),
            fill=look.color("text2"),
            width=room,
            justify="center",
        )

    def _total(self) -> int:
        return sum(self._painter.height(row) for row in self._rows)

    def _top_of(self, place: int) -> int:
        return sum(self._painter.height(row) for row in self._rows[:place])

    def _reveal(self, place: int) -> None:
        top, height = self._top_of(place), self.canvas.winfo_height()
        bottom = top + self._painter.height(self._rows[place])
        self._offset = min(max(self._offset, bottom - height), top)

    def _go_to(self, first: float) -> None:
        self._offset = round(first * self._total())
        self.redraw()

    def _bind_events(self) -> None:
        canvas = self.canvas
        canvas.bind("<Configure>", lambda _event: self.redraw())
        canvas.bind("<Motion>", lambda event: self._hover(self._at(event.y)))
        canvas.bind("<Leave>", lambda _event: self._hover(None))
        canvas.bind("<Button-1>", self._clicked)
        canvas.bind("<Button-3>", self._menu)
        canvas.bind("<FocusIn>", lambda _event: self.redraw())
        canvas.bind("<FocusOut>", lambda _event: self.redraw())
        for key, step in (("Up", -1), ("Down", 1)):
            canvas.bind(f"<{key}>", lambda _event, step=step: self.move(step))  # type: ignore[misc]
        for key in ("Return", "space", "KP_Enter"):
            canvas.bind(f"<{key}>", lambda _event: self.open_ring())
        for key in ("Menu", "Shift-F10"):
            canvas.bind(f"<{key}>", lambda _event: self._menu_of_ring())
        bind_wheel(canvas, self._turn)

    def _turn(self, notches: float) -> None:
        self._offset += round(notches * self._look.px(WHEEL_PIXELS))
        self.redraw()

    def _at(self, across: int) -> int | None:
        top = -self._offset
        for place, row in enumerate(self._rows):
            top += self._painter.height(row)
            if across < top:
                return place
        return None

    def _hover(self, place: int | None) -> None:
        if place != self._hovered:
            self._hovered = place
            self.redraw()

    def _clicked(self, event: tkinter.Event[tkinter.Misc]) -> None:
        place = self._at(event.y)
        if place is not None and self._rows[place].is_choosable:
            self._ring = place
            self._open(self._rows[place])

    def _menu(self, event: tkinter.Event[tkinter.Misc]) -> None:
        place = self._at(event.y)
        row = None if place is None else self._rows[place]
        if row is not None and row.conversation is not None:
            self._actions.row_menu(row.conversation.contact_id, event.x_root, event.y_root)

    def _menu_of_ring(self) -> None:
        place = self._ring if self._ring is not None else self._place_of_selected()
        row = None if place is None else self._rows[place]
        if place is not None and row is not None and row.conversation is not None:
            top = self.canvas.winfo_rooty() + self._top_of(place) - self._offset
            left = self.canvas.winfo_rootx() + self._look.px(80)
            self._actions.row_menu(row.conversation.contact_id, left, top + self._look.px(40))


def _same(row: Row, other: Row) -> bool:
    if row.kind != other.kind:
        return False
    if row.conversation and other.conversation:
        return row.conversation.contact_id == other.conversation.contact_id
    if row.hit and other.hit:
        return row.hit.message_id == other.hit.message_id
    return True
