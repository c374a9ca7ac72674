from __future__ import annotations

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of
from whispr.gui.views.staging import StagedItem, Staging

GOOD = StagedItem("diagram.png", 842_000)
LARGE = StagedItem("recording.mov", 38_000_000, "over the 10 MB limit")


def strip(root, actions=None):
    made = Staging(root, look_of(root), (actions or Recorder()).unstage)
    made.pack(fill="x")
    root.update()
    return made


def texts(widget):
    return [widget.itemcget(one, "text") for one in widget.find_all() if widget.type(one) == "text"]


def test_a_chip_says_name_and_size_and_what_is_wrong(root):
    staging = strip(root)
    staging.show([GOOD, LARGE])
    root.update()
    assert {"diagram.png", "842 kB", "38 MB: over the 10 MB limit"} <= set(texts(staging))
    assert staging.sendable == 1


def test_the_x_takes_one_away(root):
    actions = Recorder()
    staging = strip(root, actions)
    staging.show([GOOD, LARGE])
    root.update()
    staging.buttons[1].invoke()
    assert actions.of("unstage") == [(1,)]


def test_it_takes_room_only_while_something_is_staged(root):
    staging = strip(root)
    assert staging.winfo_reqheight() <= 2
    staging.show([GOOD])
    root.update()
    assert staging.winfo_reqheight() >= 60
    staging.show([])
    root.update()
    assert staging.winfo_reqheight() <= 2 and not staging.buttons


def test_many_files_are_counted(root):
    staging = strip(root)
    staging.show([StagedItem(f"file-{number}", 1) for number in range(200)])
    root.update()
    assert any(
        words.startswith("and ") and words.endswith("more files") for words in texts(staging)
    )
    assert staging.winfo_reqheight() < 220


def test_a_name_with_direction_marks_cannot_lie(root):
    staging = strip(root)
    staging.show([StagedItem("invoice\u202efdp.exe", 1)])
    root.update()
    assert "invoicefdp.exe" in texts(staging)
