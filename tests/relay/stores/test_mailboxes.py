from __future__ import annotations

from tests.relay.stores.store_kit import envelope, named
from whispr.relay.stores.mailboxes import SWEEP_BUCKET_MS, Mailboxes


def add(mailboxes, number, *, mailbox="bob", life_ms=60_000, now_ms=0, seen=True):
    incoming = envelope(number, mailbox=mailbox, life_ms=life_ms)
    return mailboxes.add(incoming, now_ms, seen=seen, origin=None)


def test_sums_follow_every_step():
    mailboxes = Mailboxes()
    bob = add(mailboxes, 1)
    add(mailboxes, 2)
    carol = add(mailboxes, 1, mailbox="carol", seen=False)
    assert mailboxes.held_bytes == bob.size_bytes + carol.size_bytes
    assert mailboxes.unseen_bytes == carol.size_bytes
    mailboxes.count_as(named("carol"), seen=True)
    mailboxes.count_as(named("bob"), seen=False)
    assert mailboxes.unseen_bytes == bob.size_bytes
    mailboxes.evict(bob, bob.items[:1])
    assert (mailboxes.messages, mailboxes.evicted) == (2, 1)
    assert mailboxes.unseen_bytes == bob.size_bytes
    mailboxes.acknowledge(bob, 1 << 60, watched=False)
    mailboxes.acknowledge(carol, 1 << 60, watched=False)
    assert len(mailboxes) == mailboxes.messages == 0
    assert mailboxes.held_bytes == mailboxes.unseen_bytes == 0


def test_a_sweep_touches_only_what_is_due(monkeypatch):
    mailboxes = Mailboxes()
    for number in range(50):
        add(mailboxes, 1, mailbox=str(number), life_ms=number * SWEEP_BUCKET_MS + 1)
    looked = []
    expire = Mailboxes._expire

    def note(self, mailbox, now_ms):
        looked.append(mailbox.key)
        expire(self, mailbox, now_ms)

    monkeypatch.setattr(Mailboxes, "_expire", note)
    assert mailboxes.sweep(0, 100) is False
    assert looked == []
    mailboxes.sweep(10 * SWEEP_BUCKET_MS, 100)
    assert len(looked) == 10
    assert len(mailboxes) == 40


def test_a_sweep_stops_at_its_limit_and_says_so():
    mailboxes = Mailboxes()
    for number in range(5):
        add(mailboxes, 1, mailbox=str(number), life_ms=1)
    assert mailboxes.sweep(10_000, 3) is True
    assert mailboxes.sweep(10_000, 3) is False
    assert mailboxes.expired == 5


def test_a_mailbox_stands_in_one_bucket_whatever_comes():
    mailboxes = Mailboxes()
    for number in range(200):
        bob = add(mailboxes, number, life_ms=(200 - number) * 1000)
        if number % 3 == 0:
            mailboxes.acknowledge(bob, 1 << 60, watched=True)
    buckets = [bucket for bucket in mailboxes._due._buckets.values() if bucket]
    assert buckets == [{named("bob")}]


def test_an_emptied_mailbox_stays_for_a_watcher_until_he_leaves():
    mailboxes = Mailboxes()
    bob = add(mailboxes, 1)
    mailboxes.acknowledge(bob, 1 << 60, watched=True)
    assert mailboxes.get(named("bob"), 0) is bob
    mailboxes.leave(named("bob"))
    assert mailboxes.get(named("bob"), 0) is None
    assert mailboxes.held_bytes == 0


def test_leaving_keeps_what_waits():
    mailboxes = Mailboxes()
    add(mailboxes, 1)
    mailboxes.leave(named("bob"))
    mailboxes.leave(named("nobody"))
    assert len(mailboxes) == 1


def test_looking_drops_what_is_over():
    mailboxes = Mailboxes()
    add(mailboxes, 1, life_ms=10)
    assert mailboxes.get(named("bob"), 9) is not None
    assert mailboxes.get(named("bob"), 10) is None
    assert (len(mailboxes), mailboxes.expired) == (0, 1)
