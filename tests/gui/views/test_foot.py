from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed
from tests.gui.views.state_kit import texts_of
from whispr.gui.state import FootLine
from whispr.gui.views.foot import Foot


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def foot(root, calls):
    made = Foot(root, look_of(root), calls.pressed)
    placed(made, width=316, height=44)
    return made


def test_it_says_how_the_connection_is(foot):
    foot.show(FootLine("ok", "Connected · relay.example"))
    assert texts_of(foot)[0] == "Connected · relay.example"
    assert not foot.button.winfo_ismapped()


def test_what_can_be_done_is_done_by_key(foot, calls):
    foot.show(FootLine("danger", "Offline · retry in 5 s", "Retry now"))
    foot.update()
    assert foot.button.winfo_ismapped()
    typed(foot.button, "<Return>")
    assert calls.of("pressed") == [("Retry now",)]


def test_the_button_goes_with_its_reason(foot):
    foot.show(FootLine("warn", "Open elsewhere", "Use here"))
    foot.update()
    foot.show(FootLine("ok", "Connected"))
    foot.update()
    assert not foot.button.winfo_ismapped()


def test_a_rail_keeps_the_dot(foot):
    foot.is_rail = True
    foot.show(FootLine("danger", "Offline", "Retry now"))
    foot.update()
    kinds = [foot.type(item) for item in foot.find_all()]
    assert "image" in kinds and "text" not in kinds
