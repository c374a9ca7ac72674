from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from whispr.gui.backend.notifications import (
    LIBRARY,
    MAX_CHARACTERS,
    DesktopNotifications,
    load_notifications,
)
from whispr.gui.services.notify import Notification


class Library:
    """Stands for the `DesktopNotifier` of the library."""

    def __init__(self, app_name: str = "") -> None:
        self.app_name = app_name
        self.sent: list[dict[str, Any]] = []
        self.cleared: list[int] = []

    async def send(self, **what: Any) -> int:
        self.sent.append(what)
        return len(self.sent)

    async def clear(self, number: int) -> None:
        self.cleared.append(number)


async def test_the_next_of_a_contact_replaces_the_one_before() -> None:
    library = Library()
    shown = DesktopNotifications(library, lambda _: None)
    for contact_id in (1, 2, 1):
        await shown.show(Notification(contact_id, "Bob", "New message"))
    assert library.cleared == [1]
    await shown.clear(1)
    await shown.clear(1)
    assert library.cleared == [1, 3]


async def test_a_click_names_the_contact() -> None:
    clicked: list[int] = []
    library = Library()
    await DesktopNotifications(library, clicked.append).show(Notification(7, "Bob" * 99, "x" * 999))
    click: Callable[[], None] = library.sent[0]["on_clicked"]
    click()
    assert clicked == [7]
    assert len(library.sent[0]["title"]) == len(library.sent[0]["message"]) == MAX_CHARACTERS


def test_without_the_library_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, LIBRARY, None)
    assert load_notifications(lambda _: None) is None
    module = types.ModuleType(LIBRARY)
    module.DesktopNotifier = Library  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, LIBRARY, module)
    found = load_notifications(lambda _: None)
    assert found is not None and found._notifier.app_name == "Whispr"
