"""What is known of the other end."""

from __future__ import annotations

from whispr.relay.peer import Peer


def test_only_the_ids_of_this_connection_are_ours():
    alone = Peer(label="x", address="192.0.2.1", relay_ids=b"a" * 32, nonce=b"")
    assert alone.is_ours(b"a" * 32) and not alone.is_ours(b"b" * 32) and not alone.is_ours(b"")
    both = Peer(label="x", address="192.0.2.1", relay_ids=b"a" * 32 + b"b" * 32, nonce=b"")
    assert both.is_ours(b"a" * 32) and both.is_ours(b"b" * 32) and not both.is_ours(b"c" * 32)
    assert both.relay_id == b"a" * 32


def test_keys_do_not_show():
    peer = Peer(label="x", address="192.0.2.1", relay_ids=b"", nonce=b"", read_key=b"secret")
    assert "secret" not in repr(peer)
