"""Random operations on every store against a model that is too simple to be wrong."""

from __future__ import annotations

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import STORES, envelope, named
from whispr.relay.stores.base import Kept, Refusal, Refused

MESSAGES, SIZE_BYTES = 6, 600
MAILBOXES = st.sampled_from(["bob", "carol"])
SENDERS = st.sampled_from(["alice", "dave", "mallory"])
ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2"])


class Waiting:
    def __init__(self, sender, incoming, due_ms):
        self.sender = sender
        self.incoming = incoming
        self.due_ms = due_ms


class StoreModel(RuleBasedStateMachine):
    """A list of envelopes for each mailbox, a dict of what was remembered, a set of friends."""

    make_store = None
    drop_oldest = False

    def __init__(self):
        super().__init__()
        self.clock = FakeClock()
        self.mailboxes = {"bob": [], "carol": []}
        self.friends = {"bob": set(), "carol": set()}
        self.remembered = {}
        self.runner = asyncio.Runner()
        self.store = self.run_now(
            type(self).make_store(
                self.clock,
                mailbox_messages=MESSAGES,
                mailbox_bytes=SIZE_BYTES,
                drop_oldest=self.drop_oldest,
            )
        )

    def run_now(self, coroutine):
        return self.runner.run(coroutine)

    def now(self):
        return self.clock.monotonic_ms()

    def alive(self, mailbox):
        items = [item for item in self.mailboxes[mailbox] if item.due_ms > self.now()]
        self.mailboxes[mailbox] = items
        return items

    def shares(self, mailbox, sender, address):
        """(members, messages, bytes) of each share, the narrowest first."""
        friends, items = self.friends[mailbox], self.alive(mailbox)
        if friends and sender not in friends:
            strangers = [item for item in items if item.sender not in friends]
            near = [item for item in strangers if item.incoming.address == address]
            yield near, 1, SIZE_BYTES // 2
            yield strangers, MESSAGES // 2, SIZE_BYTES // 2
        yield items, MESSAGES, SIZE_BYTES

    def expected(self, mailbox, sender, incoming):
        """Ids that have to go, or None for a refusal."""
        gone = []
        friends = self.friends[mailbox]
        stranger = friends and sender not in friends
        for members, messages, size_bytes in self.shares(mailbox, sender, incoming.address):
            held = [item for item in members if item not in gone]
            while True:
                total = sum(len(item.incoming.data) for item in held) + len(incoming.data)
                if len(held) < messages and total <= size_bytes:
                    break
                may_go = [item for item in held if not stranger or item.sender not in friends]
                if not self.drop_oldest or not may_go or len(incoming.data) > size_bytes:
                    return None
                gone.append(may_go[0])
                held.remove(may_go[0])
        return gone

    @rule(
        mailbox=MAILBOXES,
        sender=SENDERS,
        address=ADDRESSES,
        number=st.integers(0, 30),
        variant=st.integers(0, 3),
        size_bytes=st.sampled_from([40, 90, 250]),
        life_ms=st.sampled_from([1, 700, 5000, 60_000]),
        remember_ms=st.sampled_from([300, 20_000]),
    )
    def enqueue(self, mailbox, sender, address, number, variant, size_bytes, life_ms, remember_ms):
        data = named(f"{mailbox}{sender}{number}{variant == 0}").ljust(size_bytes, b"\0")
        incoming = envelope(
            number,
            mailbox=mailbox,
            sender=sender,
            address=address,
            data=data,
            life_ms=life_ms,
            remember_ms=remember_ms,
        )
        key = (mailbox, sender, number)
        answer = self.run_now(self.store.enqueue(incoming))
        known = self.remembered.get(key)
        if known is not None and known[2] > self.now() - 250:  # it may be known a little longer
            sure = known[2] > self.now()
            repeated = isinstance(answer, Kept) and answer.repeated
            reused = isinstance(answer, Refused) and answer.refusal is Refusal.ID_REUSED
            if sure or repeated or reused:
                if known[0] == data:
                    assert answer == Kept(known[1], repeated=True)
                else:
                    assert answer == Refused(Refusal.ID_REUSED)
                return
        gone = self.expected(mailbox, sender, incoming)
        if gone is None:
            assert isinstance(answer, Refused)
            assert answer.refusal is Refusal.MAILBOX_FULL
            assert 0 <= answer.retry_after_ms <= 60_000
            return
        assert isinstance(answer, Kept)
        assert not answer.repeated
        assert answer.expires_in_ms == life_ms
        assert [item.envelope_id for item in answer.evicted] == [
            item.incoming.envelope_id for item in gone
        ]
        kept = Waiting(sender, incoming, self.now() + life_ms)
        remaining = [item for item in self.mailboxes[mailbox] if item not in gone]
        self.mailboxes[mailbox] = [*remaining, kept]
        self.remembered[key] = (data, life_ms, self.now() + remember_ms)

    @rule(mailbox=MAILBOXES, skip=st.integers(0, 4), max_messages=st.integers(1, 8))
    def fetch(self, mailbox, skip, max_messages):
        everything = self.run_now(
            self.store.fetch(named(mailbox), after=0, max_messages=99, max_bytes=99_999)
        )
        assert [item.data for item in everything] == [
            item.incoming.data for item in self.alive(mailbox)
        ]
        positions = [item.position for item in everything]
        assert positions == sorted(set(positions))
        after = positions[skip] if skip < len(positions) else 0
        some = self.run_now(
            self.store.fetch(
                named(mailbox), after=after, max_messages=max_messages, max_bytes=99_999
            )
        )
        assert some == [item for item in everything if item.position > after][:max_messages]

    @rule(mailbox=MAILBOXES, index=st.integers(0, 6), repeat=st.booleans())
    def acknowledge(self, mailbox, index, repeat):
        items = self.run_now(
            self.store.fetch(named(mailbox), after=0, max_messages=99, max_bytes=99_999)
        )
        if not items:
            return
        index = min(index, len(items) - 1)
        position = items[index].position
        assert self.run_now(self.store.acknowledge(named(mailbox), position)) == index + 1
        self.mailboxes[mailbox] = self.alive(mailbox)[index + 1 :]
        if repeat:
            assert self.run_now(self.store.acknowledge(named(mailbox), position)) == 0

    @rule(mailbox=MAILBOXES, friends=st.sets(SENDERS, max_size=2))
    def allow(self, mailbox, friends):
        self.run_now(self.store.allow(named(mailbox), frozenset(map(named, friends))))
        self.friends[mailbox] = friends

    @rule(pause_ms=st.sampled_from([1, 299, 700, 4000, 30_000]))
    def time_passes(self, pause_ms):
        self.clock.advance(pause_ms)

    @rule()
    def sweep(self):
        self.run_now(self.store.sweep())

    @invariant()
    def positions_of_the_newest_rise(self):
        newest = [self.run_now(self.store.last_position(named(name))) for name in self.mailboxes]
        for name, position in zip(self.mailboxes, newest, strict=True):
            assert (position > 0) == bool(self.alive(name))

    @invariant()
    def sums_never_drift(self):
        usage = self.store.usage()
        assert usage.messages >= sum(len(self.alive(name)) for name in self.mailboxes)
        assert usage.mailboxes <= 2
        assert 0 <= usage.memory_bytes <= usage.limit_bytes

    def teardown(self):
        self.clock.advance(15 * 86_400_000)
        self.run_now(self.store.sweep())
        assert self.store.usage().memory_bytes == 0
        assert self.store.usage().messages == 0
        self.run_now(self.store.close())
        self.runner.close()


def case(parameter, *, drop_oldest, examples=40):
    """The test case for one kind of store."""
    make_store = staticmethod(parameter.values[0])
    name = f"Model_{parameter.id}_{'drop_oldest' if drop_oldest else 'refuse'}"
    machine = type(name, (StoreModel,), {"make_store": make_store, "drop_oldest": drop_oldest})
    machine.TestCase.settings = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, derandomize=True
    )
    return machine.TestCase


TestMemoryRefuses = case(STORES[0], drop_oldest=False)
TestMemoryDropsOldest = case(STORES[0], drop_oldest=True)
TestValkeyRefuses = case(STORES[1], drop_oldest=False, examples=10)
TestValkeyDropsOldest = case(STORES[1], drop_oldest=True, examples=10)
TestRedisRefuses = case(STORES[2], drop_oldest=False, examples=5)
