"""The hub: who is there, whose timers are due, who holds too much."""

from __future__ import annotations

import asyncio

from whispr.relay.hub import CHECKED_AT_ONCE, Hub


class Member:
    def __init__(self, hub, size_bytes=0):
        self.hub, self.size_bytes, self.checked, self.aborted = hub, size_bytes, [], False
        hub.add(self)

    def check_timers(self, now):
        self.checked.append(now)

    def output_size(self):
        return self.size_bytes

    def goaway(self, reason, retry_after_ms=0):
        raise AssertionError

    def abort(self):
        self.aborted = True
        self.hub.remove(self)

    def write(self, size_bytes):
        self.size_bytes = size_bytes
        self.hub.note_output(self, size_bytes)


async def test_counts_and_empties():
    hub = Hub(output_bytes=100)
    member = Member(hub)
    assert (len(hub), hub.members()) == (1, [member])
    waiting = asyncio.ensure_future(hub.wait_empty(5))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert hub.remove(member)
    await waiting
    assert not hub.remove(member)
    await hub.wait_empty(0)


async def test_waiting_for_empty_ends_in_time():
    hub = Hub(output_bytes=100)
    Member(hub)
    await hub.wait_empty(0)
    assert len(hub) == 1


async def test_timers_are_looked_at_in_slices_until_all_had_their_turn():
    hub = Hub(output_bytes=100)
    members = [Member(hub) for _ in range(CHECKED_AT_ONCE + 1)]
    assert not hub.check_timers(1.0)
    assert sum(len(member.checked) for member in members) == CHECKED_AT_ONCE
    assert hub.check_timers(2.0)
    assert all(len(member.checked) == 1 for member in members)


async def test_above_the_cap_the_largest_is_closed_and_no_other():
    hub = Hub(output_bytes=100)
    small, large = Member(hub), Member(hub)
    small.write(40)
    large.write(60)
    assert not large.aborted
    small.write(41)
    assert (small.aborted, large.aborted) == (False, True)
    assert hub.unread_bytes == 41


async def test_what_was_read_meanwhile_does_not_count():
    hub = Hub(output_bytes=100)
    first, second = Member(hub), Member(hub)
    first.write(90)
    first.size_bytes = 0
    second.write(90)
    assert not first.aborted and not second.aborted
    assert hub.unread_bytes == 90


async def test_all_can_be_closed_at_once():
    hub = Hub(output_bytes=100)
    members = [Member(hub) for _ in range(3)]
    hub.abort_all()
    assert all(member.aborted for member in members) and len(hub) == 0
