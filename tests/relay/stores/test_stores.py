"""What every store promises; each store runs all of it."""

from __future__ import annotations

import pytest

from tests.relay.stores.store_kit import EPOCH, NotingWatcher, envelope, named
from whispr.errors import RelayFullError, RelayUnavailableError
from whispr.relay.stores.base import Evicted, Kept, Refusal, Refused

BOB = named("bob")
FULL = Refusal.MAILBOX_FULL
KIB = 1024


async def fetch_all(store, mailbox=BOB, *, after=0, max_messages=2000, max_bytes=1 << 30):
    return await store.fetch(mailbox, after=after, max_messages=max_messages, max_bytes=max_bytes)


async def waiting(store, mailbox=BOB):
    return [item.data for item in await fetch_all(store, mailbox)]


async def fill(store, count, **kind):
    for number in range(count):
        assert isinstance(await store.enqueue(envelope(number, **kind)), Kept)


# Order, positions, fetching, acknowledging


async def test_envelopes_come_back_verbatim_and_in_order(store):
    sent = [envelope(number) for number in range(5)]
    for incoming in sent:
        assert await store.enqueue(incoming) == Kept(60_000)
    assert await waiting(store) == [incoming.data for incoming in sent]


async def test_fetching_deletes_nothing(store):
    await fill(store, 3)
    assert len(await waiting(store)) == len(await waiting(store)) == 3


async def test_positions_rise_also_over_an_emptied_mailbox(store, clock):
    await fill(store, 2)
    first, second = [item.position for item in await fetch_all(store)]
    assert 0 < first < second == await store.last_position(BOB)
    await store.acknowledge(BOB, second)
    assert await store.last_position(BOB) == 0
    await store.enqueue(envelope("later"))
    assert (await fetch_all(store))[0].position > second


async def test_positions_rise_when_the_wall_clock_steps_back(store, clock):
    await store.enqueue(envelope(1))
    clock.set_wall(0)
    await store.enqueue(envelope(2))
    first, second = await fetch_all(store)
    assert first.position < second.position


async def test_fetch_goes_on_behind_a_position(store):
    await fill(store, 6)
    items = await fetch_all(store)
    for index, item in enumerate(items):
        assert await fetch_all(store, after=item.position) == items[index + 1 :]


async def test_fetch_stops_at_messages_and_at_bytes(store):
    await fill(store, 5, size_bytes=100)
    assert len(await fetch_all(store, max_messages=2)) == 2
    assert len(await fetch_all(store, max_bytes=300)) == 3
    assert len(await fetch_all(store, max_bytes=299)) == 2


async def test_fetch_gives_at_least_one_whatever_its_size(store):
    await fill(store, 2, size_bytes=1000)
    assert len(await fetch_all(store, max_bytes=1)) == 1


async def test_age_counts_from_arrival(store, clock):
    await store.enqueue(envelope(1))
    clock.advance(1234)
    assert (await fetch_all(store))[0].age_ms == 1234


async def test_acknowledging_is_cumulative_and_idempotent(store):
    await fill(store, 5)
    items = await fetch_all(store)
    assert await store.acknowledge(BOB, items[2].position) == 3
    assert await store.acknowledge(BOB, items[2].position) == 0
    assert await store.acknowledge(BOB, items[0].position) == 0
    assert await fetch_all(store) == items[3:]
    assert await store.acknowledge(BOB, 1 << 60) == 2
    assert await fetch_all(store) == []


async def test_acknowledging_what_never_was_is_nothing(store):
    assert await store.acknowledge(BOB, 5) == 0
    assert await store.last_position(BOB) == 0


async def test_mailboxes_do_not_mix(store):
    await store.enqueue(envelope(1, mailbox="bob"))
    await store.enqueue(envelope(1, mailbox="carol"))
    await store.acknowledge(BOB, 1 << 60)
    assert len(await waiting(store, named("carol"))) == 1


# Expiry


async def test_an_envelope_lives_to_its_last_millisecond_and_not_longer(store, clock):
    await store.enqueue(envelope(1, life_ms=60_000))
    clock.advance(59_999)
    assert len(await waiting(store)) == 1
    clock.advance(1)
    assert await waiting(store) == []
    assert await store.last_position(BOB) == 0


async def test_each_has_its_own_expiry(store, clock):
    short, long, middle = (
        envelope(1, life_ms=1000),
        envelope(2, life_ms=9000),
        envelope(3, life_ms=5000),
    )
    for incoming in (long, short, middle):
        await store.enqueue(incoming)
    clock.advance(1000)
    assert await waiting(store) == [long.data, middle.data]
    clock.advance(4000)
    assert await waiting(store) == [long.data]


