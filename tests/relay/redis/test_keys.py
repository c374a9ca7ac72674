"""Names in the store: one slot for each mailbox, and a layout that does not change unnoticed."""

from __future__ import annotations

import re

from tests.relay.stores.store_kit import named
from whispr.relay.redis import keys

BOB = named("bob")


def tag_of(name: bytes) -> bytes:
    """What a cluster hashes: the text between the first brace and the next closing one."""
    return re.match(rb"[^{]*\{([^}]*)\}", name)[1]


def test_everything_of_a_mailbox_lies_in_one_slot():
    bucket = keys.bucket_of(BOB)
    names = {
        *keys.queue_names(BOB),
        *keys.owner_names(BOB),
        keys.CHANNELS[bucket],
        keys.FORGETTINGS[bucket],
        keys.remembered(BOB, named("alice"), bytes(16)),
    }
    assert len(names) == 12
    assert {tag_of(name) for name in names} == {b"w%03x" % bucket}


def test_the_layout_is_version_w_with_1024_buckets():
    assert len(set(keys.TAGS)) == keys.BUCKETS == 1024
    assert keys.TAGS[0] == b"{w000}" and keys.TAGS[-1] == b"{w3ff}"
    assert keys.bucket_of(b"\xff\xff") == 1023
    assert keys.heads(bytes(32)) == b"{w000}h:" + bytes(32)


def test_mailboxes_spread_over_all_buckets():
    found = {keys.bucket_of(named(str(number))) for number in range(20_000)}
    assert len(found) == keys.BUCKETS


def test_an_envelope_id_belongs_to_its_sender_and_its_mailbox():
    names = {
        keys.remembered(named(mailbox), named(sender), bytes([number]) * 16)
        for mailbox in ("bob", "carol")
        for sender in ("alice", "mallory")
        for number in (1, 2)
    }
    assert len(names) == 8
