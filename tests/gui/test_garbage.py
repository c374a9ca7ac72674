from __future__ import annotations

import gc
import tkinter
import weakref

from whispr.gui.garbage import Garbage


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.me = self


def test_collection_is_the_windows_own_matter(root: tkinter.Tk) -> None:
    assert gc.isenabled()
    garbage = Garbage(root)
    assert not gc.isenabled()
    garbage.close()
    assert gc.isenabled()


def test_collect_takes_what_refers_to_itself(root: tkinter.Tk) -> None:
    garbage = Garbage(root)
    knot = weakref.ref(Knot())
    assert knot() is not None
    garbage.collect()
    assert knot() is None
    garbage.close()


def test_timers_end_with_it(root: tkinter.Tk) -> None:
    garbage = Garbage(root)
    garbage.touch()
    assert len(root.tk.splitlist(root.tk.call("after", "info"))) == 2
    garbage.close()
    assert not root.tk.splitlist(root.tk.call("after", "info"))
