from __future__ import annotations

from whispr.gui.conversation.seen import Seen
from whispr.gui.conversation.viewport import Placed, Viewport


def test_the_newest_message_in_view_is_told_once_and_only_while_shown():
    told, shown = [], [False]
    viewport = Viewport(list, lambda _id: 10)
    seen = Seen(viewport, lambda: shown[0])
    seen.look()
    seen.tell = told.append
    viewport.rows = [Placed(4, 0, 10), Placed(5, 10, 10)]
    seen.look()
    assert told == []
    shown[0] = True
    seen.look()
    seen.look()
    viewport.rows = [Placed(3, 0, 10)]
    seen.look()
    viewport.rows = [Placed(8, 0, 10)]
    seen.look()
    assert told == [5, 8]
    seen.forget()
    seen.look()
    assert told == [5, 8, 8]
