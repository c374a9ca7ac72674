"""What suite 2 costs: handshake, messages, the state of a session, bytes on the wire.

Run `python bench/suite2.py`; it prints one table. Times are medians of CPU time for 256 bytes of
content, states read from and written to bytes each time as with the database, but without it.
`study` is what the design expected.
"""

from __future__ import annotations

import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.key_material import KeyMaterial
from whispr.client.crypto.suite2.bundle import (
    BUNDLE_BYTES_WITH_ONE_TIME,
    Bundle,
    ClaimedPrekeys,
    open_bundle,
)
from whispr.client.crypto.suite2.double_ratchet import DoubleRatchetEngine
from whispr.client.crypto.suite2.frame import OVERHEAD_BYTES
from whispr.client.crypto.suite2.handshake_block import BLOCK_BYTES
from whispr.client.crypto.suite2.keys import KemKey
from whispr.client.crypto.suite2.party import OwnParty
from whispr.client.crypto.suite2.passage import Received
from whispr.client.crypto.suite2.prekey import PrekeyKind, PrekeySecret
from whispr.client.crypto.suite2.session import Session

NOW_MS = 1_800_000_000_000
CONTENT = bytes(200)
ROUNDS = 400
ENGINE = DoubleRatchetEngine(secrets.token_bytes)
IMPORTS = "import time; t = time.process_time(); import doubleratchet; print(time.process_time()-t)"


@dataclass
class End:
    """A device and the bytes of its session."""

    identity: OwnIdentity
    own: OwnParty
    state: bytes = b""

    def encrypt(self) -> Received:
        """Encrypt one message and keep the state."""
        encrypted = Session.decode(self.state).encrypt(
            CONTENT, envelope_id=bytes(16), time_ms=NOW_MS, engine=ENGINE
        )
        self.state = encrypted.state
        return Received(self.identity.device.public, bytes(16), NOW_MS, encrypted.ciphertext)

    def decrypt(self, received: Received) -> None:
        """Decrypt one message and keep the state."""
        session = Session.decode(self.state)
        self.state = session.decrypt(received, engine=ENGINE, now_ms=NOW_MS).state


def end() -> End:
    """A device with random keys."""
    seeds = {
        name: secrets.token_bytes(32)
        for name in ("root_seed", "device_seed", "box_secret", "mailbox_seed", "database_key")
    }
    material = KeyMaterial(
        **seeds,
        device_id=1,
        name="bench",
        card_version=1,
        created_ms=NOW_MS,
        relay_address="",
        access_token=b"",
    )
    identity = OwnIdentity(material)
    return End(identity, OwnParty(identity, KemKey(secrets.token_bytes(64)), 1))


def prekeys() -> list[PrekeySecret]:
    """What one handshake takes of the responder."""
    kinds = (PrekeyKind.SIGNED, PrekeyKind.KEM_ONE_TIME, PrekeyKind.ONE_TIME)
    return [
        PrekeySecret(kind, 1, NOW_MS + 1000, secrets.token_bytes(kind.secret_bytes))
        for kind in kinds
    ]


def claimed(owner: End, stock: list[PrekeySecret]) -> ClaimedPrekeys:
    """What the relay hands out of it."""
    identity = owner.identity
    signed, kem, one_time = (
        prekey.record(identity.identity, identity.device_id, identity.device) for prekey in stock
    )
    return ClaimedPrekeys(owner.own.kem.public, signed, kem, last_resort=False, one_time=one_time)


def median_us(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU time of one call."""
    times = []
    for _ in range(rounds):
        before = time.process_time_ns()
        act()
        times.append(time.process_time_ns() - before)
    return statistics.median(times) / 1000


def row(name: str, value: str, study: str = "") -> None:
    """One line of the table."""
    print(f"{name:52} {value:>12} {study:>16}")


def main() -> None:
    """Print the table."""
    alice, bob, stock = end(), end(), prekeys()
    handed_out = claimed(bob, stock)
    row("", "measured", "study")
    imported = [
        float(
            subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, check=True).stdout
        )
        for _ in range(5)
    ]
    row("import of the ratchet's package", f"{statistics.median(imported) * 1000:.0f} ms")
    opened = median_us(lambda: open_bundle(handed_out, bob.own.party, NOW_MS))
    row("check of a bundle (3 signatures)", f"{opened:.0f} us")
    bundle = open_bundle(handed_out, bob.own.party, NOW_MS)
    _handshake(alice, bob, bundle, stock)
    _messages(alice, bob)
    _sizes(alice)
    _skipped(alice, bob)


def _handshake(alice: End, bob: End, bundle: Bundle, stock: list[PrekeySecret]) -> None:
    def start() -> Session:
        return Session.start(bundle, alice.own, engine=ENGINE, random_bytes=secrets.token_bytes)

    row("initiator: handshake, first ratchet step", f"{median_us(start):.0f} us", "533 us")
    alice.state = start().encode()
    fresh = alice.state
    first = alice.encrypt()

    def accept() -> bytes:
        return Session.accept(first, bob.own, stock, engine=ENGINE, now_ms=NOW_MS).state

    row(
        "responder: handshake, ratchet, first message",
        f"{median_us(accept):.0f} us",
        "443 + 167 us",
    )
    row("state of a new session", f"{len(fresh):,} B")
    bob.state = accept()
    alice.decrypt(bob.encrypt())


def _messages(alice: End, bob: End) -> None:
    def one_way() -> None:
        bob.decrypt(alice.encrypt())

    def ping_pong() -> None:
        bob.decrypt(alice.encrypt())
        alice.decrypt(bob.encrypt())

    bob.decrypt(alice.encrypt())
    row("message one way, encrypt and decrypt", f"{median_us(one_way):.0f} us", "167 us")
    row("message in ping-pong, encrypt and decrypt", f"{median_us(ping_pong) / 2:.0f} us", "358 us")
    session = Session.decode(alice.state)
    row("state to bytes", f"{median_us(session.encode):.1f} us", "28 us")
    row("state from bytes", f"{median_us(lambda: Session.decode(alice.state)):.1f} us", "34 us")


def _sizes(alice: End) -> None:
    row("state of a session", f"{len(alice.state):,} B", "1,000 B")
    row("bundle", f"{BUNDLE_BYTES_WITH_ONE_TIME:,} B", "2,600 B")
    row("overhead of a message", f"{OVERHEAD_BYTES:,} B", "92 B")
    row("overhead until the first answer", f"{OVERHEAD_BYTES + BLOCK_BYTES:,} B", "2,600 B")


def _skipped(alice: End, bob: End) -> None:
    for _ in range(700):
        late = alice.encrypt()
    before = bob.state
    took = median_us(lambda: (setattr(bob, "state", before), bob.decrypt(late)), 10)
    row("message that skips 700", f"{took / 1000:.1f} ms", "14 ms")
    row("state with 700 skipped keys", f"{len(bob.state):,} B", "213,000 B")
    after = bob.state
    following = alice.encrypt()
    took = median_us(lambda: (setattr(bob, "state", after), bob.decrypt(following)), 50)
    row("message beside 700 skipped keys, decrypt", f"{took:.0f} us")


if __name__ == "__main__":
    main()
