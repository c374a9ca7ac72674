from __future__ import annotations

import pytest

from whispr.gui import raster, ticks


@pytest.mark.parametrize("name", ticks.TICKS)
def test_a_tick_stays_in_its_box(name: str) -> None:
    width, height, shape = ticks.TICKS[name]
    covered = raster.coverage(width, height, shape())
    assert max(covered) > 200
    assert max(covered[:width]) < 128
    assert max(covered[-width:]) < 128


@pytest.mark.parametrize(
    ("fate", "tick"),
    [
        ("queued", "queued"),
        ("accepted", "accepted"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("expired", "failed"),
        ("failed", "failed"),
        ("something new", "failed"),
    ],
)
def test_every_fate_has_a_tick(fate: str, tick: str) -> None:
    assert ticks.tick_of(fate) == tick
