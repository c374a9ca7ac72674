from __future__ import annotations

import struct
import zlib

import pytest

from tests.gui.conversation.kit import file_item
from whispr.gui.conversation.thumbnails import MAX_KEPT, Thumbnails


def png(width, height, broken=False):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\x80\x20\x40" * width for _ in range(height))
    data = b"garbage" if broken else zlib.compress(rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def image(message_id, preview):
    return file_item(message_id, "saved", kind="image", preview=preview)


@pytest.fixture
def ready():
    return []


@pytest.fixture
def thumbnails(root, ready):
    made = Thumbnails(root, ready.append)
    yield made
    made.clear()


def test_a_picture_is_decoded_later_and_told(thumbnails, ready, settle):
    item = image(1, png(600, 300))
    assert thumbnails.get(item, 300) is None
    settle(lambda: ready == [1])
    picture = thumbnails.get(item, 300)
    assert (picture.width(), picture.height()) == (300, 150)


def test_a_picture_that_lies_about_itself_is_no_picture(thumbnails, ready, settle):
    item = image(1, png(60, 30, broken=True))
    thumbnails.get(item, 300)
    settle(lambda: ready == [1])
    assert thumbnails.get(item, 300) is None and ready == [1]


def test_only_some_are_kept(thumbnails, ready, settle):
    for number in range(MAX_KEPT + 5):
        thumbnails.get(image(number, png(4, 4)), 300)
    settle(lambda: len(ready) == MAX_KEPT + 5)
    assert len(thumbnails) == MAX_KEPT


def test_after_clearing_nothing_is_decoded(thumbnails, ready, root):
    thumbnails.get(image(1, png(4, 4)), 300)
    thumbnails.clear()
    root.update()
    assert ready == [] and len(thumbnails) == 0


def test_a_picture_in_a_conversation_appears(scene, settle):
    scene.open([image(1, png(600, 300))])
    settle(
        lambda: any(
            scene.canvas.type(one) == "image"
            and scene.canvas.tk.call("image", "width", scene.canvas.itemcget(one, "image")) == 300
            for one in scene.canvas.find_withtag("r1")
        )
    )
