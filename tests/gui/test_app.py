"""The whole window in this process, with a real relay and a second person behind the bridge."""

from __future__ import annotations

import gc
import time
import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.kit import PIN, key_file_access
from whispr.gui.app import App
from whispr.gui.backend.actions import Actions
from whispr.gui.backend.session import Session
from whispr.gui.preferences import Preferences
from whispr.gui.views.addcontact import AddContactView
from whispr.gui.views.firstrun import FirstRunView
from whispr.gui.views.unlock import UnlockView
from whispr.gui.widgets.dialog import Dialog
from whispr.protocol.card import parse_card
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay

Settle = Callable[[Callable[[], Any]], None]


class Stage:
    """A window, and somebody to write to who has no window."""

    def __init__(self, root: tkinter.Tk, folder: Path, settle: Settle) -> None:
        self.root, self.folder, self.settle = root, folder, settle
        self.app = self._new_app()
        self.told: list[Any] = []
        self.friend = Session(self.told.append, access=key_file_access("Bob"))
        self.friend_actions = Actions(self.friend)
        self.app.begin()

    def _new_app(self) -> App:
        return App(
            self.root,
            self.folder / "alice",
            environment={},
            which=lambda _: None,
            access=key_file_access("Alice"),
        )

    def ask(self, work: Callable[[], Any]) -> Any:
        """Run something in the network thread, and wait with the window alive."""
        answers: list[Any] = []
        self.app.bridge.ask(work, answers.append)
        self.settle(lambda: answers)
        return answers[0]

    @property
    def first(self) -> FirstRunView:
        view = self.app.entrance._first
        assert view is not None
        return view

    @property
    def unlock(self) -> UnlockView:
        view = self.app.entrance._unlock
        assert view is not None
        return view

    @property
    def desk(self) -> Any:
        assert self.app.desk is not None
        return self.app.desk

    def first_run(self) -> None:
        """Name, PIN, a relay of one's own, share, main window."""
        first = self.first
        assert first.field is not None
        first.field.set("Alice")
        first._name_done()
        assert first.form is not None
        first.form.first.set(PIN)
        first.form.second.set(PIN)
        assert first.form.is_good
        first._secret_done()
        first._host()
        self.settle(lambda: self.app.entrance._opened is not None)
        self.app.entrance.start(False)
        self.settle(lambda: self.app.desk is not None)
        self.settle(lambda: self.desk.state.connection.phase == "online")

    def make_friend(self) -> int:
        """Bob has a profile and each has the card of the other; the id that Alice has for him."""
        relay = self.ask(self.app.account.relay)
        opened = self.ask(lambda: self.friend.create(self.folder / "bob", "Bob", PIN, relay))
        own = self.desk.state.own.card
        self.ask(lambda: self.friend_actions.add_contact(own, None))
        return int(self.ask(lambda: self.app.actions.add_contact(opened.own.card, None)))

    def close(self) -> None:
        self.ask(self.friend.close)
        self.app.close()
        for child in self.root.winfo_children():
            child.destroy()


@pytest.fixture
def stage(root: tkinter.Tk, tmp_path: Path, settle: Settle) -> Iterator[Stage]:
    made = Stage(root, tmp_path, settle)
    yield made
    made.close()
    gc.collect()


def texts(widget: tkinter.Misc) -> str:
    """Everything that a window shows or holds."""
    found = []
    for child in widget.winfo_children():
        if isinstance(child, tkinter.Canvas):
            items = [item for item in child.find_all() if child.type(item) == "text"]
            found += [child.itemcget(item, "text") for item in items]
        if isinstance(child, tkinter.Text):
            found.append(child.get("1.0", "end"))
        if isinstance(child, tkinter.Entry):
            found.append(child.get())
        found.append(texts(child))
    return "\n".join(found)


def test_first_run_to_the_first_answer(stage: Stage) -> None:
    stage.first_run()
    to_bob = stage.make_friend()
    stage.settle(lambda: stage.desk.state.conversations)
    stage.desk.open_contact(to_bob)
    view = stage.desk.main.chat
    view.composer.text.put("Hello Bob")
    view.composer.submit()
    stage.settle(lambda: stage.desk.state.current.last_fate == "delivered")
    (item,) = stage.ask(lambda: stage.app.actions.page(to_bob, 10)).items
    assert (item.text, item.fate) == ("Hello Bob", "delivered")
    assert view.composer.draft == ""
    to_alice = stage.friend.opened().conversations[0].contact_id
    stage.ask(lambda: stage.friend_actions.send_text(to_alice, "Hello Alice"))
    stage.settle(lambda: stage.desk.state.current.last_line == "Hello Alice")
    stage.settle(lambda: "Hello Alice" in texts(stage.root))


