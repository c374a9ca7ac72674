"""Where a message is written: one to six lines, files, emoji, and the button that sends it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.conversation.actions import ComposerActions
from whispr.gui.conversation.timer import Timer
from whispr.gui.drawing import draw_box
from whispr.gui.look import Look
from whispr.gui.views.emojipanel import EmojiPanel
from whispr.gui.views.messagetext import MessageText
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.iconbutton import IconButton

MAX_LINES = 6


class Field(Drawn):
    """The round field around the text; its words when empty are no text of it."""

    def __init__(self, parent: tkinter.Misc, look: Look) -> None:
        super().__init__(parent, look, height=64)
        self.placeholder = ""
        self.text = MessageText(self, look)
        self._hint = tkinter.Label(self.text, bd=0, padx=0, pady=0, cursor="xterm", anchor="w")
        self.panel = EmojiPanel(self.text, look, self.text.put)
        self.emoji = IconButton(
            self,
            look,
            "smile",
            lambda: self.panel.toggle(self.emoji),
            tip="Emoji",
            size=30,
            on="field_bg",
        )
        # Tk tells the text its size while it draws this canvas: items must not go meanwhile.
        soon = Timer(self, self.redraw)
        self.text.bind("<Configure>", lambda _event: soon.when_idle())
        for widget in (self, self._hint):
            widget.bind("<Button-1>", lambda _event: self.text.focus_set())

    def paint(self) -> None:
        """The field as high as its lines, up to six."""
        if not hasattr(self, "emoji"):
            return
        look, px, width = self.look, self.look.px, self.size_px[0]
        lines = max(1, min(MAX_LINES, self.text.lines()))
        inner = lines * look.line_px
        height = inner + px(20)
        if round(float(self.cget("height"))) != height + px(24):
            self.configure(height=height + px(24))
        draw_box(self, look, (0, px(12), width, px(12) + height), px(20), "field_bg", "bg")
        emoji = px(46) if look.emoji_safe else px(16)
        self.create_window(
            *(px(16), px(22)),
            anchor="nw",
            window=self.text,
            width=max(1, width - px(16) - emoji),
            height=inner,
        )
        if look.emoji_safe:
            self.create_window(
                width - px(10), px(12) + height - px(19), anchor="e", window=self.emoji
            )
        if self.text.draft:
            self._hint.place_forget()
        else:
            self._hint.configure(
                text=self.placeholder,
                font=look.font("body"),
                background=look.color("field_bg"),
                foreground=look.color("text3"),
            )
            self._hint.place(x=px(1), y=0, height=look.line_px)


class Composer(tkinter.Frame):
    """The text with its buttons."""

    def __init__(self, parent: tkinter.Misc, look: Look, actions: ComposerActions) -> None:
        super().__init__(parent, bd=0, background=look.color("bg"))
        self._look = look
        self._actions = actions
        self._staged = 0
        self._enabled = True
        # Made in the order in which Tab goes from one to the next.
        self.attach = IconButton(
            self, look, "clip", actions.pick_files, tip="Attach files", size=40, icon_size=22
        )
        self.field = Field(self, look)
        self.text = self.field.text
        self.send_button = IconButton(
            self, look, "send", self.submit, tip="Send", size=40, icon_size=22, solid=True
        )
        self.text.on_submit = self.submit
        self.text.on_changed = self._changed
        self.text.on_paste_files = actions.paste_files
        self.text.on_refused = actions.tell
        look.follow(self, self._restyle)
        self._restyle()

    @property
    def on_scroll(self) -> Callable[[str], object]:
        """Called with `page_up`, `page_down`, `first`, `last`: keys that move the messages."""
        return self.text.on_scroll

    @on_scroll.setter
    def on_scroll(self, called: Callable[[str], object]) -> None:
        self.text.on_scroll = called

    @property
    def on_up_when_empty(self) -> Callable[[], object]:
        """Called for the Up key while nothing is written."""
        return self.text.on_up_when_empty

    @on_up_when_empty.setter
    def on_up_when_empty(self, called: Callable[[], object]) -> None:
        self.text.on_up_when_empty = called

    @property
    def draft(self) -> str:
        """The text as it stands."""
        return self.text.draft

    def open(self, name: str, draft: str) -> None:
        """Write to another contact, beginning with what was written to him before."""
        self.field.placeholder = f"Message {name}"
        self._fill(draft)

    def clear(self) -> None:
        """Forget the text and every earlier state of it: for the lock, and after sending."""
        self.field.panel.hide()
        self._fill("")

    def quote(self, quotation: str) -> None:
        """Begin with a quotation."""
        self.text.insert("1.0", quotation)
        self.text.mark_set("insert", "end-1c")
        self.text.see("insert")
        self.focus_text()

    def focus_text(self) -> None:
        """Be ready to write."""
        self.text.focus_set()

    def set_staged(self, sendable: int) -> None:
        """So many files go with the message: it may be empty then."""
        self._staged = sendable
        self._refresh()

    def set_enabled(self, enabled: bool, reason: str = "") -> None:
        """Whether there is anybody to write to; the reason stands where the text would be."""
        self._enabled = enabled
        self.field.placeholder = reason or self.field.placeholder
        self.text.configure(state="normal" if enabled else "disabled")
        self.attach.set_enabled(enabled)
        self.field.emoji.set_enabled(enabled)
        self._refresh()

    def submit(self) -> None:
        """Hand the text over and begin a new one; nothing happens while it may not be sent."""
        words = self.draft.strip("\n")
        if self.text.is_composing or not self._is_sendable():
            return
        self.clear()
        self._actions.draft_changed("")
        self._actions.send(words if words.strip() else "")

    def _is_sendable(self) -> bool:
        has_something = bool(self.draft.strip()) or self._staged > 0
        return self._enabled and has_something and self.text.fits

    def _changed(self, draft: str) -> None:
        self._actions.draft_changed(draft)
        self._refresh()

    def _fill(self, words: str) -> None:
        self.text.fill(words)
        self._refresh()

    def _refresh(self) -> None:
        self.send_button.set_enabled(self._is_sendable())
        self.field.redraw()

    def _restyle(self) -> None:
        look, px = self._look, self._look.px
        self.configure(background=look.color("bg"))
        self.attach.pack(side="left", anchor="s", padx=(px(12), px(4)), pady=px(12))
        self.send_button.pack(side="right", anchor="s", padx=(px(8), px(16)), pady=px(12))
        self.field.pack(side="left", fill="x", expand=True, anchor="s")
        self.text.restyle()
        self._refresh()
