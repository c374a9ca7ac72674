"""Two devices with seeded keys that talk in suite 2 without a network or a database."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from tests.client.crypto.suite2 import mlkem_reference
from tests.client.kit import DAY_MS, NOW_MS, SeededBytes, material, seeded
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.suite2.bundle import Bundle, ClaimedPrekeys, open_bundle
from whispr.client.crypto.suite2.double_ratchet import DoubleRatchetEngine
from whispr.client.crypto.suite2.keys import KemKey
from whispr.client.crypto.suite2.party import OwnParty
from whispr.client.crypto.suite2.passage import Accepted, Received
from whispr.client.crypto.suite2.prekey import PrekeyKind, PrekeySecret
from whispr.client.crypto.suite2.session import Session

EXPIRES_MS = NOW_MS + 2 * DAY_MS


def prekey_secret(name: str, kind: PrekeyKind, prekey_id: int) -> PrekeySecret:
    """A prekey that follows from a name and its number."""
    secret = b"".join(seeded(name, kind.name, prekey_id, part) for part in ("d", "z"))
    return PrekeySecret(kind, prekey_id, EXPIRES_MS, secret[: kind.secret_bytes])


@dataclass
class Device:
    """Keys and prekeys of somebody; `random_bytes` feeds his sessions."""

    name: str
    label: str = ""
    identity: OwnIdentity = field(init=False)
    kem: KemKey = field(init=False)
    own: OwnParty = field(init=False)
    random_bytes: SeededBytes = field(init=False)
    engine: DoubleRatchetEngine = field(init=False)
    prekeys: dict[PrekeyKind, PrekeySecret] = field(init=False)

    def __post_init__(self) -> None:
        self.identity = OwnIdentity(material(self.name))
        self.kem = KemKey(seeded(self.name, "kem", "d") + seeded(self.name, "kem", "z"))
        self.own = OwnParty(self.identity, self.kem, card_version=7)
        self.random_bytes = SeededBytes(f"{self.name}/suite2/{self.label}")
        self.engine = DoubleRatchetEngine(self.random_bytes)
        self.prekeys = {
            kind: prekey_secret(self.name, kind, 10 + kind.value) for kind in PrekeyKind
        }

    def record(self, kind: PrekeyKind, **changes: Any) -> bytes:
        """A signed prekey record."""
        prekey = dataclasses.replace(self.prekeys[kind], **changes)
        return prekey.record(self.identity.identity, self.identity.device_id, self.identity.device)

    def claimed(self, *, last_resort: bool = False, one_time: bool = True) -> ClaimedPrekeys:
        """What the relay hands out."""
        kem_kind = PrekeyKind.KEM_LAST_RESORT if last_resort else PrekeyKind.KEM_ONE_TIME
        return ClaimedPrekeys(
            kem_key=self.kem.public,
            signed_prekey=self.record(PrekeyKind.SIGNED),
            kem_prekey=self.record(kem_kind),
            last_resort=last_resort,
            one_time=self.record(PrekeyKind.ONE_TIME) if one_time else b"",
        )

    def bundle(self, *, last_resort: bool = False, one_time: bool = True) -> Bundle:
        """A checked bundle."""
        claimed = self.claimed(last_resort=last_resort, one_time=one_time)
        return open_bundle(claimed, self.own.party, NOW_MS)

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        """Encapsulation with seeded randomness."""
        return mlkem_reference.encapsulate(public, self.random_bytes(32))

    def start(self, bundle: Bundle) -> End:
        """Begin a session."""
        session = Session.start(
            bundle, self.own, engine=self.engine, random_bytes=self.random_bytes
        )
        return End(self, session.encode())

    def accept(self, received: Received, now_ms: int = NOW_MS) -> tuple[End, Accepted]:
        """Answer a session."""
        accepted = Session.accept(
            received,
            self.own,
            list(self.prekeys.values()),
            engine=self.engine,
            now_ms=now_ms,
        )
        return End(self, accepted.state), accepted


@dataclass
class End:
    """One end of a session: what its database holds, and nothing else."""

    device: Device
    state: bytes
    sent: int = 0

    @property
    def session(self) -> Session:
        return Session.decode(self.state)

    def encrypt(self, content: bytes, time_ms: int = NOW_MS) -> Received:
        """Encrypt and commit."""
        self.sent += 1
        envelope_id = seeded(self.device.name, "envelope", self.sent)[:16]
        encrypted = self.session.encrypt(
            content, envelope_id=envelope_id, time_ms=time_ms, engine=self.device.engine
        )
        self.state = encrypted.state
        key = self.device.identity.device.public
        return Received(key, envelope_id, time_ms, encrypted.ciphertext)

    def decrypt(self, received: Received, now_ms: int = NOW_MS) -> bytes:
        """Decrypt and commit."""
        decrypted = self.session.decrypt(received, engine=self.device.engine, now_ms=now_ms)
        self.state = decrypted.state
        return decrypted.content

    def copy(self) -> End:
        """A snapshot of the database."""
        return dataclasses.replace(self)


def talking() -> tuple[End, End]:
    """Two ends after the first message and its answer."""
    alice, bob = Device("Alice"), Device("Bob")
    alice_end = alice.start(bob.bundle())
    bob_end, _ = bob.accept(alice_end.encrypt(b"first"))
    assert alice_end.decrypt(bob_end.encrypt(b"answer")) == b"answer"
    return alice_end, bob_end


def flipped(data: bytes, index: int, mask: int = 1) -> bytes:
    """`data` with one bit changed."""
    return data[:index] + bytes((data[index] ^ mask,)) + data[index + 1 :]
