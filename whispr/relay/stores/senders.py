"""The senders for whom an owner reserves half of his mailbox."""

from __future__ import annotations

from whispr.protocol.limits import KEY_BYTES


class AllowedSenders:
    """A set of sender keys in one byte string: a quarter of the memory of a `frozenset`."""

    __slots__ = ("_keys",)

    def __init__(self, keys: frozenset[bytes]) -> None:
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._keys = b"".join(sorted(keys))

    @property
    def size_bytes(self) -> int:
        """Memory of the keys."""
        return len(self._keys)

    def __contains__(self, key: bytes) -> bool:
        """Whether this key was named."""
        start = self._keys.find(key)
        while start % KEY_BYTES:  # a match across two keys is none; -1 % 32 is 31
            if start < 0:
                return False
            start = self._keys.find(key, start + 1)
        return start >= 0
