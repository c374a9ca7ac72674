from __future__ import annotations

from typing import Any

import pytest

from whispr.gui.services.notify import (
    NoNotifier,
    Notification,
    NotifySend,
    best_notifier,
    notification,
    notify_command,
)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("name", ("Bob", "New message")),
        ("text", ("Bob", "the secret")),
        ("nothing", ("Whispr", "New message")),
    ],
)
def test_says_as_much_as_it_may(level: str, expected: tuple[str, str]) -> None:
    shown = notification(level, 1, "Bob", "the secret")
    assert shown is not None and (shown.title, shown.body) == expected


def test_off_is_nothing() -> None:
    assert notification("off", 1, "Bob", "the secret") is None


def test_several_are_counted_and_not_quoted() -> None:
    shown = notification("text", 1, "Bob", "the secret", 3)
    assert shown == Notification(1, "Bob", "3 new messages")


def test_nothing_is_an_option_or_markup() -> None:
    command = notify_command(Notification(1, "--icon=/etc/passwd", "<b>&" + "x" * 500))
    assert command[command.index("--") + 1] == "--icon=/etc/passwd"
    assert command[-1].startswith("&lt;b&gt;&amp;") and len(command[-1]) < 200


def test_best_of_what_is_there() -> None:
    ran: list[object] = []
    assert isinstance(best_notifier(lambda _: None, ran.append), NoNotifier)
    assert not NoNotifier().show(Notification(1, "a", "b"))
    best = best_notifier(lambda _: "/usr/bin/notify-send", ran.append)
    assert isinstance(best, NotifySend) and best.show(Notification(1, "a", "b"))
    assert len(ran) == 1


async def test_the_library_shows_and_takes_back_in_its_own_thread() -> None:
    did: list[object] = []
    asked: list[Any] = []

    class Far:
        async def show(self, shown: Notification) -> None:
            did.append(shown)

        async def clear(self, contact_id: int) -> None:
            did.append(contact_id)

    best = best_notifier(lambda _: "/usr/bin/notify-send", did.append, asked.append, Far())
    assert best.show(Notification(1, "a", "b"))
    best.clear(1)
    assert did == [], "nothing in the window's thread"
    for work in asked:
        await work()
    assert did == [Notification(1, "a", "b"), 1]


def test_what_a_program_shows_is_not_kept() -> None:
    command = notify_command(Notification(1, "a", "b"))
    assert "--hint=byte:transient:1" in command[: command.index("--")]
    NotifySend(lambda _: None).clear(1)
    NoNotifier().clear(1)
