"""`Entrance`: the screens before the main window: unlock, first run, profile in use."""

from __future__ import annotations

import time
import tkinter
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.client.unlock_attempts import FREE_ATTEMPTS, UnlockAttempts
from whispr.errors import ProfileInUseError, WhisprError, WrongPinError
from whispr.gui.backend.account import check_relay, check_secret, name_problem
from whispr.gui.backend.hosting import EVERY_ADDRESS, HERE_ALONE, Hosted
from whispr.gui.backend.localaddress import local_address
from whispr.gui.checks import RelayCheck, SecretCheck
from whispr.gui.forgotten import forgotten
from whispr.gui.news import Opened
from whispr.gui.views.firstrun import FirstRunView
from whispr.gui.views.inuse import InUseView
from whispr.gui.views.unlock import UnlockView

if TYPE_CHECKING:
    from whispr.gui.app import App


class Entrance:
    """Who comes in; does what the views before the main window ask for."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._unlock: UnlockView | None = None
        self._first: FirstRunView | None = None
        self._opened: Opened | None = None
        self._in_use: InUseView | None = None

    @property
    def folder(self) -> Path:
        """Of the profile."""
        return self._app.paths.folder

    def show(self) -> None:
        """Unlock, or the first run."""
        if self._opened is not None and self._first is not None:
            self._app.show(self._make_first_run)
            self._first.show_share(self._opened.own)
        else:
            self._app.show(self._make_unlock if self._app.paths.exists else self._make_first_run)

    def _make_unlock(self, parent: tkinter.Misc) -> tkinter.Misc:
        self._unlock = UnlockView(
            *(parent, self._app.look, self),
            name=self._app.settings.current.name,
            now=time.monotonic,
        )
        return parent

    def _make_first_run(self, parent: tkinter.Misc) -> tkinter.Misc:
        self._first = FirstRunView(parent, self._app.look, self)
        return parent

    # What the unlock screen asks for.

    def unlock(self, secret: str) -> None:
        """Try a PIN; the relay of one's own comes first, so that the connection finds it."""
        app = self._app

        async def work() -> Opened:
            await app.session.unlock(self.folder, secret)
            kept = app.settings.current
            if kept.hosted_relay:
                await app.hosting.start(self.folder, kept.hosted_relay, kept.hosted_host)
                await app.account.retry_now()
            # Looked at last: news that came before the window is there are dropped.
            return app.session.opened()

        app.ask(work, self._entered, self._refused)

    def _entered(self, opened: Opened) -> None:
        self._unlock = self._first = self._opened = None
        self._app.entered(opened)

    def _refused(self, error: WhisprError) -> None:
        if isinstance(error, ProfileInUseError):
            self._app.show(self._make_in_use)
        elif self._unlock is not None and isinstance(error, WrongPinError):
            failed = UnlockAttempts(self._app.paths.attempts).failed_attempts()
            left = max(1, FREE_ATTEMPTS + 1 - failed)
            self._unlock.wrong(left, error.wait_seconds)
        elif self._unlock is not None:
            self._unlock.failed(_sentence(error))

    def _make_in_use(self, parent: tkinter.Misc) -> tkinter.Misc:
        self._in_use = InUseView(parent, self._app.look, again=self.show, close=self._app.quit)
        return parent

    def forgot(self) -> None:
        """Say plainly that there is no way back."""
        forgotten(self._app)

    # What the first run asks for.

    def name_problem(self, name: str) -> str:
        """Why a name cannot be used, or nothing."""
        return name_problem(name)

    def check_secret(self, secret: str, name: str) -> SecretCheck:
        """How good a PIN or passphrase is."""
        return check_secret(secret, name)

    def use_relay(self, address: str) -> None:
        """Look at a relay, then make the profile there."""
        self._app.ask(lambda: check_relay(address), self._make_at, self._relay_failed)

    def _make_at(self, found: RelayCheck) -> None:
        self._create(found.address)

    def local_address(self) -> str:
        """What others in the network call this computer; empty without a network."""
        return local_address()

    def host_relay(self, public_host: str) -> None:
        """Run a relay here, for this computer or for others too; then make the profile there."""
        app, listen = self._app, EVERY_ADDRESS if public_host else HERE_ALONE
        app.ask(
            lambda: app.hosting.start(self.folder, listen, public_host),
            self._make_here,
            self._relay_failed,
        )

    def _make_here(self, hosted: Hosted) -> None:
        self._app.settings.change(hosted_relay=hosted.listen, hosted_host=hosted.public_host)
        self._create(hosted.address)

    def _create(self, address: str) -> None:
        assert self._first is not None
        first, app = self._first, self._app
        first.busy("Making your keys…")
        name, secret = first.name, first.secret
        app.ask(
            lambda: app.session.create(self.folder, name, secret, address),
            self._created,
            self._relay_failed,
        )

    def _relay_failed(self, error: WhisprError) -> None:
        if self._first is not None:
            self._first.relay_failed(_sentence(error))

    def _created(self, opened: Opened) -> None:
        assert self._first is not None
        self._opened = opened
        self._app.settings.change(name=opened.own.name)
        self._first.show_share(opened.own)

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""
        if self._opened is not None:
            self._app.clipboard.copy(self._opened.own.card)
            self._app.say("Your card is copied. Paste it into a message to a friend.")

    def start(self, add_contact: bool) -> None:
        """To the main window."""
        app = self._app

        async def look() -> Opened:
            return app.session.opened()

        def entered(opened: Opened) -> None:
            self._entered(opened)
            if add_contact and app.desk is not None:
                app.desk.add_contact()

        app.ask(look, entered)


def _sentence(error: WhisprError) -> str:
    text = str(error) or "that did not work"
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