def test_draft_is_of_its_contact_and_outlives_the_lock(stage: Stage) -> None:
    stage.first_run()
    to_bob = stage.make_friend()
    stage.settle(lambda: stage.desk.state.conversations)
    stage.desk.open_contact(to_bob)
    stage.desk.main.chat.composer.text.put("not yet")
    stage.settle(lambda: stage.desk.state.current.draft == "not yet")
    stage.desk.open_contact(to_bob)
    assert stage.desk.main.chat.composer.draft == "not yet"
    stage.app.lock()
    assert stage.app.desk is None and "not yet" not in texts(stage.root)
    assert stage.root.title() == "Whispr"
    stage.unlock.field.set(PIN)
    stage.unlock.submit()
    stage.settle(lambda: stage.app.desk is not None)
    stage.desk.open_contact(to_bob)
    assert stage.desk.main.chat.composer.draft == "not yet"


def test_behind_the_lock_no_key_opens_anything(stage: Stage) -> None:
    stage.first_run()
    stage.app.lock()
    stage.root.focus_force()
    stage.root.update()
    stage.root.event_generate("<Control-n>")
    stage.root.update()
    assert not [child for child in stage.app._dialogs if child.winfo_exists()]


def test_a_lock_takes_dialogs_with_it(stage: Stage) -> None:
    stage.first_run()
    stage.desk.add_contact()
    assert stage.app.look.theme == stage.app.look._plain.dimmed()
    stage.app.lock()
    assert stage.app.look.theme == stage.app.look._plain
    assert not [child for child in stage.app._dialogs if child.winfo_exists()]


def test_wrong_pin_is_said_and_can_be_corrected(stage: Stage) -> None:
    stage.first_run()
    stage.app.lock()
    stage.unlock.field.set("000001")
    stage.unlock.submit()
    assert not stage.unlock.button.is_enabled
    stage.settle(lambda: stage.unlock.note.text)
    assert stage.unlock.note.text == "Wrong PIN. 2 tries left before a wait."
    assert stage.unlock.field.get() == "" and stage.unlock.field.has_error


def test_after_three_wrong_pins_one_waits(stage: Stage) -> None:
    stage.first_run()
    stage.app.lock()
    for _ in range(3):
        stage.unlock.note.set("")
        stage.unlock.field.set("000001")
        stage.unlock.submit()
        stage.settle(lambda: stage.unlock.note.text)
    assert stage.unlock.note.text == "Wrong PIN. Try again in 1 s."
    assert not stage.unlock.button.is_enabled


def test_profile_that_is_open_elsewhere_is_a_clear_window(stage: Stage, settle: Settle) -> None:
    stage.first_run()
    stage.app.lock()
    stage.ask(stage.app.session.close)
    other = Session(lambda _: None, access=key_file_access("other"))
    stage.ask(lambda: other.unlock(stage.app.paths.folder, PIN))
    stage.unlock.field.set(PIN)
    stage.unlock.submit()
    settle(lambda: stage.app.entrance._in_use is not None)
    stage.ask(other.close)
    in_use = stage.app.entrance._in_use
    assert in_use is not None
    in_use.again.invoke()
    stage.unlock.field.set(PIN)
    stage.unlock.submit()
    settle(lambda: stage.app.desk is not None)


def test_own_relay_is_opened_to_the_network_when_that_was_chosen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whispr.gui.entrance.local_address", lambda: "127.0.0.2")
    first = stage.first
    first.name, first.secret = "Alice", PIN
    first.show_relay()
    assert first.reach is not None and "Only this computer" in first.reach.text
    first.reach.toggle.invoke()
    assert "127.0.0.2" in first.reach.text and "router" in first.reach.text
    first._host()
    stage.settle(lambda: stage.app.entrance._opened is not None)
    kept = stage.app.settings.current
    assert kept.hosted_host == "127.0.0.2" and kept.hosted_relay.startswith("0.0.0.0:")
    assert "@127.0.0.2:" in stage.ask(stage.app.account.relay)


