"""One suite for every prekey store: what `whispr.relay.prekeys.base` promises."""

from __future__ import annotations

import asyncio

import pytest

from whispr.errors import RateLimitedError, RelayFullError, RelayUnavailableError
from whispr.protocol.limits import (
    LOW_PREKEYS,
    MAX_ONE_TIME_KEM_PREKEYS,
    MAX_ONE_TIME_PREKEYS,
)
from whispr.relay.limits import RateLimit
from whispr.relay.prekeys.base import GIVEN_MS, PrekeyLimits, Publication, record_id

BOB, CAROL = b"B" * 32, b"C" * 32
ALICE = b"a" * 32
ADDRESS = "192.0.2.1"
GENEROUS = {"claimant_rate": RateLimit(1e6, 10_000), "target_rate": RateLimit(1e6, 10_000)}
DAY_MS = 86_400_000


def record(number, size=108):
    return number.to_bytes(4, "big") + bytes(size - 4)


def one_time(start, count):
    return tuple(record(number) for number in range(start, start + count))


def kem(start, count):
    return tuple(record(number, 1260) for number in range(start, start + count))


def whole(**changes):
    return Publication(
        **{
            "address": ADDRESS,
            "kem_key": b"k" * 1184,
            "signed_prekey": record(7),
            "last_resort": record(8, 1260),
            "one_time": one_time(100, 3),
            "one_time_kem": kem(200, 2),
            **changes,
        }
    )


def claim_id(number):
    return number.to_bytes(16, "big")


def claimant(number):
    return number.to_bytes(32, "big")


async def claim(store, who=ALICE, number=1, mailbox=BOB):
    return await store.claim(mailbox, claimant=who, claim_id=claim_id(number))


async def test_what_was_published_is_handed_out_in_order(prekeys):
    stock = await prekeys.publish(BOB, whole())
    assert stock == (7, 3, 2, 102, 201)
    bundle = await claim(prekeys)
    assert (bundle.kem_key, bundle.signed_prekey) == (b"k" * 1184, record(7))
    assert (bundle.one_time, bundle.kem_prekey) == (record(100), record(200, 1260))
    assert not bundle.last_resort
    other = await claim(prekeys, claimant(2))
    assert (record_id(other.one_time), record_id(other.kem_prekey)) == (101, 201)
    assert await prekeys.publish(BOB, Publication(ADDRESS)) == (7, 1, 0, 102, 0)


async def test_nothing_published_is_nothing(prekeys):
    assert await claim(prekeys) is None
    assert await prekeys.publish(BOB, Publication(ADDRESS)) == (0, 0, 0, 0, 0)
    assert prekeys.usage().mailboxes == 0
    await prekeys.publish(BOB, whole(last_resort=b""))
    assert await claim(prekeys) is None, "half a bundle seals nothing"
    await prekeys.publish(BOB, Publication(ADDRESS, last_resort=record(8, 1260)))
    assert await claim(prekeys, number=2) is not None


async def test_empty_gives_the_last_resort_and_never_an_error(prekeys):
    await prekeys.publish(BOB, whole(one_time=(), one_time_kem=()))
    for number in range(1, 5):
        bundle = await claim(prekeys, claimant(number))
        assert (bundle.one_time, bundle.kem_prekey) == (b"", record(8, 1260))
        assert bundle.last_resort


async def test_the_same_claim_gets_the_same_keys_again(prekeys):
    await prekeys.publish(BOB, whole())
    first = await claim(prekeys)
    assert await claim(prekeys) == first
    assert (await prekeys.publish(BOB, Publication(ADDRESS))).one_time == 2


async def test_a_claim_id_of_somebody_else_opens_nothing(prekeys):
    await prekeys.publish(BOB, whole())
    first = await claim(prekeys, ALICE, 1)
    other = await claim(prekeys, claimant(2), 1)
    assert other.one_time != first.one_time