async def test_what_expired_does_not_count_as_acknowledged(store, clock):
    await fill(store, 1, life_ms=1000)
    position = await store.last_position(BOB)
    clock.advance(1000)
    assert await store.acknowledge(BOB, position) == 0


async def test_expired_envelopes_make_room_without_a_sweep(store, clock):
    await fill(store, 20)
    clock.advance(60_000)
    assert isinstance(await store.enqueue(envelope("later")), Kept)


async def test_sweep_frees_what_nobody_touches_and_counts_it(store, clock):
    for name in ("bob", "carol", "dave"):
        await fill(store, 3, mailbox=name)
    clock.advance(62_000)
    await store.sweep()
    assert store.usage().messages == store.usage().mailboxes == 0
    assert store.usage().expired == 9


async def test_sweep_leaves_what_lives(store, clock):
    await store.enqueue(envelope(1, life_ms=1000))
    await store.enqueue(envelope(2, life_ms=60_000))
    clock.advance(30_000)
    await store.sweep()
    assert await waiting(store) == [envelope(2).data]
    clock.advance(32_000)
    await store.sweep()
    assert store.usage().messages == 0


async def test_a_short_life_behind_a_long_one_is_swept_in_time(store, clock):
    await store.enqueue(envelope(1, life_ms=3_600_000))
    await store.enqueue(envelope(2, life_ms=1000))
    clock.advance(2000)
    await store.sweep()
    assert store.usage().messages == 1


async def test_sweep_of_many_mailboxes_gets_through(store, clock):
    for number in range(1200):
        await store.enqueue(envelope(1, mailbox=f"mailbox {number}", life_ms=1000))
    clock.advance(2000)
    await store.sweep()
    assert store.usage().mailboxes == 0


async def test_everything_is_forgotten_in_the_end(store, clock):
    before = store.usage().memory_bytes
    await fill(store, 20)
    clock.advance(121_000)
    await store.sweep()
    assert store.usage().memory_bytes == before == 0


# Repetitions


async def test_an_exact_repetition_gets_the_first_answer_and_is_kept_once(store, clock):
    await store.enqueue(envelope(1, life_ms=42_000))
    clock.advance(5000)
    again = envelope(1, life_ms=42_000)
    assert await store.repetition(again) == Kept(42_000, repeated=True)
    assert await store.enqueue(again) == Kept(42_000, repeated=True)
    assert len(await waiting(store)) == 1


async def test_a_repetition_after_acknowledgement_is_not_delivered_again(store):
    await store.enqueue(envelope(1))
    await store.acknowledge(BOB, await store.last_position(BOB))
    assert await store.enqueue(envelope(1)) == Kept(60_000, repeated=True)
    assert await waiting(store) == []


async def test_a_repetition_passes_when_the_mailbox_is_full(store):
    await fill(store, 20)
    assert await store.enqueue(envelope(7)) == Kept(60_000, repeated=True)


async def test_the_same_id_with_other_bytes_is_refused(store):
    await store.enqueue(envelope(1))
    changed = envelope(1, data=b"other bytes")
    assert await store.repetition(changed) is None
    assert await store.enqueue(changed) == Refused(Refusal.ID_REUSED)
    assert await waiting(store) == [envelope(1).data]


async def test_an_id_belongs_to_its_sender_and_its_mailbox(store):
    for mailbox, sender in (("bob", "alice"), ("bob", "mallory"), ("carol", "alice")):
        answer = await store.enqueue(envelope(1, mailbox=mailbox, sender=sender))
        assert answer == Kept(60_000)


async def test_an_id_is_remembered_as_long_as_asked(store, clock):
    await store.enqueue(envelope(1, life_ms=1000, remember_ms=10_000))
    clock.advance(9_999)
    assert await store.repetition(envelope(1)) == Kept(1000, repeated=True)
    clock.advance(1001)
    assert await store.repetition(envelope(1)) is None
    assert await store.enqueue(envelope(1)) == Kept(60_000)


async def test_what_was_refused_is_not_remembered(store):
    await fill(store, 20)
    assert (await store.enqueue(envelope("late"))).refusal is FULL
    assert await store.repetition(envelope("late")) is None
    await store.acknowledge(BOB, 1 << 60)
    assert await store.enqueue(envelope("late")) == Kept(60_000)


