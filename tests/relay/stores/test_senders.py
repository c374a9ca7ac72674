from __future__ import annotations

import pytest

from tests.relay.stores.store_kit import named
from whispr.relay.stores.senders import AllowedSenders


def test_those_who_were_named_are_in_and_nobody_else():
    senders = AllowedSenders(frozenset(named(str(number)) for number in range(200)))
    assert all(named(str(number)) in senders for number in range(200))
    assert not any(named(str(number)) in senders for number in range(200, 400))


def test_nobody_is_in_an_empty_list():
    assert named("alice") not in AllowedSenders(frozenset())


def test_a_key_that_lies_across_two_others_is_not_in():
    one, two = bytes(16) + b"\1" * 16, b"\2" * 16 + b"\3" * 16
    senders = AllowedSenders(frozenset((one, two)))
    assert one in senders
    assert two in senders
    assert one[16:] + two[:16] not in senders


def test_a_match_across_two_does_not_hide_the_key_itself():
    across = b"\1" * 16 + b"\2" * 16
    before, after = bytes(16) + b"\1" * 16, b"\2" * 16 + bytes(16)
    assert across in AllowedSenders(frozenset((before, after, across)))
    assert across not in AllowedSenders(frozenset((before, after)))


def test_it_takes_thirty_two_bytes_a_key():
    assert AllowedSenders(frozenset((named("a"), named("b")))).size_bytes == 64


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_a_bug(size):
    with pytest.raises(ValueError, match="32"):
        AllowedSenders(frozenset((bytes(size),)))