async def test_one_claimant_gets_one_one_time_key_an_hour(prekeys, clock):
    await prekeys.publish(BOB, whole())
    first = await claim(prekeys, number=1)
    again = await claim(prekeys, number=2)
    assert (again.one_time, again.last_resort) == (b"", True)
    assert await claim(prekeys, number=1) == first
    clock.advance(GIVEN_MS)
    later = await claim(prekeys, number=3)
    assert (record_id(later.one_time), later.last_resort) == (101, False)


async def test_no_one_time_key_is_given_to_two_claims(make_prekeys):
    """relay-ops: 1,000 claims of 50 clients, with lost replies; every key goes out once."""
    prekeys = make_prekeys(**GENEROUS)
    mailboxes = [bytes((number,)) * 32 for number in range(20)]
    for number, mailbox in enumerate(mailboxes):
        keys = one_time(1000 * number, 50)
        await prekeys.publish(mailbox, whole(one_time=keys, one_time_kem=()))
    given = {}
    for client in range(50):
        for mailbox in mailboxes:
            arguments = {"claimant": claimant(client), "claim_id": claim_id(client)}
            first, repeated = await asyncio.gather(
                prekeys.claim(mailbox, **arguments), prekeys.claim(mailbox, **arguments)
            )
            assert first == repeated
            assert given.setdefault((mailbox, first.one_time), client) == client
    assert len(given) == 1000


async def test_a_claimant_is_slowed_down(prekeys, clock):
    limit = PrekeyLimits().claimant_rate
    mailboxes = [bytes((number,)) * 32 for number in range(limit.burst + 1)]
    for mailbox in mailboxes:
        await prekeys.publish(mailbox, whole())
    for mailbox in mailboxes[:-1]:
        await claim(prekeys, mailbox=mailbox)
    with pytest.raises(RateLimitedError) as refused:
        await claim(prekeys, mailbox=mailboxes[-1])
    assert refused.value.retry_after_ms == 6000
    clock.advance(6000)
    assert await claim(prekeys, mailbox=mailboxes[-1]) is not None


async def test_a_flood_on_one_mailbox_gets_the_last_resort_and_leaves_the_stock(prekeys, clock):
    await prekeys.publish(BOB, whole(one_time=one_time(100, 100), one_time_kem=kem(300, 40)))
    bundles = [await claim(prekeys, claimant(number)) for number in range(1, 41)]
    assert [bundle.last_resort for bundle in bundles] == [False] * 30 + [True] * 10
    assert (await prekeys.publish(BOB, Publication(ADDRESS))).one_time == 70
    clock.advance(2000)
    assert not (await claim(prekeys, claimant(50))).last_resort


async def test_publishing_adds_or_replaces(prekeys):
    await prekeys.publish(BOB, whole())
    stock = await prekeys.publish(BOB, Publication(ADDRESS, one_time=one_time(500, 1)))
    assert stock == (7, 4, 2, 500, 201)
    stock = await prekeys.publish(BOB, whole(replace=True, one_time=one_time(900, 1)))
    assert stock == (7, 1, 2, 900, 201)
    assert await prekeys.publish(BOB, Publication(ADDRESS, replace=True)) == (0, 0, 0, 0, 0)
    assert await claim(prekeys) is None


async def test_no_more_is_held_than_fits_in_a_frame(prekeys):
    for start in (0, 1000):
        stock = await prekeys.publish(
            BOB,
            whole(
                one_time=one_time(start, MAX_ONE_TIME_PREKEYS),
                one_time_kem=kem(start, MAX_ONE_TIME_KEM_PREKEYS),
            ),
        )
    assert (stock.one_time, stock.one_time_kem) == (100, 40)
    assert record_id((await claim(prekeys)).one_time) == 1000, "the newest are kept"