# A full mailbox


async def test_one_sender_fills_twenty_and_the_next_is_refused(store, clock):
    await fill(store, 19)
    clock.advance(10_000)
    await store.enqueue(envelope("twentieth"))
    assert await store.enqueue(envelope("next")) == Refused(FULL, 50_000)
    assert len(await waiting(store)) == 20


async def test_the_wait_that_was_told_is_enough(store, clock):
    await fill(store, 20, life_ms=7000)
    refused = await store.enqueue(envelope("next"))
    clock.advance(refused.retry_after_ms - 1)
    assert isinstance(await store.enqueue(envelope("next")), Refused)
    clock.advance(1)
    assert isinstance(await store.enqueue(envelope("next")), Kept)


async def test_bytes_are_capped_on_both_sides(make_store):
    store = await make_store(mailbox_bytes=1000)
    await fill(store, 9, size_bytes=100)
    assert (await store.enqueue(envelope("large", size_bytes=101))).refusal is FULL
    assert isinstance(await store.enqueue(envelope("exact", size_bytes=100)), Kept)
    assert (await store.enqueue(envelope("one more", size_bytes=1))).refusal is FULL


async def test_what_can_never_fit_is_told_not_to_wait(make_store):
    store = await make_store(mailbox_bytes=1000)
    assert await store.enqueue(envelope(1, size_bytes=1001)) == Refused(FULL, 0)


async def test_acknowledging_makes_room(store):
    await fill(store, 20)
    await store.acknowledge(BOB, (await fetch_all(store))[0].position)
    assert isinstance(await store.enqueue(envelope("next")), Kept)
    assert (await store.enqueue(envelope("after"))).refusal is FULL


async def test_drop_oldest_pushes_out_the_oldest_and_tells_its_origin(make_store):
    store = await make_store(mailbox_messages=2, drop_oldest=True)
    for number in (1, 2):
        await store.enqueue(envelope(number, origin=f"connection {number}"))
    evicted = Evicted(BOB, envelope(1).envelope_id, "connection 1")
    assert await store.enqueue(envelope(3)) == Kept(60_000, evicted=(evicted,))
    assert await waiting(store) == [envelope(2).data, envelope(3).data]
    assert store.usage().evicted == 1


async def test_drop_oldest_pushes_out_as_many_as_the_bytes_need(make_store):
    store = await make_store(mailbox_bytes=1000, drop_oldest=True)
    await fill(store, 10, size_bytes=100)
    kept = await store.enqueue(envelope("large", size_bytes=250))
    assert [item.envelope_id for item in kept.evicted] == [
        envelope(number).envelope_id for number in range(3)
    ]
    assert len(await waiting(store)) == 8


async def test_drop_oldest_in_a_mailbox_of_one(make_store):
    store = await make_store(mailbox_messages=1, drop_oldest=True)
    for number in range(5):
        assert isinstance(await store.enqueue(envelope(number)), Kept)
    assert await waiting(store) == [envelope(4).data]


async def test_drop_oldest_drops_nothing_for_what_can_never_fit(make_store):
    store = await make_store(mailbox_bytes=1000, drop_oldest=True)
    await fill(store, 10, size_bytes=100)
    assert await store.enqueue(envelope("huge", size_bytes=1001)) == Refused(FULL, 0)
    assert len(await waiting(store)) == 10


async def test_an_evicted_envelope_is_still_a_repetition(make_store):
    store = await make_store(mailbox_messages=1, drop_oldest=True)
    await fill(store, 2)
    assert await store.enqueue(envelope(0)) == Kept(60_000, repeated=True)
    assert await waiting(store) == [envelope(1).data]


# Sender lists


async def allow(store, *names):
    await store.allow(BOB, frozenset(named(name) for name in names))


async def strangers_fill(store, count=10):
    for number in range(count):
        incoming = envelope(number, sender=f"stranger {number}", address=f"192.0.2.{number}")
        assert isinstance(await store.enqueue(incoming), Kept)


async def test_strangers_get_half_and_friends_the_rest(store):
    await allow(store, "alice")
    await strangers_fill(store)
    refused = await store.enqueue(envelope("x", sender="another", address="198.51.100.1"))
    assert refused == Refused(FULL, 60_000)
    await fill(store, 10, sender="alice")
    assert (await store.enqueue(envelope("x", sender="alice"))).refusal is FULL
    assert len(await waiting(store)) == 20


