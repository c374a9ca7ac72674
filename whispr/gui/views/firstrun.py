"""The first run: a name, a PIN, a relay, and the own card to share."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Protocol

from whispr.gui.checks import SecretCheck
from whispr.gui.items import OwnItem
from whispr.gui.look import Look
from whispr.gui.views.hostreach import HostReach
from whispr.gui.views.parts import middle_column, surface, words
from whispr.gui.views.secretform import SecretForm
from whispr.gui.views.steps import Steps
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.logo import Logo
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.qr import QrCode

WIDTH = 360
NAMES = ("Name", "PIN", "Relay", "Share")


class FirstRunActions(Protocol):
    """What the steps ask for."""

    def name_problem(self, name: str) -> str:
        """Why a name cannot be used, or nothing."""

    def check_secret(self, secret: str, name: str) -> SecretCheck:
        """How good a PIN or passphrase is."""

    def use_relay(self, address: str) -> None:
        """Look at a relay, then make the profile there."""

    def local_address(self) -> str:
        """What others in the network call this computer; empty without a network."""

    def host_relay(self, public_host: str) -> None:
        """Run a relay here, then make the profile there; empty: for this computer only."""

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""

    def start(self, add_contact: bool) -> None:
        """To the main window."""


class FirstRunView:
    """One step after the other; what was typed stays when one goes back."""

    def __init__(self, parent: tkinter.Misc, look: Look, actions: FirstRunActions) -> None:
        self._parent = parent
        self._look = look
        self._actions = actions
        self.name = ""
        self.secret = ""
        self._relay = ""
        self._public_host = ""
        self.reach: HostReach | None = None
        self._own: OwnItem | None = None
        self._column: tkinter.Misc | None = None
        self.button: Button | None = None
        self.note: Note | None = None
        self.field: Field | None = None
        self.form: SecretForm | None = None
        self._buttons: list[Button] = []
        self.show_name()

    def _begin(self, step: int, title: str, text: str) -> tkinter.Misc:
        look, px = self._look, self._look.px
        if self._column is not None and self._column.master is not None:
            self._column.master.destroy()
        self._buttons = []
        column = middle_column(self._parent)
        self._column = column
        if step == 0:
            Logo(column, look, size=56).pack(anchor="w", pady=(0, px(20)))
        Steps(column, look, NAMES, step, width=WIDTH).pack(anchor="w", pady=(0, px(28)))
        words(column, look, title, font="h1").pack(anchor="w")
        words(column, look, text, tone="Dim", wrap=WIDTH).pack(anchor="w", pady=(px(4), px(20)))
        return column

    def _end(
        self,
        column: tkinter.Misc,
        back: Callable[[], object] | None,
        label: str,
        command: Callable[[], object],
    ) -> None:
        px = self._look.px
        row = surface(column)
        row.pack(fill="x", pady=(px(18), 0))
        if back is not None:
            button = Button(row, "Back", back)
            button.pack(side="left")
            self._buttons.append(button)
        self.button = Button(row, label, command, kind="primary")
        self.button.pack(side="right")
        self._buttons.append(self.button)

    # Name

    def show_name(self) -> None:
        """Step 1."""
        column = self._begin(
            0,
            "What are you called?",
            "The name is on the card that you give to others. No account, no phone number.",
        )
        words(column, self._look, "Name", font="small_bold").pack(
            anchor="w", pady=(0, self._look.px(6))
        )
        self.field = Field(
            *(column, self._look),
            name="Name",
            width=WIDTH,
            max_characters=64,
            changed=lambda _text: self._name_typed(),
            submitted=self._name_done,
        )
        self.field.pack(anchor="w")
        self.note = Note(column, self._look, width=WIDTH)
        self.note.pack(fill="x")
        self._end(column, None, "Continue", self._name_done)
        self.field.set(self.name)
        self.field.focus_set()
        self._name_typed()

    def _name_typed(self) -> None:
        if self.field is not None and self.button is not None and self.note is not None:
            text = self.field.get().strip()
            problem = self._actions.name_problem(text) if text else ""
            self.field.set_error(bool(problem))
            self.note.set(problem)
            self.button.set_enabled(bool(text) and not problem)

    def _name_done(self) -> None:
        assert self.field is not None
        text = self.field.get().strip()
        if text and not self._actions.name_problem(text):
            self.name = text
            self.show_secret()

    # PIN

    def show_secret(self) -> None:
        """Step 2."""
        column = self._begin(
            1,
            "Choose a PIN",
            "It encrypts your private keys on this computer. If you forget it, your keys and "
            "history are lost: there is no reset.",
        )
        self.form = SecretForm(
            *(column, self._look),
            check=lambda secret: self._actions.check_secret(secret, self.name),
            width=WIDTH,
            changed=self._secret_typed,
            submitted=self._secret_done,
        )
        self._end(column, self.show_name, "Continue", self._secret_done)
        self._secret_typed()
        self.form.focus_set()

    def _secret_typed(self) -> None:
        if self.form is not None and self.button is not None:
            self.button.set_enabled(self.form.is_good)

    def _secret_done(self) -> None:
        assert self.form is not None
        if self.form.is_good:
            self.secret = self.form.secret
            self.show_relay()

    # Relay

    def show_relay(self) -> None:
        """Step 3."""
        look = self._look
        column = self._begin(
            2,
            "Where is your mailbox?",
            "A relay keeps messages for you until you fetch them. It cannot read them.",
        )
        words(column, look, "Address of a relay", font="small_bold").pack(
            anchor="w", pady=(0, look.px(6))
        )
        self.field = Field(
            *(column, look),
            name="Address of a relay",
            placeholder="whispr://…",
            width=WIDTH,
            font="mono_small",
            max_characters=2048,
            changed=self._relay_typed,
            submitted=self._relay_done,
        )
        self.field.pack(anchor="w")
        self.note = Note(column, look, width=WIDTH)
        self.note.pack(fill="x")
        row = surface(column)
        row.pack(fill="x", pady=(look.px(14), 0))
        words(row, look, "No relay yet?", font="small", tone="Dim").pack(side="left")
        host = Button(row, "Host one on this computer", self._host)
        host.pack(side="right")
        self._show_reach(column)
        self._end(column, self.show_secret, "Continue", self._relay_done)
        self._buttons.append(host)
        self.field.set(self._relay)
        self._relay_typed(self._relay)
        self.field.focus_set()

    def _show_reach(self, column: tkinter.Misc) -> None:
        """Who can use a relay that is hosted here: this computer, or others on the network."""
        look, address = self._look, self._actions.local_address()
        self._public_host, self.reach = "", None
        if not address:
            return
        self.reach = HostReach(column, look, address, self._reach_chosen, width=WIDTH)
        self.reach.pack(fill="x", pady=(look.px(10), 0))

    def _reach_chosen(self, public_host: str) -> None:
        self._public_host = public_host

    def _relay_typed(self, text: str) -> None:
        self._relay = text
        if self.button is not None and self.field is not None and self.note is not None:
            self.field.set_error(False)
            self.note.set("")
            self.button.set_enabled(bool(text.strip()))

    def _relay_done(self) -> None:
        if self._relay.strip():
            self.busy("Looking at the relay…")
            self._actions.use_relay(self._relay.strip())

    def _host(self) -> None:
        self.busy("Starting a relay…")
        self._actions.host_relay(self._public_host)

    def busy(self, text: str) -> None:
        """Work is under way; the window goes on moving."""
        for button in self._buttons:
            button.set_enabled(False)
        if self.field is not None:
            self.field.set_enabled(False)
        if self.note is not None:
            self.note.set(text, icon="clock", color="text2")

    def relay_failed(self, text: str) -> None:
        """It did not work: say why, let it be changed."""
        for button in self._buttons:
            button.set_enabled(True)
        if self.field is not None and self.note is not None:
            self.field.set_enabled(True)
            self.field.set_error(True)
            self.note.set(text, icon="alert", color="danger")
            self.field.focus_set()

    # Share

    def show_share(self, own: OwnItem) -> None:
        """Step 4: the profile is there."""
        self.secret = ""
        look, px = self._look, self._look.px
        column = self._begin(
            3,
            "Share your card",
            "Send it to a friend over any channel. Whoever has it can write to you.",
        )
        if own.card:
            QrCode(column, look, own.card, size=220).pack(anchor="w", pady=(0, px(12)))
        words(column, look, own.address, font="mono_small", tone="Dim", wrap=WIDTH).pack(anchor="w")
        row = surface(column)
        row.pack(fill="x", pady=(px(18), 0))
        copy = Button(row, "Copy my card", self._actions.copy_card)
        copy.pack(side="left")
        skip = Button(row, "Skip", lambda: self._actions.start(False))
        skip.pack(side="right", padx=(px(8), 0))
        self.button = Button(
            row, "Add a contact", lambda: self._actions.start(True), kind="primary"
        )
        self.button.pack(side="right")
        self.button.focus_set()
