"""The conversation on one canvas: rows keyed by message id, only those in view are drawn."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterable

from whispr.gui.conversation.dates import ms_until_midnight, now_ms
from whispr.gui.conversation.flash import Flash
from whispr.gui.conversation.loader import PageLoader
from whispr.gui.conversation.lookmetrics import LookMetrics
from whispr.gui.conversation.measure import Measurer, RowMeasure
from whispr.gui.conversation.pages import PAGE_ITEMS, MessagePages
from whispr.gui.conversation.rows import Rows
from whispr.gui.conversation.seen import Seen
from whispr.gui.conversation.selection import Selection
from whispr.gui.conversation.stage import Stage
from whispr.gui.conversation.timer import Timer
from whispr.gui.conversation.viewport import Anchor, Viewport
from whispr.gui.items import MessageItem
from whispr.gui.look import Look

NEAR_PX = 40
"""Within so many design pixels of its end a conversation follows what comes."""
PADDING_PX = 12
MAX_UNREAD_PAGE = 2_000


class ConversationCanvas(tkinter.Canvas):
    """Shows a conversation; `Pointer` and `Keys` make it answer to the person."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, *, clock_ms: Callable[[], int] = now_ms
    ) -> None:
        super().__init__(
            parent, bd=0, highlightthickness=0, bg=look.theme["bg"], takefocus=1, width=1, height=1
        )
        self.look = look
        self.metrics = LookMetrics(self, look)
        self.measurer = Measurer(
            *(self.metrics, self.metrics.typesetter, self.metrics.small_typesetter),
            emoji_safe=look.emoji_safe,
        )
        self.rows = Rows(self.measurer)
        self.loaded = self.rows.loaded
        self.viewport = Viewport(
            lambda: self.loaded.ids, self.rows.height, lambda: not self.loaded.more_below
        )
        self.stage = Stage(
            *(self, look, self.rows, self.viewport), clock_ms=clock_ms, redraw=self.redraw
        )
        self.painter, self.overlay = self.stage.painter, self.stage.overlay
        self.seen = Seen(self.viewport, lambda: bool(self.winfo_viewable()))
        self._clock_ms = clock_ms
        self._loader = PageLoader(self.loaded, self._page_came)
        self._incoming: dict[int, MessageItem] = {}
        self._when_sized: Callable[[], None] | None = None
        self._new = 0
        self._take_in_soon = Timer(self, self._take_in)
        self._flash = Flash(self, self.painter, self.redraw)
        self._midnight = Timer(self, self._day_changed)
        self.bind("<Configure>", self._resized)
        self.bind("<Map>", lambda _event: self.seen.look(), add="+")
        look.follow(self, self.restyle)
        self._midnight.start(ms_until_midnight(clock_ms()))

    # What is shown.

    def open(self, pages: MessagePages, *, unread: int = 0, position: Anchor | None = None) -> None:
        """Show a conversation: at its unread messages, where it was left, or at its end."""
        self.close()
        self._loader.open(pages)
        if position is not None and not unread:
            self._loader.around(
                position.message_id, lambda: self._reread(lambda: self._restore(position))
            )
        else:
            limit = min(MAX_UNREAD_PAGE, max(PAGE_ITEMS, unread + 20))
            self._loader.latest(limit, self._opened_at_unread)

    def close(self) -> None:
        """Forget the conversation: nothing of it stays in a widget or a picture."""
        self._loader.open(None)
        self.rows.clear()
        self.stage.clear()
        self.metrics.forget()
        self._incoming.clear()
        self._flash.end()
        self._when_sized = None
        self._new = 0
        self.seen.forget()
        self.viewport.clear()

    @property
    def position(self) -> Anchor | None:
        """Where the conversation is being read, for `open`; None at its end."""
        return None if self.viewport.stick_to_bottom else self.viewport.anchor

    def put(self, items: Iterable[MessageItem]) -> None:
        """New messages, and new states of old ones, in any order; drawn when nothing else is."""
        self._incoming.update((item.message_id, item) for item in items)
        self._take_in_soon.when_idle()

    def remove(self, message_id: int) -> None:
        """A message was deleted."""
        self._incoming.pop(message_id, None)
        if self.rows.remove(message_id):
            self._take_in_soon.when_idle()

    def measure(self, message_id: int) -> RowMeasure:
        """The measure of a loaded row."""
        return self.rows.measure(message_id)

    # Moving.

    def scroll(self, pixels: int) -> None:
        """Down by so many pixels of the screen, or up."""
        if self.viewport.rows:
            self.viewport.scroll(pixels, self.loaded.place)
            self._show()

    def scroll_pages(self, pages: int) -> None:
        """Down by so many windows, or up, keeping a little of the last one in view."""
        self.scroll(pages * (self.stage.height - self.look.px(60)))

    def to_first(self) -> None:
        """The oldest message."""
        self.show_index(0)

    def to_latest(self) -> None:
        """The newest message."""
        if self.loaded.more_below:
            self._loader.latest(PAGE_ITEMS, lambda: self._reread(self._stick))
        elif self.stage.height:
            self._stick()

    def show_message(self, message_id: int, *, flash: bool = False) -> None:
        """Bring a message into view, wherever it is in the conversation."""
        if message_id not in self.loaded:
            self._loader.around(
                message_id, lambda: self._reread(lambda: self._reveal(message_id, flash))
            )
        else:
            self._reveal(message_id, flash)

    def show_index(self, index: int, share: float = 0.0) -> None:
        """Bring the row of that place to the top, `share` of its height above the edge."""
        place = index - self.loaded.index
        if 0 <= place < len(self.loaded):
            height = self.rows.height(self.loaded.ids[place])
            self.viewport.show(place, -round(share * height))
            self._show()
        elif self.loaded.count:
            self._loader.at(index, lambda: self._reread(lambda: self.show_index(index, share)))

    def ensure_visible(self, message_id: int) -> None:
        """Scroll as little as needed to see that row."""
        if message_id not in self.stage.drawn:
            return self.show_message(message_id)
        row = next(row for row in self.viewport.rows if row.message_id == message_id)
        room = self.stage.height - self.look.px(PADDING_PX)
        if row.bottom > room:
            self.scroll(min(row.bottom - room, row.top))
        elif row.top < 0:
            self.scroll(row.top)
        return None

    # What else is drawn.

    def select(self, selection: Selection | None) -> None:
        """Draw this as selected, nothing when it is None or empty."""
        old = self.painter.selection
        self.painter.selection = None if selection and selection.is_empty else selection
        for message_id in self.stage.drawn:
            spans = [one.span(message_id) for one in (old, selection) if one]
            if any(spans) and (len(spans) == 1 or spans[0] != spans[1]):
                self.rows.stale.add(message_id)
        self._show()

    def focus_message(self, message_id: int | None) -> None:
        """Draw the focus ring round this message."""
        old, self.painter.focused = self.painter.focused, message_id
        self.rows.stale |= {row for row in (old, message_id) if row is not None}
        if message_id is not None:
            self.ensure_visible(message_id)
        self._show()

    def redraw(self, *message_ids: int) -> None:
        """Draw these rows again at the next occasion."""
        self.rows.stale.update(message_ids)
        self._take_in_soon.when_idle()

    def restyle(self) -> None:
        """Theme or scale changed: draw what is in view again, in the same place."""
        self.configure(bg=self.look.theme["bg"])
        self.metrics.forget()
        self._measure_again()

    def report_seen(self) -> None:
        """Say again what is in view: the window has come to the front."""
        self.seen.forget()
        self.seen.look()

    # Between the two.

    def _take_in(self) -> None:
        incoming, self._incoming = self._incoming, {}
        if not self._loader.is_open:
            return
        if self._loader.is_waiting:
            # What comes before the page belongs after it.
            self._incoming = incoming
            return
        arrival = self.rows.take_in(incoming[message_id] for message_id in sorted(incoming))
        self._new += arrival.below
        if arrival.own and not self.viewport.stick_to_bottom:
            self.to_latest()
        else:
            self._refresh()

    def _page_came(self, message_ids: list[int]) -> None:
        # Neighbours of the new rows group by them, and the first row no longer begins the day.
        self.rows.touch_around(message_ids[0])
        self.rows.touch_around(message_ids[-1])
        self._refresh()

    def _opened_at_unread(self) -> None:
        self.painter.unread_count = self.rows.mark_unread()
        self._reread(self._to_unread)

    def _to_unread(self) -> None:
        if self.rows.unread_id is None:
            self._stick()
            return
        # The line stands in the upper third, with something of what was read above it.
        self.viewport.show(self.loaded.place(self.rows.unread_id), self.stage.height // 6)
        self._show()

    def _restore(self, position: Anchor) -> None:
        place = min(self.loaded.place(position.message_id), len(self.loaded) - 1)
        if place >= 0:
            self.viewport.show(place, position.offset)
        self._show()

    def _stick(self) -> None:
        self.viewport.to_bottom()
        self._show()

    def _reread(self, then: Callable[[], None]) -> None:
        """The run may be another one: draw what `then` shows, once there is a size to fill."""
        self.rows.forget_measures()
        if self._incoming:
            self._take_in_soon.when_idle()
        if self.stage.height:
            then()
        else:
            self._when_sized = then

    def _reveal(self, message_id: int, flash: bool) -> None:
        if message_id in self.loaded:
            height = self.rows.height(message_id)
            offset = max(self.look.px(PADDING_PX), (self.stage.height - height) // 2)
            if message_id not in self.stage.drawn:
                self.viewport.show(self.loaded.place(message_id), offset)
            self._show()
            self.ensure_visible(message_id)
            if flash:
                self._flash.begin(message_id)

    def _day_changed(self) -> None:
        self._midnight.start(ms_until_midnight(self._clock_ms()))
        self.redraw(*(row for row in self.stage.drawn if self.measure(row).standing.begins_day))

    def _resized(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self.stage.width, self.stage.height = event.width, event.height
        self._measure_again()
        then, self._when_sized = self._when_sized, None
        if then is not None:
            then()

    def _measure_again(self) -> None:
        px = self.look.px
        self.viewport.resize(self.stage.height, padding=px(PADDING_PX), near=px(NEAR_PX))
        self.measurer.set_width(self.stage.width)
        self.rows.forget_measures()
        self.overlay.forget()
        self._refresh()

    def _refresh(self) -> None:
        self.viewport.refresh(self.loaded.place)
        self._show()

    def _show(self) -> None:
        if self.viewport.stick_to_bottom:
            self._new = 0
        self.stage.update(self._new, is_empty=self._loader.is_empty)
        rows = self.viewport.rows
        if rows and self.stage.height:
            self._loader.look_ahead(rows[0].message_id, rows[-1].message_id)
            self.seen.look()
