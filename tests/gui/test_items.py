from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

from whispr.gui import items
from whispr.gui.items import ConnectionItem, ConversationItem, FileItem, MessageItem


def message(**more: object) -> MessageItem:
    values: dict[str, object] = {
        "message_id": 1,
        "contact_id": 2,
        "outgoing": False,
        "kind": "text",
        "text": "the secret plan",
        "sent_at_ms": 1,
        "stored_at_ms": 2,
    }
    return MessageItem(**(values | more))  # type: ignore[arg-type]


def test_items_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        message().text = "other"  # type: ignore[misc]


def test_what_people_wrote_is_not_in_a_repr() -> None:
    conversation = ConversationItem(
        1, "Bob", b"\1" * 32, last_line="the secret plan", draft="the secret draft"
    )
    file = FileItem("secret.pdf", 10, "saved")
    assert "secret" not in repr(message(file=file)) + repr(conversation)


@pytest.mark.parametrize(
    ("retry_at", "now", "left"), [(None, 5.0, None), (12.4, 5.0, 7), (5.0, 5.0, 0), (4.0, 5.0, 0)]
)
def test_countdown_is_whole_seconds_and_never_negative(
    retry_at: float | None, now: float, left: int | None
) -> None:
    assert ConnectionItem("waiting", retry_at=retry_at).seconds_left(now) == left


def test_items_need_neither_tkinter_nor_the_client() -> None:
    tree = ast.parse(Path(items.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules == {"__future__", "dataclasses", "typing"}
