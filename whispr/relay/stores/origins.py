"""Where envelopes came from, as long as that is a connection of this process."""

from __future__ import annotations

import itertools
import secrets
from collections import OrderedDict

MAX_ORIGINS = 100_000


class Origins:
    """Gives each origin a name that can lie in a shared store; a bounded number is known."""

    def __init__(self, max_origins: int = MAX_ORIGINS) -> None:
        self._max_origins = max_origins
        self._origins: OrderedDict[bytes, object] = OrderedDict()
        self._process = secrets.token_bytes(8)
        self._numbers = itertools.count()

    def note(self, origin: object | None) -> bytes:
        """The name under which it can be found again; empty for none."""
        if origin is None:
            return b""
        name = self._process + next(self._numbers).to_bytes(8, "big")
        self._origins[name] = origin
        if len(self._origins) > self._max_origins:
            self._origins.popitem(last=False)
        return name

    def take(self, name: bytes) -> object | None:
        """The origin of that name; None if it is not ours or too long ago."""
        return self._origins.pop(name, None)

    def clear(self) -> None:
        """Forget all."""
        self._origins.clear()
