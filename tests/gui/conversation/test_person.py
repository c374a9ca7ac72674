from __future__ import annotations

import pytest

from tests.gui.conversation.kit import file_item, text_item


@pytest.fixture
def menu(monkeypatch):
    """What the menu would show, instead of a menu that takes the pointer."""
    shown = []
    monkeypatch.setattr(
        "whispr.gui.conversation.person.popup_menu",
        lambda _parent, _look, lines, _left, _top: shown.append({one.label: one for one in lines}),
    )
    return shown


def test_every_line_of_the_menu_does_what_it_says(scene, menu):
    scene.open([text_item(1, "see https://example.org"), file_item(2, "saved")])
    scene.press("<Button-3>", *scene.place_of(1, 0))
    scene.press("<Button-3>", *scene.place_of(2))
    for lines, labels in zip(
        menu,
        (
            ["Copy", "Copy link", "Reply with quote", "Message details", "Delete here"],
            ["Open copy", "Save as…"],
        ),
        strict=True,
    ):
        for label in labels:
            lines[label].command()
    assert [call for call in scene.actions.calls if call[0] != "seen"] == [
        ("copy_text", "see https://example.org"),
        ("copy_text", "https://example.org"),
        ("reply", "> see https://example.org\n"),
        ("show_details", 1),
        ("delete_message", 1),
        ("open_file", 2),
        ("save_file", 2),
    ]


@pytest.mark.parametrize("key", ["<Menu>", "<Shift-F10>"])
def test_the_menu_opens_by_key(scene, menu, key):
    scene.open([text_item(1)])
    scene.key(key)
    assert len(menu) == 1


def test_beside_the_bubbles_there_is_no_menu(scene, menu):
    scene.open([text_item(1)])
    scene.press("<Button-3>", 700, 560)
    assert menu == []


def test_nothing_is_copied_when_nothing_is_chosen(scene):
    scene.open([text_item(1)])
    assert not scene.person.copy() and scene.person.copy(1)
    assert not scene.person.clear_selection()
