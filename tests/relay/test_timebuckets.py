from __future__ import annotations

from whispr.relay.timebuckets import TimeBuckets


def filled(*due_ms: int) -> TimeBuckets[int]:
    buckets: TimeBuckets[int] = TimeBuckets(100)
    for due in due_ms:
        buckets.put(due, buckets.number(due))
    return buckets


def test_an_item_comes_out_never_early_and_at_most_one_width_late():
    buckets = filled(101)
    assert buckets.pop_due(199, 10) == []
    assert buckets.pop_due(200, 10) == [101]
    assert buckets.pop_due(10_000, 10) == []


def test_due_on_the_edge_comes_out_on_the_edge():
    assert filled(100).pop_due(99, 10) == []
    assert filled(100).pop_due(100, 10) == [100]


def test_oldest_buckets_come_first_and_the_limit_holds():
    buckets = filled(950, 150, 550, 350)
    assert buckets.pop_due(2000, 3) == [150, 350, 550]
    assert buckets.pop_due(2000, 3) == [950]


def test_a_limit_in_the_middle_of_a_bucket_leaves_the_rest():
    buckets = filled(110, 120, 130)
    first = buckets.pop_due(200, 2)
    assert len(first) == 2
    assert sorted(first + buckets.pop_due(200, 2)) == [110, 120, 130]


def test_removed_items_do_not_come_out():
    buckets = filled(150, 160)
    buckets.remove(150, buckets.number(150))
    buckets.remove(150, buckets.number(150))
    buckets.remove(999, buckets.number(5000))
    assert buckets.pop_due(1000, 10) == [160]


def test_an_emptied_bucket_can_be_filled_again():
    buckets = filled(150)
    buckets.remove(150, buckets.number(150))
    buckets.put(155, buckets.number(155))
    assert buckets.pop_due(1000, 10) == [155]
    assert buckets.next_due_ms() is None


def test_next_due_names_the_first_bucket():
    assert filled().next_due_ms() is None
    assert filled(950, 150).next_due_ms() == 200


def test_filling_and_emptying_a_bucket_does_not_pile_up():
    buckets = filled()
    for _ in range(1000):
        buckets.put(1, buckets.number(150))
        buckets.remove(1, buckets.number(150))
    assert len(buckets._order) == 1


def test_clear_forgets_everything():
    buckets = filled(100, 200)
    buckets.clear()
    assert buckets.pop_due(10_000, 10) == []
    assert buckets.next_due_ms() is None
