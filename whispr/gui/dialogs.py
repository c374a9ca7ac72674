"""`Dialogs`: opens what stands above the main window and does what is decided there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from whispr.errors import WhisprError
from whispr.gui.details import message_details
from whispr.gui.items import ConversationItem, MessageItem
from whispr.gui.links import Link
from whispr.gui.preferences import Preferences
from whispr.gui.shown import one_line
from whispr.gui.views.addcontact import WIDTH as ADD_WIDTH
from whispr.gui.views.addcontact import AddContactView
from whispr.gui.views.confirm import Confirmation
from whispr.gui.views.details import DetailsView
from whispr.gui.views.rename import RenameView
from whispr.gui.views.requests import WIDTH as REQUESTS_WIDTH
from whispr.gui.views.requests import RequestsView
from whispr.gui.views.settings import WIDTH as SETTINGS_WIDTH
from whispr.gui.views.settings import SettingsView
from whispr.gui.views.shortcuts import WIDTH as SHORTCUTS_WIDTH
from whispr.gui.views.shortcuts import ShortcutsView
from whispr.gui.views.verify import WIDTH as VERIFY_WIDTH
from whispr.gui.views.verify import VerifyView

if TYPE_CHECKING:
    from whispr.gui.desk import Desk
    from whispr.gui.widgets.dialog import Dialog


class Dialogs:
    """Of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def confirm(
        self, title: str, text: str, label: str, confirmed: Callable[[], object]
    ) -> Confirmation:
        """Ask before something that cannot be taken back."""
        dialog = self._app.dialog(title, 460)

        def go_on() -> None:
            dialog.close()
            confirmed()

        view = Confirmation(
            *(dialog.body, dialog.inner),
            text=text,
            label=label,
            confirmed=go_on,
            cancelled=dialog.close,
        )
        dialog.open(view.cancel)
        return view

    # People.

    def add_contact(self) -> None:
        """Add somebody by his card."""
        dialog = self._app.dialog("Add a contact", ADD_WIDTH)
        work = _Adding(self._desk, dialog)
        work.view = AddContactView(dialog.body, dialog.inner, work, self._desk.state.own)
        dialog.open(work.view.field.entry)

    def verify(self, contact_id: int) -> None:
        """Compare safety numbers."""
        item = self._desk.state.conversation(contact_id)
        if item is None:
            return

        def show(number: str) -> None:
            name = one_line(item.name, emoji_safe=self._app.look.emoji_safe, limit=40)
            dialog = self._app.dialog(f"Verify {name}", VERIFY_WIDTH)
            work = _Verifying(self._desk, dialog, item, number)
            view = VerifyView(
                *(dialog.body, dialog.inner, work),
                own=self._desk.state.own,
                item=item,
                number=number,
            )
            dialog.open(view.match)

        self._app.ask(lambda: self._app.actions.safety_number(contact_id), show)

    def requests(self) -> None:
        """Who wrote without being known."""
        dialog = self._app.dialog("Message requests", REQUESTS_WIDTH)
        actions = self._app.actions

        def accept(contact_id: int) -> None:
            dialog.close()
            self._app.ask(lambda: actions.accept_request(contact_id), self._desk.open_when_there)

        def block(contact_id: int) -> None:
            dialog.close()
            self._app.ask(lambda: actions.block(contact_id))

        RequestsView(
            *(dialog.body, dialog.inner, self._desk.state.requests), accept=accept, block=block
        )
        dialog.open()

    def rename(self, item: ConversationItem) -> None:
        """Call a contact otherwise."""
        dialog = self._app.dialog("Rename contact", 420)

        def done(name: str) -> None:
            self._app.ask(
                lambda: self._app.actions.rename_contact(item.contact_id, name),
                lambda _: dialog.close(),
                lambda error: view.failed(_sentence(error)),
            )

        view = RenameView(dialog.body, dialog.inner, item.name, done, dialog.close)
        dialog.open(view.field.entry)

    def wipe(self, item: ConversationItem) -> None:
        """Clear a conversation."""
        self.confirm(
            "Clear this conversation?",
            f"Every message with {one_line(item.name)} is deleted on this computer. "
            "The other side keeps theirs.",
            "Clear",
            lambda: self._app.ask(lambda: self._app.actions.wipe(item.contact_id)),
        )

    def block(self, item: ConversationItem) -> None:
        """Block a contact."""
        self.confirm(
            f"Block {one_line(item.name, limit=40)}?",
            "The conversation is deleted here, and nothing comes through any more. "
            "They are not told. You can unblock in Settings.",
            "Block",
            lambda: self._app.ask(lambda: self._app.actions.block(item.contact_id)),
        )

    def remove(self, item: ConversationItem) -> None:
        """Forget a contact."""
        self.confirm(
            f"Remove {one_line(item.name, limit=40)}?",
            "The contact and the conversation are deleted on this computer.",
            "Remove",
            lambda: self._app.ask(lambda: self._app.actions.remove_contact(item.contact_id)),
        )

    def explain_key_change(self) -> None:
        """What another device means."""
        self._tell(
            "What does this mean?",
            "This contact uses Whispr on another device now: a new computer, or a restored "
            "copy. The new device is signed with the same identity, so this is usually "
            "harmless.\n\nIf it surprises you, compare safety numbers in person or on a call "
            "before you write anything sensitive.",
        )

    # Messages.

    def details(self, message_id: int) -> None:
        """When it was sent, accepted, delivered."""

        def show(item: MessageItem) -> None:
            dialog = self._app.dialog("Message details", 460)
            DetailsView(dialog.body, dialog.inner, message_details(item))
            dialog.open()

        self._app.ask(lambda: self._app.actions.message(message_id), show)

    def ask_link(self, link: Link) -> None:
        """Show where a link really leads."""
        text = link.target if len(link.target) <= 300 else link.target[:299] + "…"
        if link.disguised:
            text += "\n\nThe name of this site is written to look like another one."
        self.confirm(
            f"Open {link.host}?", text, "Open", lambda: self._app.opener.open_link(link.target)
        )

    # The window.

    def settings(self) -> None:
        """Everything that can be set."""
        dialog = self._app.dialog("Settings", SETTINGS_WIDTH)
        preferences = Preferences(self._desk, dialog)
        preferences.view = SettingsView(dialog.body, dialog.inner, preferences)
        dialog.open(preferences.view.first)

    def shortcuts(self) -> None:
        """Every shortcut."""
        dialog = self._app.dialog("Keyboard shortcuts", SHORTCUTS_WIDTH)
        view = ShortcutsView(dialog.body, dialog.inner)
        dialog.open(view.field.entry)

    def connection(self) -> None:
        """Why there is no connection."""
        connection = self._desk.state.connection
        reason = connection.reason or "The relay does not answer."
        text = f"{connection.location}\n\n{reason[:1].upper()}{reason[1:]}"
        text += "\n\nYour messages stay on this computer and are sent when it returns."
        self._tell("No connection", text)

    def _tell(self, title: str, text: str) -> None:
        dialog = self._app.dialog(title, 460)
        view = Confirmation(
            *(dialog.body, dialog.inner),
            text=text,
            label="Close",
            confirmed=dialog.close,
            cancelled=dialog.close,
            kind="primary",
        )
        view.cancel.pack_forget()
        dialog.open(view.confirm)


