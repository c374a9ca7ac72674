"""Fates only move forward."""

from __future__ import annotations

import itertools

import pytest

from whispr.client.store.message import Direction, Fate, MessageKind, Protection, message_of

ORDER = [{Fate.QUEUED}, {Fate.ACCEPTED}, {Fate.EXPIRED, Fate.FAILED}, {Fate.DELIVERED}, {Fate.READ}]


def _position(fate: Fate) -> int:
    return next(index for index, fates in enumerate(ORDER) if fate in fates)


@pytest.mark.parametrize(("earlier", "later"), list(itertools.product(Fate, Fate)))
def test_fate_may_follow_only_an_earlier_one(earlier: Fate, later: Fate) -> None:
    assert later.may_follow(earlier) == (_position(later) > _position(earlier))


def test_message_of_reads_a_row_in_the_order_of_the_columns() -> None:
    row = (7, 2, 1, b"i" * 16, 1, "text", "name", 10, 11, 3, None, "why", 1, 0, 2)
    message = message_of(row)
    assert (message.message_id, message.contact_id, message.reason) == (7, 2, "why")
    assert (message.direction, message.kind) == (Direction.IN, MessageKind.TEXT)
    assert (message.fate, message.verified, message.read) == (None, True, False)
    assert message.protection is Protection.FORWARD_SECRET
