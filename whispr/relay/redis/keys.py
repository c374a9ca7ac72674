"""Names in the shared store. `w` is the version of the layout: another layout has another letter.

Everything of a mailbox lies in one slot of a cluster: the tag in braces is one of 1,024 buckets,
and the channel on which its changes are told has the same tag. The number of buckets is part of
the layout.
"""

from __future__ import annotations

import hashlib

BUCKETS = 1024
TAGS = tuple(b"{w%03x}" % number for number in range(BUCKETS))
CHANNELS = tuple(tag + b"n" for tag in TAGS)
LEDGERS = tuple(tag + b"u" for tag in TAGS)
DUES = tuple(tag + b"x" for tag in TAGS)
FORGETTINGS = tuple(tag + b"f" for tag in TAGS)
SEEN = tuple(tag + b"s" for tag in TAGS)
LISTED = tuple(tag + b"t" for tag in TAGS)
EPOCH = b"w:epoch"


def bucket_of(mailbox: bytes) -> int:
    """The bucket of a mailbox, or of another name of at least two random bytes."""
    return (mailbox[0] << 8 | mailbox[1]) & (BUCKETS - 1)


def state(mailbox: bytes) -> bytes:
    """Counts of a mailbox and its newest position."""
    return TAGS[bucket_of(mailbox)] + b"m:" + mailbox


def heads(mailbox: bytes) -> bytes:
    """What is known of each waiting envelope, in order."""
    return TAGS[bucket_of(mailbox)] + b"h:" + mailbox


def bodies(mailbox: bytes) -> bytes:
    """The waiting envelopes, by position."""
    return TAGS[bucket_of(mailbox)] + b"b:" + mailbox


def owner(mailbox: bytes) -> bytes:
    """When the owner was there, and who delivers to him."""
    return TAGS[bucket_of(mailbox)] + b"o:" + mailbox


def senders(mailbox: bytes) -> bytes:
    """For whom half of the mailbox is reserved."""
    return TAGS[bucket_of(mailbox)] + b"a:" + mailbox


def remembered(mailbox: bytes, key_id: bytes, envelope_id: bytes) -> bytes:
    """The first answer to an envelope id."""
    named = hashlib.blake2s(mailbox + key_id + envelope_id, digest_size=16).digest()
    return TAGS[bucket_of(mailbox)] + b"i:" + named


def sends(key_id: bytes) -> bytes:
    """What a sending key owes."""
    return TAGS[bucket_of(key_id)] + b"r:" + key_id


def queue_names(mailbox: bytes) -> tuple[bytes, ...]:
    """What a script needs that changes what waits: state, heads, bodies, ledger, due."""
    bucket = bucket_of(mailbox)
    return state(mailbox), heads(mailbox), bodies(mailbox), LEDGERS[bucket], DUES[bucket]


def owner_names(mailbox: bytes) -> tuple[bytes, ...]:
    """What a script needs that changes an owner: owner, seen, listed, ledger, sender list."""
    bucket = bucket_of(mailbox)
    return owner(mailbox), SEEN[bucket], LISTED[bucket], LEDGERS[bucket], senders(mailbox)
