"""`Chat`: the open conversation: its pages, drafts, staged files, and what is done in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whispr.errors import WhisprError
from whispr.gui.backend.actions import MAX_FILE_BYTES
from whispr.gui.conversation.pages import Deliver
from whispr.gui.items import ConversationItem, SearchHitItem
from whispr.gui.messageactions import MessageActions
from whispr.gui.news import HistoryNews, MessageNews
from whispr.gui.views.staging import StagedItem

if TYPE_CHECKING:
    from whispr.gui.desk import Desk

DRAFT_MS = 400
MAX_STAGED = 20


class Pages:
    """The history of one contact, read through the bridge."""

    def __init__(self, desk: Desk, contact_id: int) -> None:
        self._desk = desk
        self._contact_id = contact_id

    def page_before(self, message_id: int | None, limit: int, deliver: Deliver) -> None:
        """The last messages older than that one."""
        self._ask(limit, deliver, before_id=message_id)

    def page_after(self, message_id: int, limit: int, deliver: Deliver) -> None:
        """The first messages newer than that one."""
        self._ask(limit, deliver, after_id=message_id)

    def page_at(self, index: int, limit: int, deliver: Deliver) -> None:
        """The messages from a place on."""
        self._ask(limit, deliver, index=index)

    def _ask(self, limit: int, deliver: Deliver, **where: Any) -> None:
        app = self._desk.app
        app.ask(lambda: app.actions.page(self._contact_id, limit, **where), deliver)


class Chat(MessageActions):
    """Does what the conversation, the composer and the header ask for."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._positions: dict[int, Any] = {}
        self._drafts: dict[int, str] = {}
        """Typed, and not on the disk yet."""
        self._timer = ""
        self._staged: dict[int, list[Path]] = {}

    # Opening.

    def open(self, item: ConversationItem, *, message_id: int | None = None) -> None:
        """Show a conversation; what was typed in the former one stays there."""
        view = self.view
        if view is None or item.contact_id != self.contact_id:
            self.leave()
            view = self._desk.main.open_chat()
            self.contact_id = item.contact_id
            view.composer.text.enter_sends = not self._app.settings.current.ctrl_enter_sends
            draft = self._drafts.get(item.contact_id, item.draft)
            unread = 0 if message_id else item.unread
            view.open(
                dataclasses.replace(item, draft=draft, unread=unread),
                Pages(self._desk, item.contact_id),
                self._desk.state.connection,
                position=None if message_id else self._positions.get(item.contact_id),
            )
            view.show_staged(self._staged_items())
            if view.conversation.is_reading != self._app.settings.current.reading_view:
                view.conversation.toggle_reading()
        if message_id is not None:
            view.conversation.messages.show_message(message_id, flash=True)
        view.composer.focus_text()

    def leave(self) -> None:
        """The conversation is closed: remember where it was read."""
        if self.contact_id is not None and self.view is not None:
            position = self.view.conversation.position
            if position is None:
                self._positions.pop(self.contact_id, None)
            else:
                self._positions[self.contact_id] = position
        self.contact_id = None

    def heard(self, news: MessageNews | HistoryNews) -> None:
        """Messages changed: show those of this conversation."""
        view = self.view
        if view is None or self.contact_id is None:
            return
        if isinstance(news, HistoryNews):
            if news.contact_id == self.contact_id:
                view.conversation.messages.open(Pages(self._desk, news.contact_id))
            return
        items = [
            item for item in (*news.added, *news.changed) if item.contact_id == self.contact_id
        ]
        if items:
            view.conversation.put(items)
        for message_id in news.removed:
            view.conversation.remove(message_id)

    # What is written.

    def draft_changed(self, text: str) -> None:
        """Keep what is typed; on the disk after a moment."""
        if self.contact_id is None:
            return
        self._drafts[self.contact_id] = text
        self._desk.draft_changed(self.contact_id, text)
        if self._timer:
            self._app.root.after_cancel(self._timer)
        self._timer = self._app.root.after(DRAFT_MS, self._save_drafts)

    def _save_drafts(self) -> None:
        self._timer = ""
        actions = self._app.actions
        for contact_id, text in self.take_drafts().items():
            self._app.ask(partial(actions.save_draft, contact_id, text))

    def take_drafts(self) -> dict[int, str]:
        """What is not on the disk yet; whoever takes it writes it."""
        if self._timer:
            self._app.root.after_cancel(self._timer)
            self._timer = ""
        drafts, self._drafts = self._drafts, {}
        return drafts

    def send(self, text: str) -> None:
        """Queue the text, then the staged files."""
        contact_id = self.contact_id
        if contact_id is None:
            return
        self._drafts.pop(contact_id, None)
        actions = self._app.actions
        good = [path for path in self._staged.pop(contact_id, []) if not _problem(path)]
        self._show_staged()
        if text:
            self._app.ask(
                lambda: actions.send_text(contact_id, text),
                None,
                lambda error: self._not_sent(contact_id, text, error),
            )
        for path in good:
            self._app.ask(partial(actions.send_file, contact_id, path))
        if self.view is not None:
            self.view.conversation.messages.to_latest()

    def _not_sent(self, contact_id: int, text: str, error: WhisprError) -> None:
        self._app.say_error(error)
        if contact_id == self.contact_id and self.view is not None:
            if not self.view.composer.draft:
                self.view.composer.text.put(text)

    # Files.

    def pick_files(self) -> None:
        """Ask for files to stage."""
        self._app.files.pick("Attach files", self.stage_files)

    def stage_files(self, paths: Sequence[Path]) -> None:
        """Stage files; nothing is sent yet."""
        if self.contact_id is None:
            return
        staged = self._staged.setdefault(self.contact_id, [])
        staged += [path for path in paths if path not in staged]
        del staged[MAX_STAGED:]
        self._show_staged()
        if self.view is not None:
            self.view.composer.focus_text()

    def paste_files(self) -> None:
        """The clipboard holds paths of files, if anything."""
        found = [Path(name) for name in self._app.clipboard.paste().splitlines() if name]
        existing = [path for path in found if path.is_absolute() and path.is_file()]
        if existing:
            self.stage_files(existing)

    def unstage(self, index: int) -> None:
        """Take one staged file away."""
        staged = self._staged.get(self.contact_id or 0, [])
        if 0 <= index < len(staged):
            del staged[index]
            self._show_staged()

    def clear_staged(self) -> bool:
        """Take all staged files away; False when there were none."""
        had_some = bool(self._staged.pop(self.contact_id or 0, []))
        self._show_staged()
        return had_some

    def _staged_items(self) -> list[StagedItem]:
        paths = self._staged.get(self.contact_id or 0, [])
        return [StagedItem(path.name, _size(path), _problem(path)) for path in paths]

    def _show_staged(self) -> None:
        if self.view is not None:
            self.view.show_staged(self._staged_items())

    # The header and the banner.

    def search_conversation(self) -> None:
        """Search in this conversation."""
        if self.view is not None:
            self.view.conversation.begin_search()

    def find(self, query: str) -> None:
        """Find words in this conversation."""
        contact_id = self.contact_id

        def found(hits: Sequence[SearchHitItem]) -> None:
            if self.view is not None and contact_id == self.contact_id:
                self.view.conversation.show_hits(query, [hit.message_id for hit in hits])

        self._app.ask(lambda: self._app.actions.search(query, contact_id, 10_000), found)

    def verify(self) -> None:
        """Compare safety numbers."""
        if self.contact_id is not None:
            self._desk.dialogs.verify(self.contact_id)

    def contact_menu(self, left: int, top: int) -> None:
        """The menu of the contact."""
        if self.contact_id is not None:
            self._desk.row_menu(self.contact_id, left, top)

    def banner_action(self, action: str) -> None:
        """An action of the banner."""
        contact_id, actions = self.contact_id, self._app.actions
        if action in ("Retry now", "Use here"):
            self._desk.connection_action(action)
        elif action == "Compare":
            self.verify()
        elif action == "Go on" and contact_id is not None:
            self._app.ask(lambda: actions.acknowledge_key_change(contact_id))
        elif action == "What is this?":
            self._desk.dialogs.explain_key_change()
        elif action == "Details":
            self._desk.dialogs.connection()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _problem(path: Path) -> str:
    if not path.is_file():
        return "not an ordinary file"
    return "over the 10 MB limit" if _size(path) > MAX_FILE_BYTES else ""