async def test_friends_may_use_all_that_is_free(store):
    await allow(store, "alice")
    await fill(store, 20, sender="alice")
    assert (await store.enqueue(envelope(1, sender="stranger"))).refusal is FULL


async def test_one_address_gets_a_quarter_of_the_strangers_half(store):
    await allow(store, "alice")
    for number in range(2):
        incoming = envelope(number, sender=f"key {number}", address="198.51.100.9")
        assert isinstance(await store.enqueue(incoming), Kept)
    third = envelope(2, sender="key 2", address="198.51.100.9")
    assert (await store.enqueue(third)).refusal is FULL
    elsewhere = envelope(2, sender="key 2", address="198.51.100.10")
    assert isinstance(await store.enqueue(elsewhere), Kept)


async def test_a_friend_at_a_strangers_address_does_not_count_there(store):
    await allow(store, "alice")
    await fill(store, 10, sender="alice", address="198.51.100.9")
    stranger = envelope(1, sender="stranger", address="198.51.100.9")
    assert isinstance(await store.enqueue(stranger), Kept)


async def test_bytes_of_strangers_are_half(make_store):
    store = await make_store(mailbox_bytes=1024 * KIB, mailbox_messages=100)
    await allow(store, "alice")
    for number in range(8):
        incoming = envelope(number, address=f"192.0.2.{number}", sender="s", size_bytes=64 * KIB)
        assert isinstance(await store.enqueue(incoming), Kept)
    one_more = envelope("x", address="192.0.2.99", sender="s", size_bytes=1)
    assert (await store.enqueue(one_more)).refusal is FULL
    await fill(store, 8, sender="alice", size_bytes=64 * KIB)


async def test_without_a_list_everybody_shares_everything(store):
    await fill(store, 20, sender="anybody")


async def test_an_empty_list_ends_the_reservation(store):
    await allow(store, "alice")
    await allow(store)
    await fill(store, 20, sender="anybody")


async def test_a_new_list_counts_for_what_already_waits(store):
    await strangers_fill(store)
    await allow(store, "alice", "stranger 0")
    another = envelope("x", sender="another", address="198.51.100.1")
    assert isinstance(await store.enqueue(another), Kept)
    again = envelope("y", sender="another", address="198.51.100.2")
    assert (await store.enqueue(again)).refusal is FULL


async def test_many_keys_are_told_apart(store):
    await allow(store, *(f"friend {number}" for number in range(1024)))
    await fill(store, 12, sender="friend 1023")
    assert (await store.enqueue(envelope(1, sender="stranger"))) == Kept(60_000)
    for number in (2, 3):
        answer = await store.enqueue(envelope(number, sender="stranger"))
    assert answer.refusal is FULL


async def test_strangers_push_out_strangers_only(make_store):
    store = await make_store(drop_oldest=True)
    await allow(store, "alice")
    await fill(store, 10, sender="alice")
    await strangers_fill(store)
    kept = await store.enqueue(envelope("x", sender="another", address="198.51.100.1"))
    assert [item.envelope_id for item in kept.evicted] == [envelope(0).envelope_id]
    friends = [envelope(number, sender="alice").data for number in range(10)]
    assert (await waiting(store))[:10] == friends


async def test_strangers_never_push_out_friends(make_store):
    store = await make_store(drop_oldest=True)
    await allow(store, "alice")
    await fill(store, 20, sender="alice")
    assert (await store.enqueue(envelope("x", sender="another"))).refusal is FULL


async def test_a_stranger_pushes_out_what_came_from_his_own_address_first(make_store):
    store = await make_store(drop_oldest=True)
    await allow(store, "alice")
    await strangers_fill(store, 3)
    for number in range(3):
        kept = await store.enqueue(envelope(number, sender="flood", address="198.51.100.9"))
    assert [item.envelope_id for item in kept.evicted] == [envelope(0).envelope_id]
    assert await waiting(store) == [
        *(envelope(number, sender=f"stranger {number}").data for number in range(3)),
        *(envelope(number, sender="flood").data for number in (1, 2)),
    ]


async def test_a_list_is_kept_fourteen_days_after_the_owner_left(store, clock):
    await allow(store, "alice")
    clock.advance(14 * 86_400_000 - 1)
    await store.sweep()
    await strangers_fill(store)
    assert (await store.enqueue(envelope("x", sender="another"))).refusal is FULL
    clock.advance(1)
    await store.sweep()
    await fill(store, 10, sender="anybody")


