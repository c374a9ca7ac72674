"""Progress: in bytes of the file, only ever forward, and exactly the file at the end."""

from __future__ import annotations

from tests.client.files.files_kit import ProgressLog
from whispr.client.files.progress import ProgressMeter, ignore_progress


def test_ends_with_the_size_of_the_file() -> None:
    log = ProgressLog()
    meter = ProgressMeter(log, file_bytes=1000, blob_bytes=1072)
    for done in (0, 500, 1072):
        meter.update(done)
    assert log.seen == [(0, 1000), (466, 1000), (1000, 1000)]


def test_never_goes_back_and_says_nothing_twice() -> None:
    log = ProgressLog()
    meter = ProgressMeter(log, file_bytes=1000, blob_bytes=1000)
    for done in (700, 700, 100, 700, 800, 5000):
        meter.update(done)
    assert log.seen == [(700, 1000), (800, 1000), (1000, 1000)]


def test_an_empty_file_is_reported_once() -> None:
    log = ProgressLog()
    meter = ProgressMeter(log, file_bytes=0, blob_bytes=272)
    meter.update(0)
    meter.update(272)
    assert log.seen == [(0, 0)]


def test_nobody_has_to_listen() -> None:
    ProgressMeter(ignore_progress, file_bytes=1, blob_bytes=272).update(272)
