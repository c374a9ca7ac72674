"""Origins by name: each is given back once, a bounded number is known."""

from __future__ import annotations

from whispr.relay.stores.origins import Origins


def test_an_origin_is_given_back_once():
    origins = Origins()
    one, two = origins.note("one"), origins.note("two")
    assert one != two and len(one) == 16
    assert origins.take(one) == "one"
    assert origins.take(one) is None
    origins.clear()
    assert origins.take(two) is None


def test_nothing_has_no_name_and_a_foreign_name_no_origin():
    origins = Origins()
    assert origins.note(None) == b""
    assert origins.take(b"") is None
    assert Origins().take(origins.note("x")) is None


def test_the_oldest_is_forgotten_first():
    origins = Origins(max_origins=2)
    names = [origins.note(text) for text in ("one", "two", "three")]
    assert [origins.take(name) for name in names] == [None, "two", "three"]
