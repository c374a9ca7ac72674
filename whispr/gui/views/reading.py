"""The reading view: the conversation as plain text in a real text widget.

For screen readers, which see nothing on a canvas, and for whoever likes it. A single message too
long for a bubble is read here too.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterable
from datetime import date

from whispr.gui.conversation.dates import clock_time, day_name, day_of
from whispr.gui.conversation.filewords import file_words
from whispr.gui.conversation.loaded import LoadedMessages, Put
from whispr.gui.conversation.loader import PageLoader
from whispr.gui.conversation.measure import notice_words
from whispr.gui.conversation.pages import MessagePages
from whispr.gui.items import MessageItem
from whispr.gui.look import Look
from whispr.gui.shown import clipped, one_line, shown
from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.scrollbar import ScrollBar

FIRST_ITEMS = 400
FATES = {
    "queued": "waiting",
    "accepted": "sent",
    "delivered": "delivered",
    "read": "read",
    "expired": "expired",
    "failed": "not sent",
}
PIECE = 4_000
"""Characters of a line that has no end: Tk takes very long for longer ones."""


class ReadingView(tkinter.Frame):
    """A text that is only read; messages are found again by a tag of their own."""

    def __init__(self, parent: tkinter.Misc, look: Look, today: Callable[[], date]) -> None:
        super().__init__(parent, bd=0)
        self._look = look
        self._today = today
        self._who = ""
        self._loaded = LoadedMessages()
        self._loader = PageLoader(self._loaded, lambda _ids: self._write_all(keep=True))
        self.text = tkinter.Text(
            self, bd=0, highlightthickness=0, wrap="word", state="disabled", cursor="arrow"
        )
        describe(self.text, "Text", "Messages")
        self._bar = ScrollBar(self, look, self.text.yview_moveto)
        self.text.configure(yscrollcommand=self._scrolled)
        self._bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        # A click must give it the focus, or nothing can be copied from it.
        self.text.bind("<Button-1>", lambda _event: self.text.focus_set(), add="+")
        look.follow(self, self._restyle)
        self._restyle()

    def open(self, name: str, pages: MessagePages) -> None:
        """Read the conversation with somebody, from its end; what is older comes when needed."""
        self.close()
        self._who = one_line(name, emoji_safe=self._look.emoji_safe)
        self._loader.open(pages)
        self._loader.latest(FIRST_ITEMS, self._write_all)

    def open_text(self, text: str) -> None:
        """Read one text whole."""
        self.close()
        words = shown(text, emoji_safe=self._look.emoji_safe).text
        self._edit(lambda: self.text.insert("1.0", in_pieces(words)))
        self.text.see("1.0")

    def close(self) -> None:
        """Forget everything."""
        self._loader.open(None)
        self._loaded.clear()
        self._edit(lambda: self.text.delete("1.0", "end"))

    def put(self, items: Iterable[MessageItem]) -> None:
        """New messages and new states of old ones."""
        if not self._loader.is_open:
            return
        for item in items:
            put = self._loaded.put(item)
            if put is Put.CHANGED:
                self._edit(lambda item=item: self._rewrite(item))  # type: ignore[misc]
            elif put is Put.ADDED and item.message_id == self._loaded.ids[-1]:
                at_end = self.text.yview()[1] >= 0.999
                self._edit(lambda item=item: self._append(item))  # type: ignore[misc]
                if at_end:
                    self.text.see("end")
            elif put is Put.ADDED:
                self._write_all(keep=True)

    def remove(self, message_id: int) -> None:
        """A message was deleted."""
        if self._loaded.remove(message_id):
            self._write_all(keep=True)

    def line_of(self, item: MessageItem) -> str:
        """A message as one paragraph: when, who, what, and what became of it."""
        who = "You" if item.outgoing else self._who
        time = clock_time(item.stored_at_ms)
        if item.kind in ("notice", "undecryptable", "unsupported"):
            return f"{time}  {self._safe(notice_words(item))}\n"
        words = self._safe(clipped(item.text)[0])
        if item.file is not None:
            line = file_words(item.file, outgoing=item.outgoing).line
            words = f"File {self._safe(item.file.name)} ({line}) {words}".rstrip()
        fate = f" [{FATES[item.fate]}]" if item.outgoing and item.fate else ""
        return f"{time}  {who}: {in_pieces(words)}{fate}\n"

    def _safe(self, words: str) -> str:
        return shown(words, emoji_safe=self._look.emoji_safe).text

    def _write_all(self, *, keep: bool = False) -> None:
        """Everything anew; `keep` leaves what is read where it is, counted from the end."""
        below = self.text.count("@0,0", "end", "ypixels") if keep else None
        self._edit(self._write)
        if below is None:
            self.text.see("end")
        else:
            pixels = int(below[0] if isinstance(below, tuple) else below)
            total = self.text.count("1.0", "end", "ypixels")
            whole = int(total[0] if isinstance(total, tuple) else total or 1)
            self.text.yview_moveto(max(0.0, (whole - pixels) / max(1, whole)))

    def _write(self) -> None:
        self.text.delete("1.0", "end")
        for item in self._loaded.items(self._loaded.ids):
            self._append(item)

    def _append(self, item: MessageItem) -> None:
        before = self._loaded.neighbour(item.message_id, -1)
        day = day_of(item.stored_at_ms)
        if before is None or day_of(before.stored_at_ms) != day:
            self.text.insert("end", f"{day_name(day, self._today())}\n", ("day",))
        self.text.insert("end", self.line_of(item), (tag_of(item),))

    def _rewrite(self, item: MessageItem) -> None:
        places = self.text.tag_ranges(tag_of(item))
        if places:
            start = str(places[0])
            self.text.delete(start, str(places[-1]))
            self.text.insert(start, self.line_of(item), (tag_of(item),))

    def _edit(self, change: Callable[[], object]) -> None:
        self.text.configure(state="normal")
        change()
        self.text.configure(state="disabled")

    def _scrolled(self, first: float | str, last: float | str) -> None:
        self._bar.set(first, last)
        ids = self._loaded.ids
        if ids and float(first) < 0.1:
            self._loader.look_ahead(ids[0], ids[-1])

    def _restyle(self) -> None:
        look, px = self._look, self._look.px
        self.configure(background=look.color("bg"))
        self.text.configure(
            font=look.font("body"),
            background=look.color("bg"),
            foreground=look.color("text"),
            selectbackground=look.color("sel_bg"),
            selectforeground=look.color("sel_text"),
            inactiveselectbackground=look.color("sel_bg"),
            padx=px(20),
            pady=px(12),
            spacing1=px(2),
            spacing3=px(4),
        )
        self.text.tag_configure(
            "day", font=look.font("small_bold"), foreground=look.color("text3"), spacing1=px(12)
        )


def tag_of(item: MessageItem) -> str:
    """The tag of a message's text."""
    return f"m{item.message_id}"


def in_pieces(words: str) -> str:
    """The text with a line end at least every `PIECE` characters."""
    return "\n".join(
        line[start : start + PIECE]
        for line in words.split("\n")
        for start in range(0, max(1, len(line)), PIECE)
    )
