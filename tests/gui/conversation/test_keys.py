from __future__ import annotations

from tests.gui.conversation.kit import file_item, items_of, text_item


def test_arrows_move_the_ring_from_message_to_message(scene):
    scene.open(items_of(100))
    scene.key("<Up>")
    assert scene.keys.focused == 100
    for _ in range(40):
        scene.key("<Up>")
    assert scene.keys.focused == 60 and 60 in scene.tops
    assert scene.tops[60] >= 0
    scene.key("<Down>")
    assert scene.keys.focused == 61


def test_the_ring_stops_at_both_ends(scene):
    scene.open(items_of(2))
    for _ in range(5):
        scene.key("<Up>")
    assert scene.keys.focused == 1
    for _ in range(5):
        scene.key("<Down>")
    assert scene.keys.focused == 2


def test_pages_and_ends_are_reached(scene):
    scene.open(items_of(300))
    first = next(iter(scene.tops))
    scene.key("<Prior>")
    assert next(iter(scene.tops)) < first
    scene.key("<Control-Home>")
    assert next(iter(scene.tops)) == 1
    scene.key("<Control-End>")
    assert list(scene.tops)[-1] == 300
    scene.key("<Home>")
    scene.key("<Next>")
    assert next(iter(scene.tops)) > 1


def test_space_takes_messages_into_the_selection(scene):
    scene.open([text_item(1, "one"), text_item(2, "two"), text_item(3, "three")])
    scene.key("<Up>")
    scene.key("<space>")
    scene.key("<Up>")
    scene.key("<space>")
    scene.key("<Control-c>")
    assert scene.actions.of("copy_text") == [("two\nthree",)]
    scene.key("<space>")
    assert scene.person.selection is None


def test_enter_uses_what_the_message_has(scene):
    scene.open(
        [
            text_item(1, "see https://example.org"),
            file_item(2, "offered"),
            text_item(3, "line\n" * 700),
            text_item(4, "plain"),
            text_item(5, outgoing=True, fate="failed"),
        ]
    )
    for message_id in (1, 2, 3, 4, 5):
        scene.canvas.focus_force()
        scene.root.update()
        scene.canvas.focus_message(message_id)
        scene.canvas.event_generate("<Return>")
        scene.root.update()
    done = [call[0] for call in scene.actions.calls if call[0] != "seen"]
    assert done == ["open_link", "fetch_file", "show_text", "send_again"]


def test_delete_deletes_here_and_moves_on(scene):
    scene.open(items_of(5))
    scene.key("<Up>")
    scene.key("<Up>")
    scene.key("<Delete>")
    assert scene.actions.of("delete_message") == [(4,)] and scene.keys.focused == 5


def test_everything_is_selected(scene):
    scene.open([text_item(1, "one"), text_item(2, "two")])
    scene.key("<Control-a>")
    assert scene.person.selection.text(scene.canvas.loaded) == "one\ntwo"


def test_our_last_message_is_selected_from_the_composer(scene):
    scene.open([text_item(1, outgoing=True, fate="read"), text_item(2)])
    assert scene.keys.focus_last_own() and scene.keys.focused == 1
    scene.open([text_item(2)])
    assert not scene.keys.focus_last_own()
