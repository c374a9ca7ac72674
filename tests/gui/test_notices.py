from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.gui.conversation.kit import Recorder, text_item
from whispr.gui.items import ConversationItem, OwnItem
from whispr.gui.notices import Notices
from whispr.gui.services.notify import Notification
from whispr.gui.settings_file import DesktopSettings
from whispr.gui.state import AppState

BOB = ConversationItem(1, "Bob", bytes(32), unread=1)
READ = ConversationItem(1, "Bob", bytes(32))


class Scene:
    """A desk whose window, notifier and toasts are recorders."""

    def __init__(self, *, focus: bool = False, desktop: bool = True, level: str = "name") -> None:
        self.shown: list[Notification] = []
        self.cleared: list[int] = []
        self.toasts: list[tuple[str, Any]] = []
        self.opened: list[int] = []
        self.root = Recorder()
        self.root.focus_displayof = lambda: "a widget" if focus else None  # type: ignore[attr-defined]

        def show(shown: Notification) -> bool:
            self.shown.append(shown)
            return desktop

        app = SimpleNamespace(
            root=self.root,
            settings=SimpleNamespace(current=DesktopSettings(notifications=level)),
            notifier=SimpleNamespace(show=show, clear=self.cleared.append),
            toasts=SimpleNamespace(show=lambda text, actions: self.toasts.append((text, actions))),
        )
        state = AppState(OwnItem("Alice", bytes(32), "wsp1", ""), (BOB,))
        desk: Any = SimpleNamespace(app=app, state=state, open_contact=self.opened.append)
        self.notices = Notices(desk)


def test_who_wrote_is_said_and_not_what() -> None:
    scene = Scene()
    scene.notices.tell((text_item(1, "the secret"), text_item(2, "another")))
    assert scene.shown == [Notification(1, "Bob", "2 new messages")] and scene.toasts == []


def test_nothing_is_said_of_our_own_messages_or_notices() -> None:
    scene = Scene()
    scene.notices.tell((text_item(1, outgoing=True), text_item(2, kind="notice")))
    assert scene.shown == []


@pytest.mark.parametrize("scene", [Scene(focus=True), Scene(level="off")])
def test_nothing_is_said_to_who_looks_or_wants_none(scene: Scene) -> None:
    scene.notices.tell((text_item(1),))
    assert scene.shown == [] and scene.toasts == []


def test_where_the_desktop_shows_none_the_window_does() -> None:
    scene = Scene(desktop=False)
    scene.notices.tell((text_item(1),))
    ((text, ((label, press),)),) = scene.toasts
    assert (text, label) == ("Bob: New message", "Open")
    press()
    assert scene.opened == [1]


def test_read_is_taken_back_once() -> None:
    scene = Scene()
    scene.notices.look((READ,))
    scene.notices.tell((text_item(1),))
    scene.notices.look((BOB,))
    assert scene.cleared == []
    scene.notices.look((READ,))
    scene.notices.look((READ,))
    assert scene.cleared == [1]


def test_a_lock_takes_everything_back() -> None:
    scene = Scene()
    scene.notices.tell((text_item(1),))
    scene.notices.clear()
    assert scene.cleared == [1]


def test_a_click_brings_the_window_with_the_conversation() -> None:
    scene = Scene()
    scene.notices.clicked(1)
    assert scene.opened == [1] and scene.root.of("lift") and scene.root.of("focus_force")
