from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from whispr.errors import UserInputError
from whispr.gui.closing import Closing


class Window:
    """An app whose network answers at once, or never."""

    def __init__(self, answer: Any = None, *, locked: bool = False) -> None:
        self.ended = 0
        self.questions: list[tuple[str, ...]] = []
        self.forget: Any = None
        self._answer = answer
        self.actions = SimpleNamespace(uploads_running=None)
        self.desk = None if locked else SimpleNamespace(dialogs=self)

    def ask(self, _work: Any, then: Any, failed: Any) -> None:
        if isinstance(self._answer, Exception):
            failed(self._answer)
        elif self._answer is not None:
            then(self._answer)

    def confirm(self, *question: Any) -> Any:
        *words, self.confirmed = question
        self.questions.append(tuple(words))
        return SimpleNamespace(cancel=self)

    def bind(self, _sequence: str, forget: Any, add: str) -> None:
        self.forget = forget

    def end(self) -> None:
        self.ended += 1


@pytest.mark.parametrize("window", [Window(0), Window(locked=True), Window(UserInputError("no"))])
def test_nobody_is_asked_when_nothing_is_being_sent(window: Any) -> None:
    Closing(window).begin()
    assert window.ended == 1 and window.questions == []


@pytest.mark.parametrize(("count", "words"), [(1, "A file is"), (2, "2 files are")])
def test_files_that_are_being_sent_are_a_reason_to_ask(count: int, words: str) -> None:
    window: Any = Window(count)
    Closing(window).begin()
    ((title, text, label),) = window.questions
    assert window.ended == 0 and title == "Close while sending?" and label == "Close"
    assert text.startswith(words)
    window.confirmed()
    assert window.ended == 1


def test_who_stays_is_asked_again_the_next_time() -> None:
    window: Any = Window(1)
    closing = Closing(window)
    closing.begin()
    window.forget(None)
    closing.begin()
    assert len(window.questions) == 2 and window.ended == 0


def test_closing_twice_closes_even_when_the_network_does_not_answer() -> None:
    window: Any = Window(None)
    closing = Closing(window)
    closing.begin()
    closing.begin()
    assert window.ended == 1
