from __future__ import annotations

import tkinter

from whispr.gui.conversation.timer import Timer


def test_it_rings_once_however_often_it_is_asked(root):
    rings = []
    timer = Timer(root, lambda: rings.append(1))
    for _ in range(5):
        timer.when_idle()
    assert timer.is_running
    root.update()
    assert rings == [1] and not timer.is_running


def test_a_later_start_puts_it_off_and_stop_ends_it(root, settle):
    rings = []
    timer = Timer(root, lambda: rings.append(1))
    timer.start(60_000)
    timer.start(1)
    settle(lambda: rings == [1])
    timer.start(1)
    timer.stop()
    timer.stop()
    root.update()
    assert rings == [1]


def test_it_does_not_outlive_its_widget(root):
    frame, rings = tkinter.Frame(root), []
    Timer(frame, lambda: rings.append(1)).when_idle()
    frame.destroy()
    root.update()
    assert rings == []
