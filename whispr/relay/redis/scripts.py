"""The Lua scripts that are the store's atomic steps: files of this package, known by their hash."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import re
from dataclasses import dataclass

from whispr.relay.stores.limits import (
    ITEM_OVERHEAD_BYTES,
    MAILBOX_OVERHEAD_BYTES,
    SEEN_OVERHEAD_BYTES,
)

LIST_OVERHEAD_BYTES = SEEN_OVERHEAD_BYTES + 120
_CONSTANTS = (
    f"local ITEM_BYTES = {ITEM_OVERHEAD_BYTES}\n"
    f"local MAILBOX_BYTES = {MAILBOX_OVERHEAD_BYTES}\n"
    f"local LIST_BYTES = {LIST_OVERHEAD_BYTES}\n\n"
)
_DEFINED = re.compile(r"^local (?:function )?(\w+)", re.MULTILINE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Script:
    """One script as the store knows it."""

    name: str
    text: bytes
    sha: bytes
    """SHA-1 in hexadecimal, as EVALSHA wants it."""


@functools.cache
def script(name: str, common: str = "common") -> Script:
    """The script of that name; what it uses of the common parts is put behind its first line."""
    first, rest = _read(name).split("\n", 1)
    text = f"{first}\n{_used_by(rest, _CONSTANTS + _read(common))}\n\n{rest}".encode()
    sha = hashlib.sha1(text, usedforsecurity=False).hexdigest()
    return Script(name, text, sha.encode())


def _used_by(text: str, common: str) -> str:
    """The parts of `common` that a script needs: all of them would double the time of a short one.

    Parts are separated by empty lines; each defines local names, for those behind it.
    """
    used: list[str] = []
    for part in reversed(common.split("\n\n")):
        names = _DEFINED.findall(part)
        if set(names) & set(_WORD.findall(text)):
            used.insert(0, part)
            text += part
    return "\n\n".join(used)


def _read(name: str) -> str:
    folder = importlib.resources.files("whispr.relay.redis") / "lua"
    return (folder / f"{name}.lua").read_text(encoding="utf-8")
