from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.services.urgency import ICON_PIXELS, Urgency


def test_title_and_icon_follow(root: tkinter.Tk) -> None:
    urgency = Urgency(root, Look(root))
    urgency.show("Whispr", unread=False)
    plain = urgency._icon
    urgency.show("(3) Whispr", unread=True)
    assert root.title() == "(3) Whispr"
    assert plain is not None and urgency._icon is not None
    corner = (ICON_PIXELS - 12, 12)
    assert plain.get(*corner) != urgency._icon.get(*corner)


def test_the_same_again_changes_nothing(root: tkinter.Tk) -> None:
    urgency = Urgency(root, Look(root))
    urgency.show("Whispr", unread=True)
    icon = urgency._icon
    urgency.show("Whispr", unread=True)
    assert urgency._icon is icon
