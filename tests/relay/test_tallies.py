from __future__ import annotations

import pytest

from whispr.relay.tallies import Distribution, PairTally, Tally


def test_every_word_is_there_from_the_start():
    assert dict(Tally(("one", "two")).items()) == {"one": 0, "two": 0, "other": 0}


def test_words_are_counted_and_unknown_ones_are_other():
    tally = Tally(("one", "two"))
    tally.add("one")
    tally.add("two", 3)
    tally.add("invented by a stranger")
    assert dict(tally.items()) == {"one": 1, "two": 3, "other": 1}


def test_pairs_never_grow():
    tally = PairTally(("send", "ack"), ("ok", "failed"))
    assert len(list(tally.items())) == 9
    tally.add("send", "ok")
    tally.add("send", "invented")
    tally.add("invented", "ok")
    tally.add("invented", "invented")
    counts = {pair: count for pair, count in tally.items() if count}
    assert counts == {
        ("send", "ok"): 1,
        ("send", "other"): 1,
        ("other", "ok"): 1,
        ("other", "other"): 1,
    }
    assert len(list(tally.items())) == 9


def test_a_value_on_a_bound_belongs_below_it():
    values = Distribution((1, 2.5))
    for value in (0.5, 1, 1.1, 2.5, 2.6):
        values.observe(value)
    assert values.cumulative() == [("1.0", 2), ("2.5", 4), ("+Inf", 5)]
    assert values.total == pytest.approx(7.7)
