"""Who may fill how much of a mailbox.

Without a sender list everybody shares all of it. With one, the named keys may use everything that
is free; all others together have half of slots and bytes, and one address a quarter of that half
(at least one envelope), so that no stranger shuts the others out and all of them never the friends.

Under `drop_oldest` a named key pushes out the oldest envelope, a stranger only envelopes of
strangers: what friends sent is never lost to somebody unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from whispr.protocol.limits import MAX_ENVELOPE_BYTES
from whispr.relay.stores.base import Incoming
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.mailbox import Item
from whispr.relay.stores.senders import AllowedSenders

STRANGERS_DIVISOR = 2
ADDRESS_DIVISOR = 4


@dataclass(frozen=True, slots=True)
class Full:
    """There is no room; something of the share expires at `until_ms`, or never would help: None."""

    until_ms: int | None


@dataclass(frozen=True, slots=True)
class _Share:
    messages: int
    size_bytes: int
    belongs: Callable[[Item], bool]


def make_room(
    items: Sequence[Item],
    incoming: Incoming,
    limits: StoreLimits,
    allowed: AllowedSenders | None,
) -> Full | Sequence[Item]:
    """What has to go so that `incoming` fits, usually nothing; `Full` if that may not be."""
    stranger = allowed is not None and incoming.key_id not in allowed
    evicted: list[Item] = []
    for share in _shares(incoming, limits, allowed if stranger else None):
        held = [item for item in items if item not in evicted and share.belongs(item)]
        held_bytes = sum(len(item.data) for item in held)
        may_go = iter(held)
        if stranger and allowed is not None:
            may_go = _strangers(held, allowed)
        while len(held) >= share.messages or held_bytes + len(incoming.data) > share.size_bytes:
            oldest = next(may_go, None) if limits.drop_oldest and _fits(incoming, share) else None
            if oldest is None:
                return _full(held, incoming, share)
            evicted.append(oldest)
            held = [item for item in held if item is not oldest]
            held_bytes -= len(oldest.data)
    return evicted


def has_plain_room(count: int, data_bytes: int, incoming: Incoming, limits: StoreLimits) -> bool:
    """Whether the whole mailbox has room: all there is to ask for whoever has no narrower share."""
    return (
        count < limits.mailbox_messages and data_bytes + len(incoming.data) <= limits.mailbox_bytes
    )


def _shares(
    incoming: Incoming, limits: StoreLimits, allowed: AllowedSenders | None
) -> Iterator[_Share]:
    """The shares that an envelope has to fit in, the narrowest first."""
    messages, size_bytes = limits.mailbox_messages, limits.mailbox_bytes
    if allowed is not None:
        messages, size_bytes = messages // STRANGERS_DIVISOR, size_bytes // STRANGERS_DIVISOR
        yield _Share(
            min(messages, max(1, messages // ADDRESS_DIVISOR)),
            min(size_bytes, max(MAX_ENVELOPE_BYTES, size_bytes // ADDRESS_DIVISOR)),
            lambda item: item.address == incoming.address and item.key_id not in allowed,
        )
        yield _Share(messages, size_bytes, lambda item: item.key_id not in allowed)
    yield _Share(limits.mailbox_messages, limits.mailbox_bytes, lambda item: True)


def _strangers(held: Sequence[Item], allowed: AllowedSenders) -> Iterator[Item]:
    return (item for item in held if item.key_id not in allowed)


def _fits(incoming: Incoming, share: _Share) -> bool:
    return share.messages > 0 and len(incoming.data) <= share.size_bytes


def _full(held: Sequence[Item], incoming: Incoming, share: _Share) -> Full:
    if not _fits(incoming, share) or not held:
        return Full(None)
    return Full(min(item.due_ms for item in held))
