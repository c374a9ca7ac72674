"""Asks for the pages around what is in view, and drops answers that come too late."""

from __future__ import annotations

from collections.abc import Callable

from whispr.gui.conversation.loaded import LoadedMessages
from whispr.gui.conversation.pages import PAGE_ITEMS, MessagePages
from whispr.gui.pages import MessagePage

AHEAD_ITEMS = 40
"""So many rows before an end of the loaded run comes into view, the next page is asked for."""


class PageLoader:
    """Keeps the loaded run ahead of the view.

    `changed` is called with the ids that came in before or after the run.
    """

    def __init__(self, loaded: LoadedMessages, changed: Callable[[list[int]], None]) -> None:
        self._loaded = loaded
        self._changed = changed
        self._pages: MessagePages | None = None
        self._opening = 0
        self._asked: set[str] = set()
        self.is_waiting = False
        """The run is about to be read anew."""

    @property
    def is_open(self) -> bool:
        """Whether there is a conversation to read."""
        return self._pages is not None

    @property
    def is_empty(self) -> bool:
        """Whether the conversation was read and has no message."""
        return self.is_open and not self.is_waiting and not self._loaded.count

    def open(self, pages: MessagePages | None) -> None:
        """Read from these pages from now on; answers of the ones before count no more."""
        self._pages = pages
        self._restart()

    def latest(self, limit: int, arrived: Callable[[], None]) -> None:
        """Read the end of the conversation anew."""
        if self._pages is not None:
            self._pages.page_before(None, limit, self._replacing(arrived))

    def around(self, message_id: int, arrived: Callable[[], None]) -> None:
        """Read what is before and after that message, and the message itself."""
        pages = self._pages
        if pages is None:
            return

        def go_on() -> None:
            if self._loaded.more_below and self._loaded.ids:
                self.is_waiting = True
                pages.page_after(self._loaded.ids[-1], PAGE_ITEMS, self._completing(arrived))
            else:
                arrived()

        pages.page_before(message_id + 1, PAGE_ITEMS, self._replacing(go_on))

    def at(self, index: int, arrived: Callable[[], None]) -> None:
        """Read the part around that place."""
        if self._pages is not None:
            start = max(0, index - PAGE_ITEMS // 2)
            self._pages.page_at(start, PAGE_ITEMS, self._replacing(arrived))

    def look_ahead(self, first_id: int, last_id: int) -> None:
        """These rows are the first and last in view: ask for what may be needed next."""
        loaded, pages = self._loaded, self._pages
        if pages is None or not loaded.ids:
            return
        if loaded.more_above and loaded.place(first_id) < AHEAD_ITEMS and self._ask("above"):
            pages.page_before(loaded.ids[0], PAGE_ITEMS, self._extending("above"))
        after = len(loaded) - loaded.place(last_id)
        if loaded.more_below and after < AHEAD_ITEMS and self._ask("below"):
            pages.page_after(loaded.ids[-1], PAGE_ITEMS, self._extending("below"))

    def _ask(self, side: str) -> bool:
        if side in self._asked:
            return False
        self._asked.add(side)
        return True

    def _restart(self) -> int:
        self._opening += 1
        self.is_waiting = False
        self._asked.clear()
        return self._opening

    def _replacing(self, arrived: Callable[[], None]) -> Callable[[MessagePage], None]:
        opening = self._restart()
        self.is_waiting = True

        def deliver(page: MessagePage) -> None:
            if opening == self._opening:
                self.is_waiting = False
                self._loaded.replace(page)
                arrived()

        return deliver

    def _completing(self, arrived: Callable[[], None]) -> Callable[[MessagePage], None]:
        opening = self._opening

        def deliver(page: MessagePage) -> None:
            if opening == self._opening:
                self.is_waiting = False
                self._loaded.extend(page)
                arrived()

        return deliver

    def _extending(self, side: str) -> Callable[[MessagePage], None]:
        opening = self._opening

        def deliver(page: MessagePage) -> None:
            if opening == self._opening:
                self._asked.discard(side)
                new = self._loaded.extend(page)
                if new:
                    self._changed(new)

        return deliver
