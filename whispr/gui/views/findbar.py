"""The search of one conversation: a field, how many hits, from one to the next."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence

from whispr.gui.conversation.hits import Hits
from whispr.gui.conversation.timer import Timer
from whispr.gui.look import Look
from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.iconbutton import IconButton

ASK_AFTER_MS = 150


class FindBar(tkinter.Frame):
    """Asks `find` for what is typed; the answer comes to `show_hits`."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        find: Callable[[str], object],
        reveal: Callable[[int], object],
        close: Callable[[], object],
    ) -> None:
        super().__init__(parent, bd=0)
        self._look = look
        self._find = find
        self._reveal = reveal
        self._hits = Hits()
        self._asked = ""
        self._ask = Timer(self, self._ask_now)
        self._box = tkinter.Frame(self, bd=0)
        self.entry = tkinter.Entry(self._box, bd=0, highlightthickness=0, relief="flat", width=10)
        describe(self.entry, "Text", "Search in this chat")
        self._words = tkinter.Label(self._box, bd=0, padx=0, pady=0)
        self._buttons = [
            IconButton(self, look, icon, command, tip=tip, size=32, icon_size=18)
            for icon, command, tip in (
                ("up", lambda: self.step(True), "Older hit"),
                ("down", lambda: self.step(False), "Newer hit"),
                ("x", close, "Close search"),
            )
        ]
        self._typed_text = tkinter.StringVar(self)
        self._typed_text.trace_add("write", lambda *_names: self._typed())
        self.entry.configure(textvariable=self._typed_text)
        for sequence, older in (
            *(("<Return>", True), ("<Shift-Return>", False)),
            *(("<Up>", True), ("<Down>", False)),
        ):
            self.entry.bind(sequence, lambda _event, older=older: self.step(older))  # type: ignore[misc]
        self.entry.bind("<Escape>", lambda _event: close())
        look.follow(self, self._restyle)
        self._restyle()

    @property
    def words(self) -> str:
        """What it says about the hits."""
        return str(self._words.cget("text"))

    def begin(self) -> None:
        """Be ready for what is searched for."""
        self.entry.focus_set()
        self.entry.select_range(0, "end")

    def clear(self) -> None:
        """Forget what was searched for."""
        self.entry.delete(0, "end")
        self._ask.stop()
        self._hits.clear()
        self._asked = ""
        self._words.configure(text="")

    def show_hits(self, query: str, message_ids: Sequence[int]) -> None:
        """The answer to a search; one that was asked before something else was typed is old."""
        if query != self._asked:
            return
        hit = self._hits.replace(list(message_ids))
        self._words.configure(text=self._hits.words)
        if hit is not None:
            self._reveal(hit)

    def step(self, older: bool) -> str:
        """The next hit in the direction of older or newer messages."""
        if self._ask.is_running:
            self._ask.stop()
            self._ask_now()
        hit = self._hits.step(older)
        if hit is not None:
            self._words.configure(text=self._hits.words)
            self._reveal(hit)
        return "break"

    def _typed(self) -> None:
        if self.entry.get().strip() != self._asked:
            self._ask.start(ASK_AFTER_MS)

    def _ask_now(self) -> None:
        self._asked = self.entry.get().strip()
        self._hits.clear()
        self._words.configure(text="")
        if self._asked:
            self._find(self._asked)

    def _restyle(self) -> None:
        look, px = self._look, self._look.px
        ground, field = look.color("bg"), look.color("field_bg")
        self.configure(background=ground)
        self._box.configure(background=field)
        self.entry.configure(
            font=look.font("ui"),
            background=field,
            foreground=look.color("text"),
            insertbackground=look.color("accent_text"),
            selectbackground=look.color("sel_bg"),
            selectforeground=look.color("sel_text"),
        )
        self._words.configure(
            font=look.font("small"), background=field, foreground=look.color("text2")
        )
        self._box.pack(side="left", fill="x", expand=True, padx=(px(16), px(8)), pady=px(7))
        self.entry.pack(side="left", fill="x", expand=True, padx=px(12), pady=px(6))
        self._words.pack(side="right", padx=px(12))
        for button in self._buttons:
            button.pack(side="left", padx=(0, px(4)), pady=px(6))
