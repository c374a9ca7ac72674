"""Notifications of the desktop: by default they say who wrote, never what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_CHARACTERS = 160
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

RunProgram = Callable[[Sequence[str]], object]


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


class Notifier(Protocol):
    """Shows notifications."""

    def show(self, shown: Notification) -> bool:
        """Show one; False when nobody can, and the window says it itself."""


class NoNotifier:
    """Where the desktop shows none."""

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

    def show(self, shown: Notification) -> bool:
        """Show one; one of the same contact is replaced by it."""
        self._run(notify_command(shown))
        return True


def notify_command(shown: Notification) -> list[str]:
    """The command line: nothing in a title or body is an option or markup."""
    hint = f"string:x-canonical-private-synchronous:whispr-{shown.contact_id}"
    return [
        *("notify-send", "--app-name=Whispr", "--category=im.received", f"--hint={hint}", "--"),
        shown.title[:MAX_CHARACTERS],
        shown.body[:MAX_CHARACTERS].translate(_MARKUP),
    ]


def best_notifier(which: Callable[[str], str | None], run: RunProgram) -> Notifier:
    """What this desktop has."""
    return NotifySend(run) if which("notify-send") else NoNotifier()
