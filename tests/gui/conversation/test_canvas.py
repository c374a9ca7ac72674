from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.gui.conversation.kit import MINUTE_MS, NOON_MS, file_item, items_of, text_item
from whispr.gui.conversation.flash import FLASH_MS
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.conversation.selection import WHOLE, Selection
from whispr.gui.tokens import DARK

DAY_MS = 24 * 60 * MINUTE_MS


def test_ten_thousand_messages_draw_a_screenful(scene):
    scene.open(items_of(10_000))
    assert list(scene.tops)[-1] == 10_000
    assert len(scene.tops) < 20 and len(scene.canvas.find_all()) < 600
    assert len(scene.canvas.loaded) <= 400


def test_scrolling_reaches_the_oldest_message_page_by_page(scene):
    scene.open(items_of(900))
    for _ in range(200):
        scene.canvas.scroll(-500)
    assert next(iter(scene.tops)) == 1 and len(scene.canvas.loaded) == 900
    assert len(scene.canvas.find_all()) < 600


def test_reading_above_is_not_disturbed_by_fifty_arrivals(scene):
    scene.open(items_of(300))
    scene.canvas.scroll(-2_000)
    before = scene.tops
    boxes = {key: scene.canvas.bbox(f"r{key}") for key in before}
    for number in range(50):
        scene.put(text_item(1_000 + number))
    assert scene.tops == before
    assert {key: scene.canvas.bbox(f"r{key}") for key in before} == boxes


def test_the_button_counts_what_came_below_and_goes_at_the_end(scene):
    scene.open(items_of(300))
    assert not scene.canvas.overlay.jump_shown
    scene.canvas.scroll(-2_000)
    scene.put(text_item(1_000), text_item(1_001))
    assert scene.canvas.overlay.jump_shown and scene.canvas.overlay.new == 2
    assert "2" in scene.texts()
    scene.canvas.to_latest()
    assert not scene.canvas.overlay.jump_shown and list(scene.tops)[-1] == 1_001


def test_at_the_end_it_follows_what_arrives(scene):
    scene.open(items_of(50))
    scene.put(text_item(100))
    assert list(scene.tops)[-1] == 100 and scene.canvas.overlay.new == 0


def test_our_own_message_brings_the_view_to_the_end(scene):
    scene.open(items_of(300))
    scene.canvas.scroll(-3_000)
    scene.put(text_item(1_000, outgoing=True, fate="queued"))
    assert list(scene.tops)[-1] == 1_000


def test_five_hundred_arrivals_are_one_redraw(scene):
    scene.open(items_of(50))
    updates = scene.canvas.stage.updates
    for number in range(500):
        scene.canvas.put([text_item(1_000 + number)])
    scene.root.update()
    assert scene.canvas.stage.updates == updates + 1
    assert list(scene.tops)[-1] == 1_499


def test_messages_out_of_order_end_up_in_order(scene):
    scene.open([])
    for message_id in (5, 2, 9, 7, 1):
        scene.put(text_item(message_id))
    assert list(scene.tops) == [1, 2, 5, 7, 9]
    tops = list(scene.tops.values())
    assert tops == sorted(tops)


def test_unread_messages_are_below_a_line_in_the_upper_third(scene):
    items = items_of(200)
    items += [text_item(201, outgoing=True, fate="read")]
    items += [text_item(number, read=False) for number in range(202, 240)]
    scene.open(items, unread=38)
    assert "38 new messages" in scene.texts(202)
    row = next(row for row in scene.canvas.viewport.rows if row.message_id == 202)
    assert 0 <= row.top < scene.canvas.stage.height / 3


def test_without_unread_messages_there_is_no_line(scene):
    scene.open(items_of(40))
    assert not any("new message" in words for words in scene.texts())


def test_the_place_is_found_again(scene):
    items = items_of(2_000)
    scene.open(items)
    scene.canvas.show_message(700)
    scene.canvas.scroll(13)
    position, tops = scene.canvas.position, scene.tops
    scene.open(items_of(5))
    assert scene.canvas.position is None
    scene.open(items, position=position)
    assert scene.canvas.position == position
    assert scene.tops[position.message_id] == tops[position.message_id]


def test_a_found_message_far_away_is_shown_and_flashes(scene, settle):
    scene.open(items_of(5_000))
    scene.canvas.show_message(1, flash=True)
    scene.root.update()
    assert 1 in scene.tops and scene.canvas.painter.flashing == 1
    assert FLASH_MS < 3_000
    settle(lambda: scene.canvas.painter.flashing is None)


def test_a_jump_and_back_to_the_end(scene):
    scene.open(items_of(5_000))
    scene.canvas.to_first()
    assert next(iter(scene.tops)) == 1
    scene.put(text_item(6_000))
    assert 6_000 not in scene.canvas.loaded and scene.canvas.loaded.count == 5_001


def test_midnight_renames_the_days(scene):
    scene.clock[0] = NOON_MS
    scene.open([text_item(1)])
    assert "Today" in scene.texts(1)
    scene.clock[0] = NOON_MS + DAY_MS
    scene.canvas._day_changed()
    scene.root.update()
    assert "Yesterday" in scene.texts(1)


