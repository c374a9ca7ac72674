"""Keeps our relay stocked with prekeys, so that others can begin with us while we are away.

Signed prekey and last resort are made anew every other day, and all the one-time ones with them;
what they replace opens for three more days. Each one-time record is handed to the relay once: after
a lost answer new ones are made. A relay that names a prekey which we do not have (an older copy of
the profile was put back) gets everything anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from whispr.client.clock import within
from whispr.client.crypto.suite2.prekey import PrekeyKind, PrekeySecret
from whispr.client.tasks import Tasks
from whispr.errors import ProtocolError, RelayError, TransportError
from whispr.protocol.codes import Capability
from whispr.protocol.frames import PrekeyStock, PublishPrekeys
from whispr.protocol.limits import LOW_PREKEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.ratchets import Ratchets
    from whispr.client.session import Session

HOUR_MS = 3600 * 1000
ROTATE_MS = 48 * HOUR_MS
OPENS_LONGER_MS = 72 * HOUR_MS
"""How long a replaced prekey still opens what was begun with it."""
LIFE_MS = 16 * 24 * HOUR_MS
"""Nobody begins with a record after that: what a relay keeps of an owner who is away, and more."""
ONE_TIME = 50
ONE_TIME_KEM = 20
RETRY_SECONDS = 60.0
_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("kem_key", "signed_prekey", "last_resort", "one_time", "one_time_kem"), b""),
    "replace": 0,
}


ADVERTISED = False
"""Whether cards offer suite 2. Not yet: after a simultaneous start two clients can lose each other
(`tests/hardening/test_suite2_machine.py`), and a message that waits is worse than suite 1."""


class Prekeys:
    """Publishes after each connection, when it is time, and when the relay runs low."""

    def __init__(self, core: Core, ratchets: Ratchets, advertised: Callable[[], None]) -> None:
        self._core = core
        self._ratchets = ratchets
        self._advertised = advertised
        self._tasks = Tasks(core)
        self._session: Session | None = None
        self._wanted = asyncio.Event()

    def start(self) -> None:
        """Begin to watch over the stock."""
        self._tasks.keep(self._run, "prekeys")

    async def stop(self) -> None:
        """Stop."""
        await self._tasks.stop()

    def own_ready(self, session: Session) -> None:
        """Our own relay lets us in."""
        if session.hello.capabilities & Capability.PREKEYS:
            self._session = session
            self._wanted.set()

    def low(self) -> None:
        """The relay says that it runs low."""
        self._wanted.set()

    async def _run(self) -> None:
        while True:
            pause_seconds = await self._look()
            with contextlib.suppress(TimeoutError):
                await within(self._core.clock, pause_seconds, self._wanted.wait())

    async def _look(self) -> float:
        """Publish what is missing; returns when to look again, in seconds."""
        self._wanted.clear()
        session = self._session
        if session is None or not session.usable:
            return ROTATE_MS / 1000
        try:
            await self._publish(session)
        except RelayError as error:
            self._core.counters.count("prekeys not published")
            return max(RETRY_SECONDS, error.retry_after_ms / 1000)
        except (TransportError, ProtocolError):
            return RETRY_SECONDS
        return max(RETRY_SECONDS, (self._rotate_at_ms() - self._core.now_ms()) / 1000)

    async def _publish(self, session: Session) -> None:
        stock = await session.request(PublishPrekeys, **_NOTHING)
        assert isinstance(stock, PrekeyStock), "the wire lets no other answer through"
        fields = self._missing(stock)
        if fields is not None:
            await session.request(PublishPrekeys, **fields)
        self._advertise()

    def _advertise(self) -> None:
        """Say so on our card, and that the card is another one, in one commit."""
        if not ADVERTISED:
            return
        own_card = self._core.own_card
        try:
            with self._core.store.transaction():
                hashed = self._ratchets.kem().public_hash
                if own_card.advertise(hashed, self._core.now_ms()):
                    self._advertised()
        except BaseException:
            own_card.reload()
            raise

    def _rotate_at_ms(self) -> int:
        newest = self._core.store.prekeys.newest(PrekeyKind.SIGNED)
        return 0 if newest is None else newest[1] + ROTATE_MS

    def _missing(self, stock: PrekeyStock) -> dict[str, Any] | None:
        """What to publish, its secrets on the disk; None when everything is there."""
        with self._core.store.transaction():
            if self._must_replace(stock):
                return self._everything()
            one_time = ONE_TIME - stock.one_time if stock.one_time < LOW_PREKEYS else 0
            kem = ONE_TIME_KEM - stock.one_time_kem if stock.one_time_kem < LOW_PREKEYS else 0
            if not one_time and not kem:
                return None
            return {
                **_NOTHING,
                "one_time": self._made(PrekeyKind.ONE_TIME, one_time),
                "one_time_kem": self._made(PrekeyKind.KEM_ONE_TIME, kem),
            }

    def _must_replace(self, stock: PrekeyStock) -> bool:
        prekeys = self._core.store.prekeys
        newest = prekeys.newest(PrekeyKind.SIGNED)
        if newest is None or newest[0] != stock.signed_prekey_id:
            return True
        named = (
            (PrekeyKind.ONE_TIME, stock.newest_one_time_id),
            (PrekeyKind.KEM_ONE_TIME, stock.newest_one_time_kem_id),
        )
        lost = any(number and prekeys.get(kind, number) is None for kind, number in named)
        return lost or self._core.now_ms() >= self._rotate_at_ms()

    def _everything(self) -> dict[str, Any]:
        self._core.store.prekeys.supersede(self._core.now_ms() + OPENS_LONGER_MS)
        return {
            "replace": 1,
            "kem_key": self._ratchets.kem().public,
            "signed_prekey": self._made(PrekeyKind.SIGNED, 1),
            "last_resort": self._made(PrekeyKind.KEM_LAST_RESORT, 1),
            "one_time": self._made(PrekeyKind.ONE_TIME, ONE_TIME),
            "one_time_kem": self._made(PrekeyKind.KEM_ONE_TIME, ONE_TIME_KEM),
        }

    def _made(self, kind: PrekeyKind, count: int) -> bytes:
        """Records of fresh prekeys in a row; their secrets are stored first."""
        now_ms = self._core.now_ms()
        secrets = [
            PrekeySecret(
                kind=kind,
                prekey_id=number,
                expires_ms=now_ms + LIFE_MS,
                secret=self._core.random_bytes(kind.secret_bytes),
            )
            for number in self._free_ids(kind, count)
        ]
        delete_at_ms = now_ms + LIFE_MS + OPENS_LONGER_MS
        self._core.store.prekeys.add(secrets, now_ms=now_ms, delete_at_ms=delete_at_ms)
        identity = self._core.identity
        return b"".join(
            secret.record(identity.identity, identity.device_id, identity.device)
            for secret in secrets
        )

    def _free_ids(self, kind: PrekeyKind, count: int) -> list[int]:
        """Random ids that no prekey of this kind has; never 0."""
        found: dict[int, None] = {}
        while len(found) < count:
            number = int.from_bytes(self._core.random_bytes(4), "big")
            if number and self._core.store.prekeys.get(kind, number) is None:
                found[number] = None
        return list(found)
