from __future__ import annotations

import struct
import zlib

import pytest

from whispr.gui import raster

DISC = bytes(
    [
        *(0, 116, 116, 0),
        *(116, 255, 255, 116),
        *(116, 255, 255, 116),
        *(0, 116, 116, 0),
    ]
)


def test_a_disc_has_these_bytes() -> None:
    covered = raster.coverage(4, 4, raster.circle(2, 2, 1.5375))
    assert covered == DISC


def test_a_picture_mixes_both_colours_by_coverage() -> None:
    assert raster.ppm(bytes([0, 128, 255]), 3, 1, "#ff0000", "#0000ff") == (
        b"P6 3 1 255 " + bytes([0, 0, 255, 128, 0, 127, 255, 0, 0])
    )


def test_layers_of_an_opaque_picture_cover_each_other() -> None:
    layers = [(bytes([255, 255, 0]), "#00ff00"), (bytes([0, 128, 0]), "#ff0000")]
    assert raster.layered_ppm(layers, 3, 1, "#000000") == (
        b"P6 3 1 255 " + bytes([0, 255, 0, 128, 127, 0, 0, 0, 0])
    )


def test_a_transparent_picture_is_a_png_with_these_pixels() -> None:
    layers = [(bytes([255, 255, 0]), "#000000", 0.5), (bytes([0, 255, 0]), "#ffffff", 1.0)]
    data = raster.layered_png(layers, 3, 1)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (3, 1)
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", data[start - 8 : start - 4])
    pixels = zlib.decompress(data[start : start + length])
    assert pixels == b"\0" + bytes([0, 0, 0, 128, 255, 255, 255, 255, 0, 0, 0, 0])
    assert struct.unpack(">I", data[start + length : start + length + 4])[0] == zlib.crc32(
        data[start - 4 : start + length]
    )


@pytest.mark.parametrize(
    ("shape", "place", "distance"),
    [
        (raster.circle(5, 5, 3), (5, 5), -3),
        (raster.circle(5, 5, 3), (10, 5), 2),
        (raster.rounded_box(0, 0, 10, 10, 2), (5, 12), 2),
        (raster.rounded_box(0, 0, 10, 10, 2), (5, 5), -5),
        (raster.rounded_box(0, 0, 10, 10, (5, 0, 0, 0)), (0, 0), 5 * 2**0.5 - 5),
        (raster.rounded_box(0, 0, 10, 10, (0, 5, 0, 0)), (10, 0), 5 * 2**0.5 - 5),
        (raster.rounded_box(0, 0, 10, 10, (0, 0, 5, 0)), (10, 10), 5 * 2**0.5 - 5),
        (raster.rounded_box(0, 0, 10, 10, (0, 0, 0, 5)), (0, 10), 5 * 2**0.5 - 5),
        (raster.rounded_box(0, 0, 10, 10, (5, 0, 0, 0)), (10, 10), 0),
        (raster.stroke((0, 0), (10, 0), 2), (5, 3), 2),
        (raster.stroke((0, 0), (10, 0), 2), (13, 0), 2),
        (raster.stroke((4, 4), (4, 4), 2), (4, 7), 2),
        (raster.polyline([(0, 0), (4, 0), (4, 4)], 2, closed=True), (2, 2), -1),
        (raster.arc((0, 0), 5, 0, 90, 2), (0, 5), -1),
        (raster.arc((0, 0), 5, 0, 90, 2), (0, -5), 50**0.5 - 1),
        (raster.arc((0, 0), 5, 0, 360, 2), (0, -5), -1),
        (raster.polygon([(0, 0), (10, 0), (10, 10), (0, 10)]), (5, 3), -3),
        (raster.polygon([(0, 0), (10, 0), (10, 10), (0, 10)]), (5, 13), 3),
        (raster.union(raster.circle(0, 0, 1), raster.circle(9, 0, 1)), (9, 0), -1),
        (raster.without(raster.circle(0, 0, 5), raster.circle(0, 0, 2)), (0, 0), 2),
        (raster.inverse(raster.circle(0, 0, 5)), (0, 0), 5),
        (raster.outline(raster.circle(0, 0, 5), 2), (5, 0), -1),
        (raster.scaled(raster.circle(1, 1, 1), 4), (4, 4), -4),
        (raster.moved(raster.circle(0, 0, 1), 3, 4), (3, 4), -1),
    ],
)
def test_distances(shape: raster.Shape, place: tuple[float, float], distance: float) -> None:
    assert shape(*place) == pytest.approx(distance)


def test_coverage_is_whole_inside_and_nothing_outside() -> None:
    covered = raster.coverage(9, 9, raster.rounded_box(2, 2, 7, 7, 0))
    rows = [covered[row * 9 : row * 9 + 9] for row in range(9)]
    assert rows[4] == bytes([0, 0, 255, 255, 255, 255, 255, 0, 0])
    assert rows[0] == bytes(9)
