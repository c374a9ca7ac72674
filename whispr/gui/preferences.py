"""`Preferences`: what the settings show, and what changing them does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.errors import ConfigError, StorageError, WhisprError
from whispr.gui.backend.account import TellOthers, check_relay, check_secret
from whispr.gui.checks import RelayCheck, RelayState, SecretCheck
from whispr.gui.items import OwnItem, RequestItem
from whispr.gui.settings_file import DesktopSettings
from whispr.gui.themes import BUILT_IN, read_theme, theme_files, theme_text
from whispr.gui.tokens import DARK, LIGHT, Theme
from whispr.gui.views.storagepage import keep_words

if TYPE_CHECKING:
    from whispr.gui.desk import Desk
    from whispr.gui.views.settings import SettingsView
    from whispr.gui.widgets.dialog import Dialog

THEMES_FOLDER = "themes"
Reply = Callable[[str, bool], object]


class Preferences:
    """Of one open dialog."""

    def __init__(self, desk: Desk, dialog: Dialog) -> None:
        self._desk = desk
        self._app = desk.app
        self._dialog = dialog
        self._told: TellOthers | None = None
        self.view: SettingsView | None = None

    @property
    def current(self) -> DesktopSettings:
        """The settings of the window."""
        return self._app.settings.current

    @property
    def own(self) -> OwnItem:
        """Who we are."""
        return self._desk.state.own

    @property
    def relay_location(self) -> str:
        """`host:port` of our relay."""
        return self._desk.state.connection.location

    @property
    def themes_folder(self) -> Path:
        """Where theme files lie."""
        return self._app.paths.folder / THEMES_FOLDER

    def change(self, name: str, value: object) -> None:
        """Change a setting of the window."""
        appearance = self._app.appearance
        if name == "theme":
            appearance.choose_theme(str(value))
        elif name == "follow_system":
            appearance.set_follow_system(bool(value))
        elif name == "text_percent":
            self._dialog.close()  # everything is laid out anew
            appearance.set_text_percent(int(str(value)))
            self._desk.dialogs.settings()
        elif name == "reading_view":
            if value != self.current.reading_view:
                self._desk.keys.turn_reading_view()
        else:
            self._app.settings.change(**{name: value})
            chat = self._desk.chat.view
            if chat is not None:
                chat.composer.text.enter_sends = not self.current.ctrl_enter_sends

    def rename(self, name: str, reply: Reply) -> None:
        """Call ourselves otherwise."""
        self._app.ask(
            lambda: self._app.account.rename(name),
            lambda _: reply("Changed. Contacts are told.", True),
            lambda error: reply(_sentence(error), False),
        )

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""
        self._desk.copy_card()

    def relay_state(self, show: Callable[[RelayState], object]) -> None:
        """Our relay and where our mailbox lay before."""
        self._app.ask(self._app.account.relay_state, show)

    def test_relay(self, address: str, reply: Reply, found: Callable[[RelayCheck], object]) -> None:
        """Look at a relay; an empty address is our own."""

        async def work() -> RelayCheck:
            return await check_relay(address or await self._app.account.relay())

        def answered(check: RelayCheck) -> None:
            reply(f"{check.location} answers. Its key: {check.fingerprint}", True)
            found(check)

        self._app.ask(work, answered, lambda error: reply(_sentence(error), False))

    def move_relay(self, address: str, reply: Reply) -> None:
        """Have our mailbox there from now on; the page is shown anew."""

        def moved(state: RelayState) -> None:
            self._app.say(f"Your mailbox is at {state.location} now. Contacts are told.")
            if self.view is not None and self._dialog.is_open:
                self.view.show(self.view.current)

        self._app.ask(
            lambda: self._app.account.move(address),
            moved,
            lambda error: reply(_sentence(error), False),
        )

    def themes(self) -> list[tuple[str, str, Theme]]:
        """What can be chosen: Light, Dark, and the file in use or the first of the folder."""
        found: list[tuple[str, str, Theme]] = [("light", "Light", LIGHT), ("dark", "Dark", DARK)]
        files = theme_files(self.themes_folder)
        chosen = self.current.theme
        if chosen not in BUILT_IN:
            files = [Path(chosen), *files]
        for path in files:
            try:
                found.append((str(path), path.name, read_theme(path).theme))
            except ConfigError:
                continue  # said when it is chosen
        return found

    def load_theme(self) -> None:
        """Ask for a theme file."""

        def chosen(paths: Sequence[Path]) -> None:
            try:
                read_theme(paths[0])
            except ConfigError as error:
                self._app.say(f"Theme not changed: {error}")
                return
            self._app.appearance.choose_theme(str(paths[0]))
            if self.view is not None and self._dialog.is_open:
                self.view.show(self.view.current)

        self._app.files.pick("Load a theme file", chosen)

    def open_themes_folder(self) -> None:
        """Show where theme files lie; the first time with a whole one to begin with."""
        try:
            self.themes_folder.mkdir(exist_ok=True)
            example = self.themes_folder / "my-theme.json"
            if not theme_files(self.themes_folder):
                example.write_text(theme_text(self._app.look.overlay.theme), encoding="utf-8")
        except OSError as error:
            self._app.say_error(StorageError(f"cannot write a theme: {error.strerror}"))
            return
        self._app.opener.open_file(str(self.themes_folder))

    def tell_others(self, show: Callable[[dict[str, bool]], object]) -> None:
        """What contacts learn."""

        def told(values: TellOthers) -> None:
            self._told = values
            show(dataclasses.asdict(values))

        self._app.ask(self._app.account.tell_others, told)

    def set_tell_others(self, name: str, value: bool) -> None:
        """Change it."""
        if self._told is not None:
            wanted = self._told = dataclasses.replace(self._told, **{name: value})
            self._app.ask(lambda: self._app.account.set_tell_others(wanted))

    def check_secret(self, secret: str) -> SecretCheck:
        """How good a new PIN is."""
        return check_secret(secret, self.own.name)

    def change_secret(self, old: str, new: str, reply: Reply) -> None:
        """Seal the keys under another PIN."""
        self._app.ask(
            lambda: self._app.account.change_secret(old, new),
            lambda _: reply("Changed. The old one opens nothing any more.", True),
            lambda error: reply(_sentence(error), False),
        )

    def lock(self) -> None:
        """Lock now."""
        self._app.lock()

    def blocked(self, show: Callable[[list[tuple[int, str]]], object]) -> None:
        """Who is blocked."""

        def found(people: Sequence[RequestItem]) -> None:
            show([(person.contact_id, person.name) for person in people])

        self._app.ask(self._app.actions.blocked, found)

    def unblock(self, contact_id: int, done: Callable[[], object]) -> None:
        """Let somebody in again."""
        self._app.ask(lambda: self._app.actions.unblock(contact_id), lambda _: done())

    def keep_days(self, show: Callable[[int], object]) -> None:
        """For how many days messages are kept."""
        self._app.ask(self._app.account.keep_days, show)

    def set_keep_days(self, days: int) -> None:
        """Change it; asks first, because what is older is deleted at once."""

        def change() -> None:
            self._app.ask(lambda: self._app.account.set_keep_days(days), told)

        def told(count: int) -> None:
            gone = f" Deleted: {count:,}." if count else ""
            self._app.say(f"{keep_words(days)}.{gone}")

        if not days:
            change()
            return
        self._dialog.close()
        self._desk.dialogs.confirm(
            f"{keep_words(days)}?",
            "Older messages and their files are deleted on this computer, now and from now on.",
            "Delete older ones",
            change,
        )

    def wipe_all(self) -> None:
        """Ask, then delete every conversation on this computer."""
        self._dialog.close()
        ids = [item.contact_id for item in self._desk.state.conversations]

        async def work() -> None:
            for contact_id in ids:
                await self._app.actions.wipe(contact_id)

        self._desk.dialogs.confirm(
            "Delete all conversations?",
            "Every message and file on this computer is deleted. Contacts stay.",
            "Delete all",
            lambda: self._app.ask(work),
        )


def _sentence(error: WhisprError) -> str:
    text = str(error) or "that did not work"
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
