from __future__ import annotations

import stat
import sys

from whispr.gui.copies import Copies


def test_one_private_folder_that_goes_with_what_is_in_it() -> None:
    copies = Copies()
    folder = copies.folder()
    assert copies.folder() == folder
    assert sys.platform == "win32" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "plans.txt").write_text("plans")
    copies.close()
    assert not folder.exists()
    copies.close()


def test_nothing_is_made_for_nothing() -> None:
    copies = Copies()
    copies.close()
    assert copies._folder is None
