from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed
from whispr.gui.views.parts import surface
from whispr.gui.views.storagepage import StoragePage


class Actions(Recorder):
    """Answers at once."""

    def __init__(self, days: int) -> None:
        super().__init__()
        self.days = days

    def keep_days(self, show) -> None:
        show(self.days)


@pytest.fixture
def shown(root):
    def show(days):
        parent, actions = surface(root, "raised"), Actions(days)
        page = StoragePage(parent, look_of(root), actions)
        placed(parent, width=480, height=430)
        return page, actions

    return show


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Keep messages until I delete them"),
        (1, "Keep messages for 1 day"),
        (30, "Keep messages for 30 days"),
        (17, "Keep messages until I delete them"),
    ],
)
def test_it_says_what_holds_now(shown, days, words):
    page, _ = shown(days)
    assert page.label.cget("text") == words


def test_moving_changes_nothing_before_it_is_confirmed(shown):
    page, actions = shown(0)
    typed(page.slider, "<Left>", "<Left>")
    assert page.days == 90 and actions.calls == []
    typed(page.apply, "<Return>")
    assert actions.calls == [("set_keep_days", 90)]


def test_everything_can_be_deleted(shown):
    page, actions = shown(0)
    page.wipe.invoke()
    assert actions.of("wipe_all") == [()]


def test_an_answer_that_comes_too_late_is_dropped(root):
    late = []

    class Slow(Recorder):
        def keep_days(self, show):
            late.append(show)

    parent = surface(root, "raised")
    StoragePage(parent, look_of(root), Slow())
    parent.destroy()
    late[0](30)