class _Adding:
    """What the dialog for a new contact asks for."""

    def __init__(self, desk: Desk, dialog: Dialog) -> None:
        self._desk = desk
        self._app = desk.app
        self._dialog = dialog
        self.view: AddContactView | None = None

    def check_card(self, text: str) -> None:
        def show(check: object) -> None:
            if self._dialog.is_open and self.view is not None and text == self.view.field.get():
                self.view.show_check(check)  # type: ignore[arg-type]

        self._app.ask(lambda: self._app.actions.check_card(text), show)

    def add(self, card: str, name: str) -> None:
        def added(contact_id: int) -> None:
            self._dialog.close()
            self._desk.open_when_there(contact_id)

        def failed(error: WhisprError) -> None:
            if self.view is not None:
                self.view.failed(_sentence(error))

        self._app.ask(lambda: self._app.actions.add_contact(card, name), added, failed)

    def copy_card(self) -> None:
        self._app.clipboard.copy(self._desk.state.own.card)

    def cancel(self) -> None:
        self._dialog.close()

    def open_known(self, contact_id: int) -> None:
        self._dialog.close()
        self._desk.open_contact(contact_id)


class _Verifying:
    """What the dialog for safety numbers asks for."""

    def __init__(self, desk: Desk, dialog: Dialog, item: ConversationItem, number: str) -> None:
        self._desk = desk
        self._app = desk.app
        self._dialog = dialog
        self._item = item
        self._number = number

    def match(self) -> None:
        self._dialog.close()
        contact_id = self._item.contact_id
        self._app.ask(lambda: self._app.actions.set_verified(contact_id, True))

    def copy(self) -> None:
        self._app.clipboard.copy(self._number, secret=True)
        self._app.say("Copied. The clipboard is cleared in 60 s.")

    def differ(self) -> None:
        self._dialog.close()
        self._desk.dialogs._tell(
            "The numbers differ",
            "Write nothing sensitive here. Ask for their card again over another channel, "
            "compare the addresses, then remove this contact and add the right card. If the "
            "numbers differ again, somebody may be in between.",
        )


def _sentence(error: WhisprError) -> str:
    text = str(error) or "that did not work"
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
