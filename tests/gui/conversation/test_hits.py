from __future__ import annotations

from whispr.gui.conversation.hits import Hits


def test_the_newest_hit_comes_first_and_the_way_goes_round():
    hits = Hits()
    assert hits.replace([5, 90, 40]) == 90
    assert hits.words == "1 of 3" and len(hits) == 3 and 40 in hits
    assert [hits.step(True) for _ in range(3)] == [40, 5, 90]
    assert hits.step(False) == 5 and hits.words == "3 of 3"


def test_without_a_hit_there_is_nowhere_to_go():
    hits = Hits()
    assert hits.replace([]) is None and hits.step(True) is None and hits.words == "No match"


def test_a_new_search_starts_anew():
    hits = Hits()
    hits.replace([1, 2, 3])
    hits.step(True)
    assert hits.replace([7]) == 7 and hits.words == "1 of 1"
    hits.clear()
    assert hits.current is None and len(hits) == 0
