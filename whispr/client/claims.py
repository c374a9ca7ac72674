"""Gets a session with a contact's device: claims his prekeys when there is none, not too often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.crypto.suite2.bundle import ClaimedPrekeys
from whispr.errors import (
    CryptoError,
    NotFoundError,
    RateLimitedError,
    RelayError,
    TransportError,
    UnsupportedError,
)
from whispr.protocol.frames import ClaimPrekeys, PrekeyBundle
from whispr.protocol.limits import CLAIM_ID_BYTES

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.ratchets import Ratchets
    from whispr.client.session import Session
    from whispr.client.store.contacts import Contact
    from whispr.protocol.card import Card

WAITING = "waiting for the contact's keys"
FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 10 * 60 * 1000


@dataclass(slots=True)
class _Trouble:
    """A device whose prekeys could not be had."""

    claim_id: bytes
    count: int = 0
    not_before_ms: int = 0


class Claims:
    """One claim at a time for each device; longer pauses while there is nothing to be had."""

    def __init__(self, core: Core, ratchets: Ratchets) -> None:
        self._core = core
        self._ratchets = ratchets
        self._trouble: dict[bytes, _Trouble] = {}

    async def ensure(self, contact: Contact, card: Card, session: Session) -> None:
        """Begin a session if there should be one; without success the caller looks what may wait.

        Raises:
            TransportError: the connection ended; the next claim repeats this one.
        """
        device_key = card.device.device_key
        if not self._ratchets.offered(card):
            return
        row = self._ratchets.sending(device_key)
        if row is not None and not self._ratchets.is_worn(row):
            return
        trouble = self._trouble.get(device_key)
        if trouble is None:
            trouble = _Trouble(self._core.random_bytes(CLAIM_ID_BYTES))
            self._trouble[device_key] = trouble
        if self._core.now_ms() >= trouble.not_before_ms:
            await self._claim(contact, card, session, trouble)

    async def _claim(
        self, contact: Contact, card: Card, session: Session, trouble: _Trouble
    ) -> None:
        try:
            claimed = await session.request(
                ClaimPrekeys, mailbox=card.device.mailbox, claim_id=trouble.claim_id
            )
            assert isinstance(claimed, PrekeyBundle), "the wire lets no other answer through"
            if self._ratchets_changed(card):
                return  # he has begun with us meanwhile
            self._ratchets.begin(contact, card, _prekeys(claimed))
        except TransportError:
            raise
        except (RelayError, CryptoError) as error:
            self._put_off(trouble, error)
            return
        self._trouble.pop(card.device.device_key, None)

    def _ratchets_changed(self, card: Card) -> bool:
        row = self._ratchets.sending(card.device.device_key)
        return row is not None and not self._ratchets.is_worn(row)

    def _put_off(self, trouble: _Trouble, error: RelayError | CryptoError) -> None:
        self._core.counters.count(f"no prekeys: {type(error).__name__}")
        pause_ms = min(FIRST_PAUSE_MS << min(trouble.count, 16), LONGEST_PAUSE_MS)
        if isinstance(error, RateLimitedError):
            pause_ms = max(pause_ms, error.retry_after_ms)
        if not isinstance(error, NotFoundError | UnsupportedError | RateLimitedError):
            # What was handed out does not do: ask for something else next time.
            trouble.claim_id = self._core.random_bytes(CLAIM_ID_BYTES)
        trouble.count += 1
        trouble.not_before_ms = self._core.now_ms() + pause_ms

    def again_at_ms(self, card: Card) -> int:
        """When a claim is worth trying again."""
        trouble = self._trouble.get(card.device.device_key)
        soonest_ms = self._core.now_ms() + FIRST_PAUSE_MS
        return max(soonest_ms, trouble.not_before_ms) if trouble else soonest_ms

    def heard_from(self, device_key: bytes) -> None:
        """A sign of the contact: his prekeys may be there again."""
        trouble = self._trouble.get(device_key)
        if trouble is not None:
            trouble.count = 0
            trouble.not_before_ms = 0


def _prekeys(claimed: PrekeyBundle) -> ClaimedPrekeys:
    return ClaimedPrekeys(
        kem_key=claimed.kem_key,
        signed_prekey=claimed.signed_prekey,
        kem_prekey=claimed.kem_prekey,
        last_resort=claimed.last_resort == 1,
        one_time=claimed.one_time,
    )
