from __future__ import annotations

from tests.gui.conversation.kit import file_item, items_of, text_item
from whispr.gui.conversation.selection import Selection

FAMILY = "👨‍👩‍👧"


def test_the_wheel_moves_60_pixels_a_notch(scene):
    scene.open(items_of(300))
    row = scene.canvas.viewport.rows[3]
    scene.press("<Button-4>", 100, 100)
    assert scene.tops[row.message_id] == row.top + 60
    scene.press("<Button-5>", 100, 100)
    assert scene.tops[row.message_id] == row.top


def test_dragging_over_three_bubbles_copies_their_original_text(scene):
    scene.open(
        [text_item(1, "first one"), text_item(2, f"a {FAMILY} b"), text_item(3, "third one")]
    )
    scene.press("<Button-1>", *scene.place_of(1, 6))
    scene.press("<B1-Motion>", *scene.place_of(3, 5))
    scene.press("<ButtonRelease-1>", *scene.place_of(3, 5))
    assert scene.person.selection == Selection((1, 6), (3, 5))
    scene.key("<Control-c>")
    assert scene.actions.of("copy_text") == [(f"one\na {FAMILY} b\nthird",)]
    assert {"first ", "one"} <= set(scene.texts(1))


def test_a_click_ends_the_selection(scene):
    scene.open([text_item(1, "first one")])
    scene.canvas.select(Selection((1, 0), (1, 5)))
    scene.press("<Button-1>", 700, 300)
    scene.press("<ButtonRelease-1>", 700, 300)
    assert scene.person.selection is None


def test_shift_and_click_extend_it(scene):
    scene.open([text_item(1, "first one")])
    scene.canvas.select(Selection((1, 0), (1, 2)))
    scene.press("<Button-1>", *scene.place_of(1, 7), state=1)
    assert scene.person.selection == Selection((1, 0), (1, 7))


def test_a_double_click_takes_a_word_and_a_triple_the_message(scene):
    scene.open([text_item(1, "first wörd here")])
    place = scene.place_of(1, 8)
    scene.press("<Button-1>", *place)
    scene.press("<Button-1>", *place)
    assert scene.person.selection == Selection((1, 6), (1, 10))
    scene.press("<Button-1>", *place)
    assert scene.person.selection.text(scene.canvas.loaded) == "first wörd here"


def test_a_link_opens_with_what_it_really_is(scene):
    scene.open([text_item(1, "https://аррӏе.com/x")])
    place = scene.place_of(1, 5)
    scene.press("<Button-1>", *place)
    scene.press("<ButtonRelease-1>", *place)
    ((link,),) = scene.actions.of("open_link")
    assert link.host.startswith("xn--") and link.disguised


def test_a_link_is_not_opened_when_the_text_was_dragged(scene):
    scene.open([text_item(1, "https://example.org/abc")])
    scene.press("<Button-1>", *scene.place_of(1, 2))
    scene.press("<B1-Motion>", *scene.place_of(1, 9))
    scene.press("<ButtonRelease-1>", *scene.place_of(1, 9))
    assert scene.actions.of("open_link") == []


def test_files_are_fetched_cancelled_and_opened_by_a_click(scene):
    scene.open(
        [
            file_item(1, "offered"),
            file_item(2, "downloading"),
            file_item(3, "saved"),
            file_item(4, "gone"),
        ]
    )
    for message_id in (1, 2, 3, 4):
        scene.press("<Button-1>", *scene.place_of(message_id))
        scene.press("<ButtonRelease-1>", *scene.place_of(message_id))
    done = [call for call in scene.actions.calls if call[0] != "seen"]
    assert done == [("fetch_file", 1), ("cancel_file", 2), ("open_file", 3)]


def test_send_again_is_pressed(scene):
    scene.open([text_item(1, outgoing=True, fate="failed")])
    row = scene.canvas.measure(1)
    place = row.right - 20, scene.tops[1] + row.bottom + 12
    scene.press("<Button-1>", *place)
    scene.press("<ButtonRelease-1>", *place)
    assert scene.actions.of("send_again") == [(1,)]


def test_the_button_jumps_to_the_latest(scene):
    scene.open(items_of(300))
    scene.canvas.scroll(-2_000)
    scene.press("<Button-1>", 800 - 42, 600 - 40)
    assert list(scene.tops)[-1] == 300


def test_the_thumb_is_dragged_to_both_ends(scene):
    scene.open(items_of(5_000))
    thumb = scene.canvas.overlay.thumb
    grip = 4 + thumb.top + thumb.height // 2
    scene.press("<Button-1>", 796, grip)
    scene.press("<B1-Motion>", 796, 0)
    scene.press("<ButtonRelease-1>", 796, 0)
    assert next(iter(scene.tops)) == 1
    thumb = scene.canvas.overlay.thumb
    scene.press("<Button-1>", 796, 4 + thumb.top + 5)
    scene.press("<B1-Motion>", 796, 300)
    middle = next(iter(scene.tops))
    assert 1_500 < middle < 3_500
    scene.press("<B1-Motion>", 796, 700)
    scene.press("<ButtonRelease-1>", 796, 700)
    assert list(scene.tops)[-1] == 5_000


def test_the_pointer_shows_what_can_be_done(scene):
    scene.open([text_item(1, "plain"), text_item(2, "https://example.org")])
    for place, cursor in (
        (scene.place_of(1, 2), "xterm"),
        (scene.place_of(2, 4), "hand2"),
        ((750, 20), "arrow"),
    ):
        scene.press("<Motion>", *place)
        assert str(scene.canvas.cget("cursor")) == cursor


def test_resting_on_a_message_tells_its_full_date(scene, settle):
    scene.open([text_item(1)])
    scene.press("<Motion>", *scene.place_of(1, 2))
    settle(lambda: any("June 2026" in note for note in scene.notes))


def test_dragging_beyond_the_edge_scrolls_on(scene, settle):
    scene.open(items_of(300))
    scene.press("<Button-1>", *scene.place_of(299, 2))
    first = next(iter(scene.tops))
    scene.press("<B1-Motion>", 100, -40)
    settle(lambda: next(iter(scene.tops)) < first - 5)
    scene.press("<ButtonRelease-1>", 100, -40)
    assert scene.person.selection.first[0] < first
