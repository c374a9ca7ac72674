from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gui.conversation.kit import file_item, text_item


def corner_sizes(scene, message_id):
    """The radii of a bubble from the upper left corner on."""
    return scene.canvas.painter.radii(scene.canvas.measure(message_id))


def test_corners_inside_a_group_are_small(scene):
    scene.open([text_item(1), text_item(2), text_item(3)])
    assert corner_sizes(scene, 1) == (16, 16, 16, 5)
    assert corner_sizes(scene, 2) == (5, 16, 16, 5)
    assert corner_sizes(scene, 3) == (5, 16, 16, 16)


def test_ours_have_them_on_the_right(scene):
    items = [text_item(number, outgoing=True, fate="read") for number in (1, 2)]
    scene.open(items)
    assert corner_sizes(scene, 1) == (16, 16, 5, 16)
    assert corner_sizes(scene, 2) == (16, 5, 16, 16)


def test_a_changed_key_is_told_in_the_colour_of_danger(scene):
    scene.open([text_item(1, "Alice uses a new device", kind="notice")])
    (item,) = [
        one
        for one in scene.canvas.find_withtag("r1")
        if scene.canvas.type(one) == "text" and "device" in scene.canvas.itemcget(one, "text")
    ]
    assert scene.canvas.itemcget(item, "fill") == scene.look.theme["danger"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("undecryptable", "could not be opened"), ("unsupported", "needs a newer Whispr")],
)
def test_a_gap_is_told_where_it_is(scene, kind, words):
    scene.open([text_item(1), text_item(2, kind=kind), text_item(3)])
    assert any(words in text for text in scene.texts(2))


def test_the_focus_ring_is_drawn_and_goes(scene):
    scene.open([text_item(1)])
    before = len(scene.canvas.find_withtag("r1"))
    scene.canvas.focus_message(1)
    scene.root.update()
    assert len(scene.canvas.find_withtag("r1")) > before
    scene.canvas.focus_message(None)
    assert len(scene.canvas.find_withtag("r1")) == before


def test_a_very_long_message_offers_the_rest(scene):
    scene.open([text_item(1, "line\n" * 700)])
    assert "Show all" in scene.texts(1)


def test_a_file_name_keeps_its_end(scene):
    name = "a-name-that-goes-on-and-on-and-on-and-on-and-on.pdf.exe"
    scene.open([file_item(1, "offered", name=name)])
    (shown,) = [text for text in scene.texts(1) if text.startswith("a-name")]
    assert "…" in shown and shown.endswith(".pdf.exe")


def test_a_ring_moves_with_the_bytes(scene):
    item = file_item(1, "uploading", outgoing=True, fate="queued", done_bytes=1)
    scene.open([item])
    pictures = []
    for done_bytes in (1, 421_000, 842_000):
        scene.put(replace(item, file=replace(item.file, done_bytes=done_bytes)))
        tag = scene.canvas.find_withtag("r1")
        shown = [
            scene.canvas.itemcget(one, "image") for one in tag if scene.canvas.type(one) == "image"
        ]
        pictures.append(tuple(shown))
    assert len(set(pictures)) == 3