async def test_lists_that_do_not_fit_are_refused_and_the_former_stays(make_store):
    store = await make_store(ceiling_bytes=200 * KIB)
    await allow(store, "alice")
    with pytest.raises(RelayFullError) as refused:
        await allow(store, *(str(number) for number in range(1024)))
    assert refused.value.retry_after_ms > 0
    await strangers_fill(store)
    assert (await store.enqueue(envelope("x", sender="another"))).refusal is FULL


async def test_a_shorter_list_is_taken_when_everything_is_full(make_store):
    store = await make_store(ceiling_bytes=200 * KIB)
    await allow(store, *(str(number) for number in range(700)))
    await allow(store, "alice")
    await allow(store)
    assert store.usage().memory_bytes < 1000


# The ceiling


async def fill_ceiling(store, *, watched):
    for number in range(10_000):
        mailbox = f"mailbox {number}"
        if watched:
            await store.watch(named(mailbox), NotingWatcher())
        answer = await store.enqueue(envelope(1, mailbox=mailbox, size_bytes=10 * KIB))
        if isinstance(answer, Refused):
            return number, answer
    raise AssertionError("no ceiling")


async def test_everything_together_stays_under_the_ceiling(make_store):
    store = await make_store(ceiling_bytes=1024 * KIB)
    count, refused = await fill_ceiling(store, watched=True)
    assert refused.refusal is Refusal.RELAY_FULL
    assert 0 < refused.retry_after_ms <= 60_000
    usage = store.usage()
    assert usage.memory_bytes <= usage.limit_bytes == 1024 * KIB
    assert usage.memory_bytes > 0.95 * usage.limit_bytes
    assert count * 10 * KIB < usage.memory_bytes


async def test_a_full_relay_still_acknowledges_and_then_accepts(make_store):
    store = await make_store(ceiling_bytes=1024 * KIB)
    await fill_ceiling(store, watched=True)
    first = named("mailbox 0")
    assert await store.acknowledge(first, await store.last_position(first)) == 1
    await store.watch(BOB, NotingWatcher())
    assert isinstance(await store.enqueue(envelope(1, size_bytes=9 * KIB)), Kept)


async def test_a_full_relay_sweeps_before_it_refuses(make_store, clock):
    store = await make_store(ceiling_bytes=1024 * KIB)
    await fill_ceiling(store, watched=True)
    clock.advance(62_000)
    assert isinstance(await store.enqueue(envelope(1, size_bytes=10 * KIB)), Kept)


async def test_unseen_mailboxes_share_a_quarter(make_store):
    store = await make_store(ceiling_bytes=1024 * KIB)
    unseen, refused = await fill_ceiling(store, watched=False)
    assert refused.refusal is Refusal.RELAY_FULL
    assert store.usage().memory_bytes <= 256 * KIB + unseen * KIB
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    assert isinstance(await store.enqueue(envelope(1, size_bytes=10 * KIB)), Kept)


async def test_an_owner_who_comes_frees_the_unseen_quarter(make_store):
    store = await make_store(ceiling_bytes=1024 * KIB)
    await fill_ceiling(store, watched=False)
    assert isinstance(await store.enqueue(envelope(1, size_bytes=10 * KIB)), Refused)
    await store.watch(named("mailbox 0"), NotingWatcher())
    assert isinstance(await store.enqueue(envelope(1, size_bytes=10 * KIB)), Kept)


@pytest.mark.parametrize(("days", "kept"), [(13, True), (14, False)])
async def test_an_owner_counts_as_seen_for_fourteen_days(make_store, clock, days, kept):
    store = await make_store(ceiling_bytes=1024 * KIB)
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    await store.unwatch(BOB, watcher)
    clock.advance(days * 86_400_000)
    await store.sweep()
    await fill_ceiling(store, watched=False)
    answer = await store.enqueue(envelope(1, size_bytes=10 * KIB))
    assert isinstance(answer, Kept if kept else Refused)


async def test_an_owner_who_stays_connected_for_weeks_stays_seen(make_store, clock):
    store = await make_store(ceiling_bytes=1024 * KIB)
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    for _ in range(40):
        clock.advance(86_400_000)
        await store.sweep()
    await store.unwatch(BOB, watcher)
    await fill_ceiling(store, watched=False)
    assert isinstance(await store.enqueue(envelope(1, size_bytes=10 * KIB)), Kept)


async def test_owners_that_come_and_go_stay_bounded(make_store):
    store = await make_store(ceiling_bytes=128 * KIB)
    for number in range(2000):
        watcher = NotingWatcher()
        await store.watch(named(str(number)), watcher)
        await store.unwatch(named(str(number)), watcher)
    assert store.usage().memory_bytes <= 16 * KIB


