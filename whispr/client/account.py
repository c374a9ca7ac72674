"""Makes the keys of a new person, and the keys of a known person's new device."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from whispr.client.crypto.key_material import (
    MAX_PREVIOUS_MAILBOXES,
    SEED_BYTES,
    KeyMaterial,
    PreviousMailbox,
)
from whispr.client.places import FormerPlace
from whispr.errors import UserInputError
from whispr.protocol.card import usable_name

if TYPE_CHECKING:
    from whispr.protocol.address import RelayAddress

RandomBytes = Callable[[int], bytes]
PREVIOUS_MAILBOX_MS = 30 * 24 * 3600 * 1000
"""How long the mailbox of the device that was replaced is still read."""
_LAST_TIMED_VERSION = 0xF000_0000


def new_key_material(
    name: str, relay: RelayAddress, *, now_ms: int, random_bytes: RandomBytes = os.urandom
) -> KeyMaterial:
    """Fresh keys of a new person.

    Raises:
        UserInputError: a name that cannot be shown on a card.
    """
    check_name(name)
    return KeyMaterial(
        root_seed=random_bytes(SEED_BYTES),
        device_id=1,
        device_seed=random_bytes(SEED_BYTES),
        box_secret=random_bytes(SEED_BYTES),
        mailbox_seed=random_bytes(SEED_BYTES),
        database_key=random_bytes(SEED_BYTES),
        name=name,
        card_version=first_version(now_ms),
        created_ms=now_ms,
        relay_address=relay.text(),
        access_token=relay.access_token,
    )


def new_device_material(
    former: KeyMaterial,
    relay: RelayAddress,
    *,
    name: str,
    card_version: int,
    former_relay: RelayAddress,
    former_places: Sequence[FormerPlace] = (),
    now_ms: int,
    random_bytes: RandomBytes = os.urandom,
) -> KeyMaterial:
    """Keys of a device that takes the place of `former`: only the identity stays.

    The former mailbox, also where it lay before, and those it still read, are read for a while.
    """
    last = FormerPlace(former_relay, now_ms + PREVIOUS_MAILBOX_MS)
    previous = [
        PreviousMailbox(
            mailbox_seed=former.mailbox_seed,
            relay_address=place.relay.public().text(),
            access_token=place.relay.access_token,
            until_ms=place.until_ms,
        )
        for place in (last, *former_places)
    ]
    known = (*previous, *former.previous_mailboxes)
    read = tuple(mailbox for mailbox in known if mailbox.until_ms > now_ms)
    return KeyMaterial(
        root_seed=former.root_seed,
        device_id=former.device_id + 1,
        device_seed=random_bytes(SEED_BYTES),
        box_secret=random_bytes(SEED_BYTES),
        mailbox_seed=random_bytes(SEED_BYTES),
        database_key=random_bytes(SEED_BYTES),
        name=name,
        card_version=max(card_version + 1, first_version(now_ms)),
        created_ms=now_ms,
        relay_address=relay.text(),
        access_token=relay.access_token,
        previous_mailboxes=read[:MAX_PREVIOUS_MAILBOXES],
    )


def first_version(now_ms: int) -> int:
    """Versions of a card follow the time in seconds, up to the year 2097.

    So the card of a restored device is above whatever the device it replaces issued meanwhile.
    The bound leaves room to rise above what a clock that is far ahead has given.
    """
    return min(now_ms // 1000, _LAST_TIMED_VERSION)


def check_name(name: str) -> None:
    """Refuse a name that cannot be shown on a card.

    Raises:
        UserInputError: says what a name may be.
    """
    if not usable_name(name):
        raise UserInputError("a name has 1 to 64 bytes, no line breaks and no control characters")
