from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed, written
from tests.gui.views.state_kit import BOB, CAROL, clock_ms, state_of, texts_of
from whispr.gui.state import FootLine
from whispr.gui.views.sidebar import RAIL, WIDTH, Sidebar


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def sidebar(root, calls):
    made = Sidebar(root, look_of(root), calls, clock_ms=clock_ms)
    placed(made, width=WIDTH, height=560)
    made.show(state_of(BOB, CAROL))
    root.update()
    return made


def test_me_and_my_contacts_are_shown(sidebar):
    assert {"Alice", "Bob", "Carol"} <= set(texts_of(sidebar))


def test_what_is_typed_is_searched(sidebar, calls):
    written(sidebar.field.entry, "bob")
    assert calls.of("search")[-1] == ("bob",)


def test_arrows_and_enter_in_the_search_open_a_chat(sidebar, calls):
    typed(sidebar.field.entry, "<Down>", "<Down>", "<Return>")
    assert calls.of("open_contact") == [(2,)]


def test_enter_opens_the_first_and_ends_the_search(sidebar, calls):
    written(sidebar.field.entry, "bo")
    sidebar.show(state_of(BOB, CAROL, query="bo"))
    typed(sidebar.field.entry, "<Return>")
    assert calls.of("open_contact") == [(1,)] and sidebar.field.get() == ""


def test_escape_empties_the_search_and_leaves(sidebar, calls):
    written(sidebar.field.entry, "bo")
    typed(sidebar.field.entry, "<Escape>")
    assert sidebar.field.get() == "" and calls.of("leave_search") == [()]
    assert calls.of("search")[-1] == ("",)


def test_the_search_takes_the_focus_with_what_is_in_it(sidebar):
    sidebar.field.set("bob")
    sidebar.focus_search()
    sidebar.update()
    assert sidebar.field.entry.selection_present()


def test_buttons_answer_to_keys(sidebar, calls):
    typed(sidebar.add, "<space>")
    typed(sidebar.settings, "<Return>")
    assert calls.of("add_contact") == [()] and calls.of("show_settings") == [()]


def test_the_foot_is_at_the_foot(sidebar, calls):
    sidebar.show_foot(FootLine("danger", "Offline", "Retry now"))
    sidebar.update()
    assert "Offline" in texts_of(sidebar.foot)
    sidebar.foot.button.invoke()
    assert calls.of("connection_action") == [("Retry now",)]


def test_a_rail_has_avatars_only_and_comes_back(sidebar):
    sidebar.set_rail(True)
    sidebar.update()
    assert int(sidebar.cget("width")) == RAIL and not sidebar.field.winfo_ismapped()
    assert "Bob" not in texts_of(sidebar.list)
    sidebar.set_rail(False)
    sidebar.update()
    assert sidebar.field.winfo_ismapped() and "Bob" in texts_of(sidebar.list)
