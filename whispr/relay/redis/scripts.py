"""The Lua scripts that are the store's atomic steps: files of this package, known by their hash."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from dataclasses import dataclass

from whispr.relay.stores.limits import (
    ITEM_OVERHEAD_BYTES,
    MAILBOX_OVERHEAD_BYTES,
    SEEN_OVERHEAD_BYTES,
)

LIST_OVERHEAD_BYTES = SEEN_OVERHEAD_BYTES + 120
_CONSTANTS = (
    f"local ITEM_BYTES, MAILBOX_BYTES, LIST_BYTES = "
    f"{ITEM_OVERHEAD_BYTES}, {MAILBOX_OVERHEAD_BYTES}, {LIST_OVERHEAD_BYTES}\n"
)


@dataclass(frozen=True, slots=True)
class Script:
    """One script as the store knows it."""

    name: str
    text: bytes
    sha: bytes
    """SHA-1 in hexadecimal, as EVALSHA wants it."""


@functools.cache
def script(name: str, common: str = "common") -> Script:
    """The script of that name; what all have in common is put behind its first line."""
    first, rest = _read(name).split("\n", 1)
    text = f"{first}\n{_CONSTANTS}{_read(common)}\n{rest}".encode()
    sha = hashlib.sha1(text, usedforsecurity=False).hexdigest()
    return Script(name, text, sha.encode())


def _read(name: str) -> str:
    folder = importlib.resources.files("whispr.relay.redis") / "lua"
    return (folder / f"{name}.lua").read_text(encoding="utf-8")
