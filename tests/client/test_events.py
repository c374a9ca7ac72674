from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest

from whispr.client import events
from whispr.client.events import AttachmentStored, CopySaved, Event

EVENTS = [
    found
    for _, found in inspect.getmembers(events, inspect.isclass)
    if issubclass(found, Event) and found is not Event
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_is_a_frozen_value(event: type[Event]) -> None:
    assert dataclasses.is_dataclass(event)
    assert event.__dataclass_params__.frozen and "__slots__" in vars(event)  # type: ignore[attr-defined]
    assert event.__doc__


def test_file_names_are_not_shown() -> None:
    assert "plan" not in repr(AttachmentStored(1, 2, "plan.txt"))
    assert "plan" not in repr(CopySaved(1, Path("plan.txt")))
