"""The text of a message while it is written: keys, input methods, undo, paste."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.shown import shown
from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.bindings import window_keys_first

MAX_TEXT_BYTES = 48 * 1024
"""What one message holds; more than that is a file."""
TOO_LONG = "That is too long for a message. Send it as a file."


def nothing(*_arguments: object) -> None:
    """What a callback does until somebody wants to know."""


class MessageText(tkinter.Text):
    """A real text widget, so that input methods, undo and the clipboard work as everywhere."""

    def __init__(self, parent: tkinter.Misc, look: Look) -> None:
        super().__init__(
            parent, bd=0, highlightthickness=0, wrap="word", height=1, width=1, undo=True
        )
        describe(self, "Text", "Message")
        self._look = look
        self._filling = False
        self.is_composing = False
        """An input method is at work: Enter is its own."""
        self.enter_sends = True
        """False: Enter is a new line, and Control with Enter sends."""
        self.on_submit: Callable[[], object] = nothing
        self.on_changed: Callable[[str], object] = nothing
        self.on_scroll: Callable[[str], object] = nothing
        """Called with `page_up`, `page_down`, `first`, `last`: keys that move the messages."""
        self.on_up_when_empty: Callable[[], object] = nothing
        self.on_paste_files: Callable[[], object] = nothing
        """The clipboard holds no text."""
        self.on_refused: Callable[[str], object] = nothing
        """Called with why something was not taken."""
        self._bind_keys()
        window_keys_first(self)

    @property
    def draft(self) -> str:
        """The text as it stands."""
        return self.get("1.0", "end-1c")

    @property
    def fits(self) -> bool:
        """Whether it is short enough for one message."""
        return len(self.draft.encode("utf-8", "replace")) <= MAX_TEXT_BYTES

    def fill(self, words: str) -> None:
        """Put this in place of everything, and forget every earlier state."""
        state = "disabled" if str(self.cget("state")) == "disabled" else "normal"
        self._filling = True
        # An undo stack keeps everything that was ever typed.
        self.configure(state="normal", undo=False)
        self.replace("1.0", "end", self._safe(words))
        self.edit_modified(False)
        self.configure(undo=True)
        self.edit_reset()
        self.tk.call(str(self), "configure", "-state", state)
        self.mark_set("insert", "end-1c")
        self.see("insert")
        self._filling = self.is_composing = False

    def put(self, words: str) -> None:
        """Put text where the cursor is, in place of what is selected."""
        if self.tag_ranges("sel"):
            self.delete("sel.first", "sel.last")
        self.insert("insert", words)
        self.see("insert")

    def lines(self) -> int:
        """How many lines it takes at its width."""
        if self.winfo_width() < 40:
            return self.draft.count("\n") + 1
        # Python 3.13 changed what `Text.count` returns.
        counted = self.tk.call(str(self), "count", "-displaylines", "1.0", "end")
        return int(counted[0] if isinstance(counted, tuple) else counted)

    def restyle(self) -> None:
        """Colours, font and distances of the look."""
        look = self._look
        spacing = look.px(1)
        self.configure(
            font=look.font("body"),
            background=look.color("field_bg"),
            foreground=look.color("text"),
            insertbackground=look.color("accent_text"),
            insertwidth=look.px(2),
            selectbackground=look.color("sel_bg"),
            selectforeground=look.color("sel_text"),
            inactiveselectbackground=look.color("sel_bg"),
            spacing1=spacing,
            spacing3=spacing,
        )

    def _safe(self, words: str) -> str:
        if self._look.emoji_safe:
            return words.replace("\0", "")
        return shown(words, emoji_safe=False).text

    def _bind_keys(self) -> None:
        windows = self.tk.call("tk", "windowingsystem")
        control = "Command" if windows == "aqua" else "Control"
        for sequence, handler in (
            ("<Return>", lambda: self._enter(sends=self.enter_sends)),
            ("<KP_Enter>", lambda: self._enter(sends=self.enter_sends)),
            ("<Shift-Return>", lambda: self._enter(sends=False)),
            ("<Shift-KP_Enter>", lambda: self._enter(sends=False)),
            (f"<{control}-Return>", lambda: self._enter(sends=True)),
            (f"<{control}-KP_Enter>", lambda: self._enter(sends=True)),
            ("<Up>", self._up),
            ("<Prior>", lambda: self._scroll("page_up")),
            ("<Next>", lambda: self._scroll("page_down")),
            (f"<{control}-Home>", lambda: self._scroll("first")),
            (f"<{control}-End>", lambda: self._scroll("last")),
            (f"<{control}-a>", self._select_all),
            ("<Tab>", lambda: self._leave(self.tk_focusNext())),
            ("<Shift-Tab>", lambda: self._leave(self.tk_focusPrev())),
            *(
                [("<ISO_Left_Tab>", lambda: self._leave(self.tk_focusPrev()))]
                if windows == "x11"
                else []
            ),
            ("<<Paste>>", self._paste),
        ):
            self.bind(sequence, lambda _event, handler=handler: handler())  # type: ignore[misc]
        # An input method shows its text in the widget while it is at work.
        self.bind("<<TkStartIMEMarkedText>>", lambda _event: self._compose(True))
        self.bind("<<TkEndIMEMarkedText>>", lambda _event: self._compose(False))
        self.bind("<<TkClearIMEMarkedText>>", lambda _event: self._compose(False))
        self.bind("<<Modified>>", lambda _event: self._modified())

    def _compose(self, at_work: bool) -> None:
        self.is_composing = at_work

    def _enter(self, *, sends: bool) -> str | None:
        if self.is_composing:
            return None
        if sends:
            self.on_submit()
        elif str(self.cget("state")) == "normal":
            self.put("\n")
        return "break"

    def _up(self) -> str | None:
        if self.draft:
            return None
        self.on_up_when_empty()
        return "break"

    def _scroll(self, where: str) -> str:
        self.on_scroll(where)
        return "break"

    def _select_all(self) -> str:
        self.tag_add("sel", "1.0", "end-1c")
        return "break"

    def _leave(self, beside: tkinter.Misc | None) -> str:
        if beside is not None:
            beside.focus_set()
        return "break"

    def _paste(self) -> str:
        try:
            words = str(self.clipboard_get())
        except tkinter.TclError:
            words = ""
        if str(self.cget("state")) == "disabled":
            return "break"
        if not words:
            self.on_paste_files()
        elif len(words.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
            self.on_refused(TOO_LONG)
        else:
            self.edit_separator()
            self.put(self._safe(words.replace("\r\n", "\n").replace("\r", "\n")))
        return "break"

    def _modified(self) -> None:
        if not self.edit_modified():
            return
        self.edit_modified(False)
        if self._filling:
            return
        if not self._look.emoji_safe and self._safe(self.draft) != self.draft:
            # Before Tk draws it: an emoji that was typed would end the process.
            self.fill(self.draft)
        self.on_changed(self.draft)
