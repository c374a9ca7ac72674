from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed
from tests.gui.views.state_kit import OWN, caption, texts_of
from whispr.gui.settings_file import DesktopSettings
from whispr.gui.views.parts import surface
from whispr.gui.views.settings import SettingsView
from whispr.gui.views.settingspages import PAGES, profile_page, relay_page
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.note import Note


class Actions(Recorder):
    """Knows who is blocked; replies when the test wants it."""

    current = DesktopSettings()
    own = OWN
    relay_location = "relay.example:7443"

    def __init__(self) -> None:
        super().__init__()
        self.people = [(9, "Mallory")]

    def blocked(self, show):
        show(list(self.people))

    def unblock(self, contact_id, done):
        self.people = [known for known in self.people if known[0] != contact_id]
        done()

    def themes(self):
        return []


def all_of(widget, kind):
    """Every widget of a kind, in the order in which they were made."""
    own = [widget] if isinstance(widget, kind) else []
    return own + [found for child in widget.winfo_children() for found in all_of(child, kind)]


def pressed(page, text):
    next(button for button in all_of(page, Button) if caption(button) == text).invoke()


@pytest.fixture
def actions():
    return Actions()


@pytest.fixture
def made(root, actions):
    def make(build):
        page = surface(root, "raised")
        build(page, look_of(root), actions)
        placed(page, width=480, height=640)
        return page

    return make


def test_the_profile_shows_the_address_and_copies_the_card(made, actions):
    page = made(profile_page)
    assert any(text.startswith("wsp1qqq") for text in texts_of(page))
    pressed(page, "Copy my card")
    assert actions.of("copy_card") == [()]


def test_a_new_name_is_told_with_its_answer(made, actions):
    page = made(profile_page)
    (field,) = all_of(page, Field)
    assert field.get() == "Alice"
    field.set("Alicia")
    pressed(page, "Change name")
    ((name, reply),) = actions.of("rename")
    reply("Changed. Contacts are told.", True)
    assert name == "Alicia" and all_of(page, Note)[0].text == "Changed. Contacts are told."


def test_who_is_let_in_again_is_no_longer_listed(made):
    page = made(profile_page)
    assert "Mallory" in texts_of(page)
    pressed(page, "Unblock")
    page.update()
    assert "Mallory" not in texts_of(page) and "Nobody." in texts_of(page)


def test_a_relay_is_looked_at(made, actions):
    page = made(relay_page)
    assert "relay.example:7443" in texts_of(page)
    pressed(page, "Test connection")
    assert actions.of("test_relay")[0][0] == ""


def test_every_page_is_reached_by_key(root, actions):
    parent = surface(root, "raised")
    view = SettingsView(parent, look_of(root), actions)
    placed(parent, width=760, height=560)
    assert list(view.names) == [name for name, _icon, _build in PAGES]
    for place, entry in enumerate(view.entries):
        typed(entry, "<Return>")
        assert view.current == place and entry.is_current
