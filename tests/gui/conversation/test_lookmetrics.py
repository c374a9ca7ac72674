from __future__ import annotations

from whispr.gui.conversation.lookmetrics import LookMetrics


def test_it_measures_with_the_fonts_of_the_look(root, look):
    metrics = LookMetrics(root, look)
    assert metrics.width("body", "some words") == look.font("body").measure("some words")
    assert metrics.width("meta", "09:20") == look.font("meta").measure("09:20")
    assert metrics.line_height("body") == look.line_px
    assert metrics.px(10) == 10
    assert metrics.typesetter.width_of("emoji", "🎉") == look.font("emoji").measure("🎉")
    assert metrics.small_typesetter.width_of("text", "ab") == look.font("small").measure("ab")


def test_after_forgetting_it_measures_the_new_fonts(root, look):
    metrics = LookMetrics(root, look)
    before = metrics.line_height("body"), metrics.width("meta", "09:20")
    look.set_scale(2.0)
    assert metrics.line_height("body") == before[0]
    metrics.forget()
    assert metrics.line_height("body") > 1.7 * before[0]
    assert metrics.width("meta", "09:20") > 1.7 * before[1]


def test_a_measurement_does_not_open_the_font_anew(root, look):
    import time

    metrics = LookMetrics(root, look)
    root.update()
    started = time.process_time()
    for number in range(1_000):
        metrics.width("body", f"word {number}")
    assert time.process_time() - started < 0.5