async def test_the_owner_hears_when_it_runs_low(make_prekeys):
    prekeys = make_prekeys(**GENEROUS)
    heard = []
    count = LOW_PREKEYS + 1
    await prekeys.publish(BOB, whole(one_time=one_time(0, count), one_time_kem=kem(0, 40)))
    await prekeys.watch(BOB, heard.append)
    await claim(prekeys, claimant(1))
    assert heard == [], "ten are enough"
    await claim(prekeys, claimant(2))
    assert [stock.one_time for stock in heard] == [LOW_PREKEYS - 1]
    await prekeys.unwatch(BOB, print)
    await claim(prekeys, claimant(3))
    assert len(heard) == 2, "another one's leaving changes nothing"
    watcher = heard.append
    await prekeys.watch(BOB, watcher)
    await prekeys.unwatch(BOB, watcher)
    await claim(prekeys, claimant(4))
    assert len(heard) == 2


async def test_prekeys_stay_14_days_after_the_owner_was_there(prekeys, clock):
    await prekeys.publish(BOB, whole())
    clock.advance(14 * DAY_MS - 1)
    assert await claim(prekeys) is not None
    await prekeys.publish(BOB, Publication(ADDRESS))
    clock.advance(14 * DAY_MS - 1)
    assert await claim(prekeys, claimant(2)) is not None
    clock.advance(1)
    await prekeys.sweep()
    assert prekeys.usage().mailboxes == 0
    assert await claim(prekeys, claimant(3)) is None


async def test_an_owner_who_is_connected_is_there(prekeys, clock):
    await prekeys.publish(BOB, whole())
    watcher = [].append
    await prekeys.watch(BOB, watcher)
    clock.advance(20 * DAY_MS)
    await prekeys.sweep()
    assert await claim(prekeys) is not None
    await prekeys.unwatch(BOB, watcher)
    clock.advance(14 * DAY_MS)
    assert await claim(prekeys, claimant(2)) is None


async def test_what_one_address_may_leave_is_bounded(make_prekeys):
    prekeys = make_prekeys(total_bytes=8 * 20_000)
    for number in range(20):
        try:
            await prekeys.publish(bytes((number,)) * 32, whole())
        except RelayFullError as error:
            assert error.retry_after_ms > 0
            break
    held = prekeys.usage()
    assert 0 < held.mailboxes < 20
    assert held.memory_bytes <= 20_000
    await prekeys.publish(CAROL, whole(address="192.0.2.2"))
    assert await claim(prekeys, mailbox=CAROL) is not None


async def test_everything_together_is_bounded_and_a_refusal_changes_nothing(make_prekeys):
    prekeys = make_prekeys(total_bytes=40_000)
    refused = 0
    for number in range(30):
        mailbox = bytes((number,)) * 32
        publication = whole(address=f"192.0.2.{number}", one_time=(), one_time_kem=())
        try:
            await prekeys.publish(mailbox, publication)
        except RelayFullError:
            refused += 1
            assert await claim(prekeys, claimant(number), mailbox=mailbox) is None
    assert refused
    assert prekeys.usage().memory_bytes <= prekeys.usage().limit_bytes == 40_000
    before = await prekeys.publish(bytes(32), Publication("192.0.2.0"))
    big = whole(address="192.0.2.0", one_time=one_time(0, 100), one_time_kem=kem(0, 40))
    with pytest.raises(RelayFullError):
        await prekeys.publish(bytes(32), big)
    assert await prekeys.publish(bytes(32), Publication("192.0.2.0")) == before


async def test_bytes_are_reckoned_back_to_nothing(prekeys, clock):
    for number in range(50):
        await prekeys.publish(bytes((number,)) * 32, whole())
        await claim(prekeys, claimant(number), mailbox=bytes((number,)) * 32)
    assert prekeys.usage().memory_bytes > 50 * 5000
    clock.advance(14 * DAY_MS)
    await prekeys.sweep()
    usage = prekeys.usage()
    assert (usage.mailboxes, usage.memory_bytes) == (0, 0)


async def test_a_closed_store_is_unavailable(prekeys):
    await prekeys.close()
    with pytest.raises(RelayUnavailableError):
        await prekeys.publish(BOB, whole())
    with pytest.raises(RelayUnavailableError):
        await claim(prekeys)
