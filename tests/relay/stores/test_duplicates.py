from __future__ import annotations

import pytest

from tests.relay.stores.store_kit import envelope
from whispr.relay.stores.base import Kept, Refusal, Refused
from whispr.relay.stores.duplicates import BUCKET_MS, Duplicates
from whispr.relay.stores.limits import MAX_LIFE_MS, REMEMBERED_BYTES


@pytest.mark.parametrize("life_ms", [1, 60_000, MAX_LIFE_MS])
def test_the_first_answer_comes_back_whole(life_ms):
    duplicates = Duplicates()
    duplicates.remember(envelope(1, life_ms=life_ms), 0)
    assert duplicates.find(envelope(1), 1) == Kept(life_ms, repeated=True)


def test_one_other_byte_is_a_reused_id():
    duplicates = Duplicates()
    duplicates.remember(envelope(1, data=b"same"), 0)
    assert duplicates.find(envelope(1, data=b"Same"), 1) == Refused(Refusal.ID_REUSED)


@pytest.mark.parametrize("other", [{"mailbox": "x"}, {"sender": "x"}, {"envelope_id": 2}])
def test_another_id_is_new(other):
    duplicates = Duplicates()
    duplicates.remember(envelope(1), 0)
    assert duplicates.find(envelope(**{"envelope_id": 1} | other), 1) is None


def test_it_forgets_in_time_and_counts_its_memory():
    duplicates = Duplicates()
    for number in range(10):
        duplicates.remember(envelope(number, remember_ms=number * 1000 + 1), 0)
    assert (len(duplicates), duplicates.size_bytes) == (10, 10 * REMEMBERED_BYTES)
    assert duplicates.next_due_ms() == BUCKET_MS
    assert duplicates.find(envelope(9), 5000) == Kept(60_000, repeated=True)
    while duplicates.forget(5000):
        pass
    assert (len(duplicates), duplicates.size_bytes) == (5, 5 * REMEMBERED_BYTES)
    assert duplicates.find(envelope(4), 5000) is None
    while duplicates.forget(10_000):
        pass
    assert (len(duplicates), duplicates.size_bytes, duplicates.next_due_ms()) == (0, 0, None)


def test_what_was_forgotten_can_be_remembered_again():
    duplicates = Duplicates()
    for now_ms in (0, 10_000, 20_000):
        assert duplicates.find(envelope(1, remember_ms=1000), now_ms) is None
        duplicates.remember(envelope(1, remember_ms=1000), now_ms)
    assert len(duplicates) == 1


def test_clear_forgets_everything():
    duplicates = Duplicates()
    duplicates.remember(envelope(1), 0)
    duplicates.clear()
    assert duplicates.find(envelope(1), 0) is None
    assert duplicates.size_bytes == 0