def test_without_a_network_there_is_no_choice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whispr.gui.entrance.local_address", lambda: "")
    stage.first.show_relay()
    assert stage.first.reach is None


def test_relay_that_is_not_there_is_said_under_the_field(stage: Stage) -> None:
    first = stage.first
    first.name, first.secret = "Alice", PIN
    first.show_relay()
    assert first.field is not None and first.note is not None
    first.field.set("nonsense")
    first._relay_done()
    stage.settle(lambda: first.field is not None and first.field.has_error)
    assert first.note.text and not stage.app.paths.exists


def test_pasted_card_is_judged_while_it_is_there(stage: Stage) -> None:
    stage.first_run()
    stage.desk.add_contact()
    dialog = stage.app._dialogs[-1]
    view = _view_of(dialog)
    view.field.set(stage.desk.state.own.card)
    stage.settle(lambda: view.note.text)
    assert view.note.text == "This is you." and not view.button.is_enabled
    dialog.close()


def _view_of(dialog: Dialog) -> AddContactView:
    for reference in gc.get_referrers(dialog):
        view = getattr(reference, "view", None)
        if isinstance(view, AddContactView):
            return view
    found = [item for item in gc.get_objects() if isinstance(item, AddContactView)]
    return found[-1]


def test_mailbox_moves_from_the_settings(stage: Stage) -> None:
    stage.first_run()
    stage.make_friend()

    async def start() -> Relay:
        config = RelayConfig(listen=("127.0.0.1:0",), data=stage.folder / "other")
        relay = Relay(config, log=Log(SystemClock(), level="error"))
        await relay.start()
        return relay

    other = stage.ask(start)
    there = other.address
    before = stage.desk.state.connection.location
    preferences = Preferences(stage.desk, stage.app.dialog("Settings", 400))
    said: list[tuple[str, bool]] = []
    found: list[Any] = []
    preferences.test_relay(there.text(), lambda text, good: said.append((text, good)), found.append)
    stage.settle(lambda: found)
    assert said[-1][1] and found[0].fingerprint in said[-1][0]
    preferences.move_relay(found[0].address, lambda text, good: said.append((text, good)))
    stage.settle(lambda: stage.desk.state.connection.location == there.location)
    stage.settle(lambda: stage.desk.state.connection.phase == "online")
    deadline = time.monotonic() + 20
    while _relay_of_alice(stage) != there.location:
        assert time.monotonic() < deadline, "the new card never came"
    states: list[Any] = []
    preferences.relay_state(states.append)
    stage.settle(lambda: states)
    assert [location for location, _ in states[0].former] == [before]
    preferences.move_relay("nonsense", lambda text, good: said.append((text, good)))
    stage.settle(lambda: not said[-1][1])
    stage.ask(other.stop)


def _relay_of_alice(stage: Stage) -> str:
    """Where her friend would write to her."""

    async def look() -> str:
        (contact,) = stage.friend.client.people.list()
        return parse_card(contact.card).device.relay.location

    return str(stage.ask(look))


def test_every_dialog_opens_and_closes(stage: Stage) -> None:
    stage.first_run()
    to_bob = stage.make_friend()
    stage.settle(lambda: stage.desk.state.conversations)
    stage.desk.open_contact(to_bob)
    item = stage.desk.state.current
    dialogs = stage.desk.dialogs
    for show in (
        *(dialogs.settings, dialogs.shortcuts, dialogs.requests, dialogs.connection),
        *(dialogs.explain_key_change, lambda: dialogs.rename(item)),
        *(lambda: dialogs.wipe(item), lambda: dialogs.block(item), lambda: dialogs.remove(item)),
        lambda: dialogs.verify(to_bob),
    ):
        show()
        stage.settle(lambda: any(found.winfo_exists() for found in stage.app._dialogs))
        assert stage.app.close_dialogs()


def test_defect_is_told_and_the_text_is_not_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ValueError("the secret text")
    except ValueError as error:
        stage.app.defect(error)
    assert "the secret text" not in caplog.text and "test_app.py" in caplog.text
    assert len(stage.app.toasts.shown) == 1


def test_text_size_lays_everything_out_anew(stage: Stage) -> None:
    stage.first_run()
    before = stage.desk.main
    stage.app.appearance.step(1)
    assert stage.desk.main is not before
    stage.app.appearance.step(0)
