"""What a person does with a message, whether by pointer, key or menu."""

from __future__ import annotations

from functools import partial

from whispr.gui.conversation.actions import ConversationActions
from whispr.gui.conversation.canvas import ConversationCanvas
from whispr.gui.conversation.filewords import FileAction, file_words
from whispr.gui.conversation.hit import Target
from whispr.gui.conversation.menu import MenuAction, entries, quoted
from whispr.gui.conversation.selection import WHOLE, Selection, plain_text, whole
from whispr.gui.links import Link
from whispr.gui.widgets.menu import SEPARATOR, MenuEntry, popup_menu


class Person:
    """Turns what was pressed into actions; knows the selection."""

    def __init__(self, canvas: ConversationCanvas, actions: ConversationActions) -> None:
        self._canvas = canvas
        self._actions = actions

    @property
    def selection(self) -> Selection | None:
        """What is selected."""
        return self._canvas.painter.selection

    def press(self, target: Target) -> None:
        """A link, a file or a word was clicked."""
        match target.kind:
            case "link" if target.link:
                self._actions.open_link(target.link)
            case "file":
                self._use_file(target.message_id)
            case "send_again":
                self._actions.send_again(target.message_id)
            case "show_all":
                self._actions.show_text(target.message_id)

    def use(self, message_id: int) -> None:
        """Enter on a message: its file, its first link, the rest of it, or sending it again."""
        row = self._canvas.measure(message_id)
        if row.item.file:
            self._use_file(message_id)
            return
        link = self.first_link(message_id)
        if link:
            self._actions.open_link(link)
        elif row.is_cut:
            self._actions.show_text(message_id)
        elif row.height > row.bottom:
            self._actions.send_again(message_id)

    def first_link(self, message_id: int) -> Link | None:
        """The first link of a message."""
        lines = self._canvas.measure(message_id).lines
        return next((run.link for line in lines for run in line.runs if run.link), None)

    def copy(self, message_id: int | None = None) -> bool:
        """Copy the selection, or that message; False when there is nothing to copy."""
        selection, loaded = self.selection, self._canvas.loaded
        if selection is None and message_id is not None and message_id in loaded:
            selection = whole(loaded[message_id])
        text = selection.text(loaded) if selection else ""
        if text:
            self._actions.copy_text(text)
        return bool(text)

    def select_all(self) -> None:
        """Everything that is loaded."""
        ids = self._canvas.loaded.ids
        if ids:
            self._canvas.select(Selection((ids[0], 0), (ids[-1], WHOLE)))

    def clear_selection(self) -> bool:
        """Select nothing; False when nothing was selected."""
        had_one = self.selection is not None
        self._canvas.select(None)
        return had_one

    def toggle(self, message_id: int) -> None:
        """Take a message into the selection, or select nothing when it is in it."""
        selection, item = self.selection, self._canvas.loaded[message_id]
        if selection is None:
            self._canvas.select(whole(item))
        elif selection.span(message_id):
            self._canvas.select(None)
        else:
            first = min(selection.first, (message_id, 0))
            self._canvas.select(Selection(first, max(selection.last, (message_id, WHOLE))))

    def delete(self, message_id: int) -> None:
        """Delete the message on this computer."""
        self._actions.delete_message(message_id)

    def popup(self, message_id: int, link: Link | None, left: int, top: int) -> None:
        """The menu of a message, at a place of the screen."""
        item = self._canvas.loaded[message_id]
        link = link or self.first_link(message_id)
        lines = [
            MenuEntry(
                entry.label,
                partial(self._do, entry.action, message_id, link),
                entry.shortcut,
                is_dangerous=entry.action == "delete",
            )
            if entry.action
            else SEPARATOR
            for entry in entries(
                item, link=link.target if link else None, has_selection=bool(self.selection)
            )
        ]
        popup_menu(self._canvas, self._canvas.look, lines, left, top)

    def _do(self, action: MenuAction, message_id: int, link: Link | None) -> None:
        actions = self._actions
        match action:
            case "copy":
                self.copy(message_id)
            case "copy_link" if link:
                actions.copy_text(link.target)
            case "reply":
                actions.reply(quoted(plain_text(self._canvas.loaded[message_id])))
            case "details":
                actions.show_details(message_id)
            case "send_again":
                actions.send_again(message_id)
            case "open_copy":
                actions.open_file(message_id)
            case "save_as":
                actions.save_file(message_id)
            case "fetch":
                actions.fetch_file(message_id)
            case "cancel":
                actions.cancel_file(message_id)
            case "delete":
                actions.delete_message(message_id)

    def _use_file(self, message_id: int) -> None:
        item = self._canvas.loaded[message_id]
        if item.file is None:
            return
        action: FileAction | None = file_words(item.file, outgoing=item.outgoing).action
        if action == "fetch":
            self._actions.fetch_file(message_id)
        elif action == "cancel":
            self._actions.cancel_file(message_id)
        elif action == "open":
            self._actions.open_file(message_id)
