"""Prekeys on one connection: what its owner publishes, what somebody claims."""

from __future__ import annotations

from collections.abc import Iterator

from whispr.errors import NotFoundError, UnsupportedError
from whispr.protocol import frames
from whispr.protocol.limits import KEM_PREKEY_RECORD_BYTES, PREKEY_RECORD_BYTES
from whispr.relay.peer import Peer
from whispr.relay.prekeys.base import PrekeyStore, Publication, Stock
from whispr.relay.services import Services


class Claims:
    """The prekey requests of one connection."""

    __slots__ = ("_mailbox", "_peer", "_services", "_watcher")

    def __init__(self, services: Services, peer: Peer) -> None:
        self._services = services
        self._peer = peer
        self._mailbox = b""
        # One object for as long as the connection lives: the store compares it.
        self._watcher = self._low

    async def publish(self, mailbox: bytes, frame: frames.PublishPrekeys) -> frames.PrekeyStock:
        """Keep what the owner leaves, and tell him from now on when it runs low.

        Raises:
            UnsupportedError: this relay keeps no prekeys.
            RelayFullError: no room; nothing was changed.
        """
        store = self._store()
        publication = Publication(
            address=self._peer.address,
            replace=frame.replace == 1,
            kem_key=frame.kem_key,
            signed_prekey=frame.signed_prekey,
            last_resort=frame.last_resort,
            one_time=tuple(_records(frame.one_time, PREKEY_RECORD_BYTES)),
            one_time_kem=tuple(_records(frame.one_time_kem, KEM_PREKEY_RECORD_BYTES)),
        )
        stock = await store.publish(mailbox, publication)
        self._mailbox = mailbox
        await store.watch(mailbox, self._watcher)
        return frames.PrekeyStock(frame.request_id, *stock)

    async def claim(self, claimant: bytes, frame: frames.ClaimPrekeys) -> frames.PrekeyBundle:
        """Hand a bundle out.

        Raises:
            UnsupportedError: this relay keeps no prekeys.
            NotFoundError: nobody has published for that mailbox.
            RateLimitedError: too many claims of this key.
        """
        bundle = await self._store().claim(
            frame.mailbox, claimant=claimant, claim_id=frame.claim_id
        )
        if bundle is None:
            raise NotFoundError("no prekeys of that mailbox")
        self._services.metrics.prekeys_claimed("last_resort" if bundle.last_resort else "one_time")
        return frames.PrekeyBundle(
            frame.request_id,
            kem_key=bundle.kem_key,
            signed_prekey=bundle.signed_prekey,
            kem_prekey=bundle.kem_prekey,
            last_resort=int(bundle.last_resort),
            one_time=bundle.one_time,
        )

    async def end(self) -> None:
        """The connection is gone."""
        store = self._services.prekeys
        if store is not None and self._mailbox:
            await store.unwatch(self._mailbox, self._watcher)

    def _store(self) -> PrekeyStore:
        store = self._services.prekeys
        if store is None:
            raise UnsupportedError("this relay keeps no prekeys")
        return store

    def _low(self, stock: Stock) -> None:
        if not self._peer.output.congested:
            self._peer.output.send(
                frames.LowPrekeys(0, one_time=stock.one_time, one_time_kem=stock.one_time_kem)
            )


def _records(joined: bytes, size: int) -> Iterator[bytes]:
    return (joined[start : start + size] for start in range(0, len(joined), size))