def test_ticks_change_in_place(scene):
    scene.open(items_of(30))
    before = scene.tops
    item = text_item(30, outgoing=True, fate="queued")
    images = set()
    for fate in ("queued", "accepted", "delivered"):
        scene.put(replace(item, fate=fate))
        drawn = [
            one for one in scene.canvas.find_withtag("r30") if scene.canvas.type(one) == "image"
        ]
        images.add(tuple(scene.canvas.itemcget(one, "image") for one in drawn))
    assert len(images) == 3 and scene.tops == before


def test_a_lost_message_says_so_and_offers_to_send_again(scene):
    scene.open([text_item(1, outgoing=True, fate="expired")])
    assert {"Send again", "Expired before it was read."} <= set(scene.texts(1))


def test_a_theme_changes_only_colours(scene):
    scene.open(items_of(300))
    scene.canvas.scroll(-900)
    before = scene.tops
    scene.look.set_theme(DARK)
    scene.root.update()
    assert scene.tops == before and scene.canvas.cget("bg") == DARK["bg"]
    colors = {
        scene.canvas.itemcget(one, "fill")
        for one in scene.canvas.find_all()
        if scene.canvas.type(one) == "rectangle"
    }
    assert DARK["bubble_in"] in colors


@pytest.mark.parametrize("scrolled", [0, -1_500])
def test_another_width_keeps_the_row_where_it_was(scene, scrolled):
    scene.open([text_item(number, "word " * (number % 40)) for number in range(1, 200)])
    scene.canvas.scroll(scrolled)
    anchor = scene.canvas.viewport.anchor
    scene.canvas.place_configure(width=500)
    scene.root.update()
    if scrolled:
        assert scene.tops[anchor.message_id] == anchor.offset
    else:
        assert list(scene.tops)[-1] == 199


def test_a_larger_scale_keeps_the_end(scene):
    scene.open(items_of(100))
    scene.look.set_scale(2.0)
    scene.root.update()
    last = scene.canvas.viewport.rows[-1]
    assert last.message_id == 100 and last.bottom == scene.canvas.stage.height - 24


def test_deleting_closes_the_gap(scene):
    scene.open(items_of(30))
    scene.canvas.remove(29)
    scene.root.update()
    assert 29 not in scene.tops and not scene.canvas.find_withtag("r29")


def test_what_was_in_view_is_told(scene):
    scene.open(items_of(30))
    assert scene.actions.of("seen") == [(30,)]
    scene.canvas.report_seen()
    assert scene.actions.of("seen") == [(30,), (30,)]


def test_what_arrives_before_the_page_is_kept(scene):
    class Later:
        def page_before(self, _message_id, _limit, deliver):
            self.deliver = deliver

    pages = Later()
    scene.canvas.open(pages)
    scene.put(text_item(7))
    assert scene.tops == {}
    from whispr.gui.pages import MessagePage

    pages.deliver(MessagePage(1, tuple(items_of(5)), 0, 5))
    scene.root.update()
    assert list(scene.tops) == [1, 2, 3, 4, 5, 7]


def test_closing_leaves_no_word_behind(scene):
    scene.open(items_of(30))
    scene.canvas.select(Selection((1, 0), (30, WHOLE)))
    scene.canvas.close()
    scene.root.update()
    assert scene.canvas.find_all() == () and len(scene.canvas.loaded) == 0
    assert scene.canvas.painter.selection is None


HOSTILE = [
    "x" * 1_000_000,
    "\n" * 10_000,
    "a\u202egnp.exe\u2066",
    "\x00\x07\x1b[31m\x9f",
    "\ud83d alone",
    "".join(chr(code) for code in range(0x1F300, 0x1F700)),
    "شكرا לך",
    "e" + "\u0301" * 5_000,
    "%s $HOME [exit] {;} \\",
    "🇩🇪👩🏽‍🚀🏳️‍🌈",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_drawn(scene, text):
    started = time.process_time()
    scene.open([text_item(1), text_item(2, text), text_item(3)])
    assert time.process_time() - started < 2
    drawn = "".join(scene.texts(2))
    assert not set(drawn) & set("\x00\x07\x1b\x9f\u202e\u2066")
    scene.canvas.scroll(-300)
    scene.canvas.scroll(200)
    assert len(scene.canvas.find_all()) < 2_000


def test_files_show_their_state(scene):
    scene.open([file_item(1, "uploading", outgoing=True, fate="queued", done_bytes=522_000)])
    assert "522 kB of 842 kB" in scene.texts(1)
    scene.put(file_item(1, "sent", outgoing=True, fate="accepted"))
    assert "842 kB · Saved encrypted" in scene.texts(1)


def test_an_empty_conversation_says_what_to_do_first(scene):
    scene.open([])
    assert scene.texts() == ["Say hello.", "Compare safety numbers first."]
    scene.canvas.restyle()
    assert len(scene.texts()) == 2
    scene.put(text_item(1, "hello"))
    assert "hello" in scene.texts() and "Say hello." not in scene.texts()


def test_a_conversation_that_is_not_read_yet_says_nothing(scene):
    class Slow(ListedPages):
        def page_before(self, message_id, limit, deliver):
            pass

    scene.canvas.open(Slow([]))
    scene.root.update()
    scene.canvas.restyle()
    assert scene.texts() == []
