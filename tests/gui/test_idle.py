from __future__ import annotations

import tkinter

import pytest

from whispr.gui.idle import Idle


@pytest.mark.parametrize(
    ("minutes", "seconds", "expired"), [(5, 299, 0), (5, 300, 1), (0, 100_000, 0)]
)
def test_expires_after_its_minutes(
    root: tkinter.Tk, minutes: int, seconds: float, expired: int
) -> None:
    clock = [0.0]
    calls: list[int] = []
    idle = Idle(
        root, minutes=lambda: minutes, expired=lambda: calls.append(1), now=lambda: clock[0]
    )
    clock[0] = seconds
    idle.check()
    idle.check()
    assert len(calls) == expired
    idle.close()


def test_a_key_begins_the_time_anew(root: tkinter.Tk) -> None:
    clock = [0.0]
    calls: list[str] = []
    idle = Idle(
        root,
        minutes=lambda: 1,
        expired=lambda: calls.append("expired"),
        touched=lambda: calls.append("touched"),
        now=lambda: clock[0],
    )
    clock[0] = 50
    root.focus_force()
    root.update()
    root.event_generate("<KeyPress-a>")
    clock[0] = 70
    idle.check()
    assert "expired" not in calls and "touched" in calls
    idle.close()
