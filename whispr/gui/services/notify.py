"""Notifications of the desktop: by default they say who wrote, never what."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MAX_CHARACTERS = 160
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

RunProgram = Callable[[Sequence[str]], object]
Ask = Callable[[Callable[[], Coroutine[Any, Any, None]]], object]


@dataclass(frozen=True, slots=True)
class Notification:
    """What is shown outside of the window."""

    contact_id: int
    title: str
    body: str


def notification(
    level: str, contact_id: int, name: str, text: str, count: int = 1
) -> Notification | None:
    """What may be said about a message at a level of `settings_file.NOTIFICATIONS`.

    `name` and `text` are on one line and safe to show already.
    """
    several = f"{count} new messages" if count > 1 else "New message"
    match level:
        case "text":
            return Notification(contact_id, name, text if count == 1 else several)
        case "name":
            return Notification(contact_id, name, several)
        case "nothing":
            return Notification(contact_id, "Whispr", several)
        case _:
            return None


class Notifications(Protocol):
    """On the far side of the bridge."""

    async def show(self, shown: Notification) -> None:
        """Show one."""

    async def clear(self, contact_id: int) -> None:
        """Take it back."""


class Notifier(Protocol):
    """Shows notifications."""

    def show(self, shown: Notification) -> bool:
        """Show one; False when nobody can, and the window says it itself."""

    def clear(self, contact_id: int) -> None:
        """Take back what was said about a contact, where that can be done."""


class NoNotifier:
    """Where the desktop shows none."""

    def clear(self, contact_id: int) -> None:
        """There is nothing."""

    def show(self, shown: Notification) -> bool:
        """Never."""
        return False


class NotifySend:
    """Shows them with `notify-send`.

    Args:
        run: starts a program beside the window.
    """

    def __init__(self, run: RunProgram) -> None:
        self._run = run

    def clear(self, contact_id: int) -> None:
        """It is transient: it goes by itself and is not kept anywhere."""

    def show(self, shown: Notification) -> bool:
        """Show one; one of the same contact is replaced by it."""
        self._run(notify_command(shown))
        return True


def notify_command(shown: Notification) -> list[str]:
    """The command line: nothing in a title or body is an option or markup."""
    hint = f"string:x-canonical-private-synchronous:whispr-{shown.contact_id}"
    return [
        *("notify-send", "--app-name=Whispr", "--category=im.received", f"--hint={hint}"),
        *("--hint=byte:transient:1", "--"),
        shown.title[:MAX_CHARACTERS],
        shown.body[:MAX_CHARACTERS].translate(_MARKUP),
    ]


class NotifyLibrary:
    """Shows them with the optional library, which can take them back and hears of clicks.

    Args:
        ask: runs something in the network thread.
        notifications: of `whispr.gui.backend.notifications`.
    """

    def __init__(self, ask: Ask, notifications: Notifications) -> None:
        self._ask = ask
        self._notifications = notifications

    def show(self, shown: Notification) -> bool:
        """Show one; one of the same contact is replaced by it."""
        self._ask(lambda: self._notifications.show(shown))
        return True

    def clear(self, contact_id: int) -> None:
        """Take it back."""
        self._ask(lambda: self._notifications.clear(contact_id))


def best_notifier(
    which: Callable[[str], str | None],
    run: RunProgram,
    ask: Ask | None = None,
    notifications: Notifications | None = None,
) -> Notifier:
    """What this desktop has: the library where it is installed, else a program."""
    if ask is not None and notifications is not None:
        return NotifyLibrary(ask, notifications)
    return NotifySend(run) if which("notify-send") else NoNotifier()