async def test_remembered_ids_are_part_of_the_ceiling(make_store, clock):
    store = await make_store(ceiling_bytes=128 * KIB)
    await store.watch(BOB, NotingWatcher())
    for number in range(2000):
        answer = await store.enqueue(envelope(number, size_bytes=10))
        if isinstance(answer, Refused):
            break
        await store.acknowledge(BOB, 1 << 60)
    assert answer.refusal is Refusal.RELAY_FULL
    assert store.usage().memory_bytes <= 70 * KIB
    assert await store.enqueue(envelope(0, size_bytes=10)) == Kept(60_000, repeated=True)
    clock.advance(121_000)
    assert isinstance(await store.enqueue(envelope(number, size_bytes=10)), Kept)


async def test_usage_follows_what_waits(store):
    await fill(store, 3, mailbox="bob")
    await fill(store, 2, mailbox="carol")
    assert (store.usage().messages, store.usage().mailboxes) == (5, 2)
    await store.acknowledge(BOB, 1 << 60)
    assert (store.usage().messages, store.usage().mailboxes) == (2, 1)


# Watchers


async def test_a_watcher_is_woken_by_what_is_kept_and_by_nothing_else(store):
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    await store.enqueue(envelope(1))
    await store.enqueue(envelope(1))
    await store.enqueue(envelope(1, data=b"other"))
    await store.enqueue(envelope(1, mailbox="carol"))
    assert watcher.wakes == 1


async def test_what_woke_is_there_to_be_fetched(store):
    seen = []

    class Looking(NotingWatcher):
        def wake(self):
            seen.append(store.usage().messages)

    await store.watch(BOB, Looking())
    await store.enqueue(envelope(1))
    assert seen == [1]


async def test_the_newest_watcher_displaces_the_former(store):
    old, new = NotingWatcher(), NotingWatcher()
    await store.watch(BOB, old)
    await store.watch(BOB, new)
    await store.enqueue(envelope(1))
    assert (old.displacements, old.wakes) == (1, 0)
    assert (new.displacements, new.wakes) == (0, 1)


async def test_a_displaced_watcher_cannot_unwatch_his_successor(store):
    old, new = NotingWatcher(), NotingWatcher()
    await store.watch(BOB, old)
    await store.watch(BOB, new)
    await store.unwatch(BOB, old)
    await store.enqueue(envelope(1))
    assert new.wakes == 1


async def test_watching_twice_displaces_nobody(store):
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    await store.watch(BOB, watcher)
    assert watcher.displacements == 0


async def test_who_stopped_watching_is_left_in_peace(store):
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    await store.unwatch(BOB, watcher)
    await store.enqueue(envelope(1))
    assert watcher.wakes == 0


async def test_ephemeral_goes_to_the_watcher_and_is_never_kept(store):
    watcher = NotingWatcher()
    assert await store.publish(BOB, b"typing") is False
    await store.watch(BOB, watcher)
    assert await store.publish(BOB, b"here") is True
    assert watcher.pushed == [b"here"]
    assert await waiting(store) == []


# Send budget, limits, end


async def test_a_key_sends_ten_at_once_and_ten_a_second(store, clock):
    key = named("alice")
    assert [await store.take_send_budget(key) for _ in range(10)] == [0] * 10
    assert await store.take_send_budget(key) == 100
    assert await store.take_send_budget(named("bob")) == 0
    clock.advance(100)
    assert await store.take_send_budget(key) == 0


async def test_the_epoch_is_told(store):
    assert store.epoch == EPOCH
    assert store.up is True


async def test_a_closed_store_answers_nothing(store):
    await fill(store, 3)
    watcher = NotingWatcher()
    await store.watch(BOB, watcher)
    await store.close()
    assert store.up is False
    assert store.usage().memory_bytes == 0
    for call in (
        store.enqueue(envelope("x")),
        store.repetition(envelope("x")),
        store.fetch(BOB, after=0, max_messages=1, max_bytes=1),
        store.acknowledge(BOB, 1),
        store.last_position(BOB),
        store.watch(BOB, NotingWatcher()),
        store.publish(BOB, b"x"),
        store.allow(BOB, frozenset()),
        store.take_send_budget(BOB),
    ):
        with pytest.raises(RelayUnavailableError):
            await call
    await store.unwatch(BOB, watcher)
    await store.sweep()
