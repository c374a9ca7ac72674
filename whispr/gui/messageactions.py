"""What is done with the messages of the open conversation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whispr.gui.items import MessageItem
from whispr.gui.links import Link
from whispr.gui.services.openlink import may_run
from whispr.gui.shown import one_line

if TYPE_CHECKING:
    from whispr.gui.app import App
    from whispr.gui.desk import Desk
    from whispr.gui.views.chat import ChatView


class MessageActions:
    """The part of `Chat` that the messages ask for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app: App = desk.app
        self.contact_id: int | None = None

    @property
    def view(self) -> ChatView | None:
        """What shows the conversation."""
        return self._desk.view.chat if self._desk.view is not None else None

    def seen(self, message_id: int) -> None:
        """Every message up to this one was in view while the window had the focus."""
        contact_id, actions = self.contact_id, self._app.actions
        # Whatever the list counts at this moment: news of a message may come before the count.
        if contact_id is not None:
            self._app.ask(lambda: actions.mark_read(contact_id, message_id))

    def copy_text(self, text: str) -> None:
        """Put text on the clipboard."""
        self._app.clipboard.copy(text)

    def open_link(self, link: Link) -> None:
        """Open it, after asking if it is disguised or the person wants that."""
        if link.disguised or self._app.settings.current.ask_before_links:
            self._desk.dialogs.ask_link(link)
        else:
            self._app.opener.open_link(link.target)

    def reply(self, quotation: str) -> None:
        """Begin an answer."""
        if self.view is not None:
            self.view.composer.quote(quotation)

    def tell(self, sentence: str) -> None:
        """Say something in passing."""
        self._app.say(sentence)

    def show_details(self, message_id: int) -> None:
        """When it was sent, accepted, delivered."""
        self._desk.dialogs.details(message_id)

    def show_text(self, message_id: int) -> None:
        """A very long message, whole."""

        def show(item: MessageItem) -> None:
            if self.view is not None and item.contact_id == self.contact_id:
                self.view.conversation.show_text(item.text)

        self._app.ask(lambda: self._app.actions.message(message_id), show)

    def send_again(self, message_id: int) -> None:
        """Send what expired or failed as a new one."""
        self._app.ask(lambda: self._app.actions.send_again(message_id))

    def delete_message(self, message_id: int) -> None:
        """Delete it on this computer."""
        self._desk.dialogs.confirm(
            "Delete this message?",
            "It is deleted on this computer only. The other side keeps it.",
            "Delete",
            lambda: self._app.ask(lambda: self._app.actions.delete_message(message_id)),
        )

    def fetch_file(self, message_id: int) -> None:
        """Download a file."""
        self._app.ask(lambda: self._app.actions.fetch(message_id))

    def cancel_file(self, message_id: int) -> None:
        """Stop a transfer."""
        self._app.ask(lambda: self._app.actions.cancel_file(message_id))

    def open_file(self, message_id: int) -> None:
        """Open a readable copy; asks first for what the system would run."""

        def with_item(item: MessageItem) -> None:
            name = item.file.name if item.file else ""
            if may_run(name):
                self._desk.dialogs.confirm(
                    "Open this file?",
                    f"{one_line(name)} may run a program on this computer. "
                    "Open it only if you expected it.",
                    "Open",
                    lambda: self._open_copy(message_id),
                )
            else:
                self._open_copy(message_id)

        self._app.ask(lambda: self._app.actions.message(message_id), with_item)

    def _open_copy(self, message_id: int) -> None:
        folder = self._app.copies.folder()
        self._app.ask(
            lambda: self._app.actions.save_copy(message_id, folder),
            lambda path: self._app.opener.open_file(str(path)),
        )

    def save_file(self, message_id: int) -> None:
        """Ask for a place and write a readable copy there."""

        def with_item(item: MessageItem) -> None:
            name = item.file.name if item.file else "file"
            self._app.files.save("Save a copy", name, save)

        def save(target: Path) -> None:
            self._app.ask(
                lambda: self._app.actions.save_as(message_id, target),
                lambda _: self._app.say("Saved. The copy is not encrypted."),
            )

        self._app.ask(lambda: self._app.actions.message(message_id), with_item)
