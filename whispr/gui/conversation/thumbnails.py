"""Pictures of messages, decoded one at a time while nothing else is to be done."""

from __future__ import annotations

import tkinter
from collections import OrderedDict
from collections.abc import Callable

from whispr.gui.conversation.pictures import picture_size, thumbnail_factor
from whispr.gui.items import MessageItem

MAX_KEPT = 60
"""Thumbnails in memory; the one that was not in view for longest goes first."""

Key = tuple[int, int]


class Thumbnails:
    """Thumbnails by message and width; `ready` is called with the id when one can be drawn."""

    def __init__(self, widget: tkinter.Misc, ready: Callable[[int], None]) -> None:
        self._widget = widget
        self._ready = ready
        self._made: OrderedDict[Key, tkinter.PhotoImage | None] = OrderedDict()
        self._wanted: dict[Key, bytes] = {}
        self._timer: str | None = None

    def __len__(self) -> int:
        return len(self._made)

    def get(self, item: MessageItem, limit: int) -> tkinter.PhotoImage | None:
        """The thumbnail, at most `limit` pixels wide; None while it is not decoded."""
        key = (item.message_id, limit)
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        preview = item.file.preview if item.file else None
        if preview:
            self._wanted[key] = preview
            self._arm()
        return None

    def clear(self) -> None:
        """Forget every picture: the conversation is closed or the profile locked."""
        self._made.clear()
        self._wanted.clear()
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None

    def _arm(self) -> None:
        if self._timer is None:
            # After whatever is under way has been drawn.
            self._timer = self._widget.after(1, self._decode_one)

    def _decode_one(self) -> None:
        self._timer = None
        if not self._wanted:
            return
        key, data = next(iter(self._wanted.items()))
        del self._wanted[key]
        self._made[key] = self._decoded(data, key[1])
        while len(self._made) > MAX_KEPT:
            self._made.popitem(last=False)
        if self._wanted:
            self._arm()
        self._ready(key[0])

    def _decoded(self, data: bytes, limit: int) -> tkinter.PhotoImage | None:
        size = picture_size(data)
        if size is None:
            return None
        try:
            whole = tkinter.PhotoImage(master=self._widget, data=data)
        except tkinter.TclError:
            return None  # a header that promises what the rest does not hold
        factor = thumbnail_factor((whole.width(), whole.height()), limit)
        return whole.subsample(factor) if factor > 1 else whole
