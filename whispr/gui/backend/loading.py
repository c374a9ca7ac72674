"""Loads the client library in another thread: the PIN screen need not wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.client.client import Client

LOAD_AFTER_MS = 150
"""So that the first screen is drawn by then."""


async def load_client() -> type[Client]:
    """The class of the client, with the modules behind it; after the first time at once.

    Its network, ratchets and certificates take longer to import than the window takes to open.
    """
    return await asyncio.to_thread(_load)


def _load() -> type[Client]:
    from whispr.client.client import Client

    return Client
