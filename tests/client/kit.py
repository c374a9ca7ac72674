"""People with seeded keys, their clients without a network, and envelopes to tamper with."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from tests.client.fake_clock import FakeClientClock
from whispr.client.clock import RelayClock
from whispr.client.content import Content, ContentType, Extension
from whispr.client.core import Core
from whispr.client.crypto import suite1
from whispr.client.crypto.box import seal
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.kdf import Argon2idParameters, KdfBounds, KdfParameters, ScryptParameters
from whispr.client.crypto.key_material import KeyMaterial
from whispr.client.events import Event
from whispr.client.export_file import ExportAccess
from whispr.client.outgoing import Outgoing
from whispr.client.own_card import OwnCard
from whispr.client.profile import KeyFileAccess, Profile
from whispr.client.ratchets import Ratchets
from whispr.client.receiver import Receiver
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.profile_store import ProfileStore
from whispr.protocol import envelope as envelopes
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import Card
from whispr.protocol.codes import EnvelopeFlag
from whispr.protocol.envelope import Envelope
from whispr.protocol.signatures import SigningKey

NOW_MS = 1_800_000_000_000
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
RELAY_ID = hashlib.sha256(b"relay").digest()
RELAY = RelayAddress("relay.example", 7443, (RELAY_ID,))
PIN = "482915"
PASSPHRASE = "walnut orbit lantern cactus mosaic"
CHEAP_SCRYPT = ScryptParameters(log2_n=4)
CHEAP_ARGON2ID = Argon2idParameters(passes=1, memory_kib=8)
CHEAP_BOUNDS = KdfBounds(
    scrypt_log2_n=(4, 20), argon2id_memory_kib=(8, 1024 * 1024), argon2id_passes=(1, 10)
)


def seeded(*labels: object) -> bytes:
    """32 bytes that follow from the labels."""
    return hashlib.sha256("/".join(map(str, labels)).encode()).digest()


class SeededBytes:
    """Random bytes that are the same in every run."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(f"{self._label}/{self._count}".encode()).digest(size)


class CountedKdf:
    """Stands for the KDF: says how often it ran, and costs nothing."""

    def __init__(self) -> None:
        self.runs = 0
        self.before: Callable[[], None] = lambda: None
        """What to look at just before it runs."""

    def __call__(self, secret: str, salt: bytes, parameters: KdfParameters) -> bytes:
        self.before()
        self.runs += 1
        return hashlib.sha512(salt + secret.encode() + repr(parameters).encode()).digest()


def key_file_access(label: str = "profile", **changes: Any) -> KeyFileAccess:
    """Key files that cost nothing; the wall clock stands still."""
    return KeyFileAccess(
        **{
            "kdf": CHEAP_SCRYPT,
            "bounds": CHEAP_BOUNDS,
            "derive": CountedKdf(),
            "random_bytes": SeededBytes(label),
            "wall_seconds": lambda: NOW_MS / 1000,
            **changes,
        },
    )


def export_access(label: str = "export") -> ExportAccess:
    return ExportAccess(
        kdf=CHEAP_ARGON2ID,
        bounds=CHEAP_BOUNDS,
        derive=CountedKdf(),
        random_bytes=SeededBytes(label),
    )


def material(name: str, *, device: int = 1, relay: RelayAddress = RELAY) -> KeyMaterial:
    """Keys that follow from a name; another device has the same identity only."""
    return KeyMaterial(
        root_seed=seeded(name, "root"),
        device_id=device,
        device_seed=seeded(name, device, "device"),
        box_secret=seeded(name, device, "box"),
        mailbox_seed=seeded(name, device, "mailbox"),
        database_key=seeded(name, device, "database"),
        name=name,
        card_version=NOW_MS // 1000 + device,
        created_ms=NOW_MS,
        relay_address=relay.text(),
        access_token=relay.access_token,
    )


def card_of(keys: KeyMaterial, *, version: int | None = None, relay: RelayAddress = RELAY) -> Card:
    """The card of a device."""
    return OwnIdentity(keys).card(
        name=keys.name,
        relay=relay,
        card_version=keys.card_version if version is None else version,
        created_ms=keys.created_ms,
        issued_ms=keys.created_ms,
    )


class Reactions:
    """Writes down what a receiver sets going."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.outbox_changes = 0
        self.offered: list[int] = []
        self.said_here: list[int] = []
        self.moved = 0

    def heard_from(self, contact_id: int) -> None:
        self.heard.append(contact_id)

    def outbox_changed(self) -> None:
        self.outbox_changes += 1

    def attachment_offered(self, message_id: int) -> None:
        self.offered.append(message_id)

    def here(self, contact_id: int) -> None:
        self.said_here.append(contact_id)

    def moved_away(self) -> None:
        self.moved += 1


@dataclass
class Person:
    """One device of somebody: profile, core and receiver, but no network."""

    profile: Profile
    core: Core
    outgoing: Outgoing
    receiver: Receiver
    reactions: Reactions
    events: list[Event]
    clock: FakeClientClock
    random_bytes: SeededBytes
    ratchets: Ratchets

    @property
    def store(self) -> ProfileStore:
        return self.profile.store

    @property
    def identity(self) -> OwnIdentity:
        return self.profile.identity

    @property
    def card(self) -> Card:
        card = self.core.own_card.current
        assert card is not None
        return card

    @property
    def counts(self) -> dict[str, int]:
        return self.core.counters.counts

    def pass_ms(self, milliseconds: int) -> None:
        """Time goes by for this person."""
        self.clock.seconds += milliseconds / 1000

    def knows(self, other: Person, state: ContactState = ContactState.ACCEPTED) -> Contact:
        """Add another person by the card he has now."""
        card = other.card
        return self.store.contacts.add(
            identity=card.identity,
            name=card.name,
            card=card.data,
            card_version=card.card_version,
            device_key=card.device.device_key,
            mailbox=card.device.mailbox,
            created_ms=self.core.now_ms(),
            state=state,
        )

    def contact(self, other: Person) -> Contact:
        found = self.store.contacts.get_by_identity(other.identity.identity)
        assert found is not None
        return found

    def content(
        self,
        type_number: int = ContentType.TEXT,
        body: bytes = b"hello",
        *,
        life_ms: int = DAY_MS,
        with_card: Card | None = None,
        **changes: Any,
    ) -> Content:
        """A content of this person, written now."""
        now_ms = self.core.now_ms()
        return Content(
            **{
                "type_number": type_number,
                "content_id": self.random_bytes(16),
                "sent_at_ms": now_ms,
                "expires_at_ms": now_ms + life_ms,
                "order": 1,
                "body": body,
                "extensions": ((Extension.CARD, with_card.data),) if with_card else (),
                **changes,
            }
        )

    def receive(self, data: bytes) -> None:
        """Take one envelope as the mailroom does: commit, then what follows."""
        for action in self.receiver.receive(data, (RELAY_ID,)):
            action()

    def texts(self, other: Person) -> list[str]:
        """What this person has on screen of another one."""
        found = self.store.contacts.get_by_identity(other.identity.identity)
        if found is None:
            return []
        return [row.text for row in self.store.history.conversation(found.contact_id)]

    def event_types(self) -> Counter[str]:
        return Counter(type(event).__name__ for event in self.events)


@contextmanager
def person(
    folder: Path, name: str, *, device: int = 1, relay: RelayAddress = RELAY
) -> Iterator[Person]:
    """A new profile and what a client makes of it, except the network."""
    keys = material(name, device=device, relay=relay)
    with Profile.create(folder, keys, PIN, key_file_access(f"{name}/{device}")) as profile:
        yield open_person(profile, f"{name}/{device}")


def open_person(profile: Profile, label: str, now_ms: int = NOW_MS) -> Person:
    """A client over a profile, without a network."""
    clock = FakeClientClock(wall_ms=now_ms)
    relay_clock = RelayClock(clock)
    relay_clock.set_from(now_ms)
    events: list[Event] = []
    random_bytes = SeededBytes(f"{label}/contents")
    core = Core(
        profile=profile,
        own_card=OwnCard(profile.material, profile.identity, profile.store.settings, now_ms),
        clock=clock,
        relay_clock=relay_clock,
        random_bytes=random_bytes,
        random=lambda: 0.5,
        emit=events.append,
    )
    outgoing, reactions = Outgoing(core), Reactions()
    ratchets = Ratchets(core)
    receiver = Receiver(core, outgoing, reactions, ratchets)
    return Person(
        *(profile, core, outgoing, receiver, reactions, events, clock, random_bytes, ratchets)
    )


@dataclass(frozen=True)
class Sealing:
    """How an envelope from one person to another is made; every layer can be changed.

    The layers from the inside: `content`, `inner` (the bytes that are sealed), `binding` (what
    the inner signature covers beside them), the ciphertext, the outer envelope.
    """

    sender: OwnIdentity
    recipient: Card
    content: bytes
    envelope_id: bytes = b"e" * 16
    time_ms: int = NOW_MS
    ttl_ms: int = 60_000
    flags: int = 0
    suite: int = suite1.SUITE_NUMBER
    relay_id: bytes = RELAY_ID
    mailbox: bytes | None = None
    binding: dict[str, Any] = field(default_factory=dict)
    inner: Callable[[bytes], bytes] = lambda inner: inner
    ciphertext: Callable[[bytes], bytes] = lambda ciphertext: ciphertext
    signed_by: SigningKey | None = None
    """Who signs the outer envelope, if not the sender."""

    def bound(self) -> suite1.Binding:
        device = self.recipient.device
        binding = suite1.Binding(
            flags=self.flags,
            recipient=self.recipient.identity,
            mailbox=device.mailbox,
            box_key=device.box_key,
            envelope_id=self.envelope_id,
            time_ms=self.time_ms,
        )
        return dataclasses.replace(binding, **self.binding)

    def opened_inner(self) -> bytes:
        """What lies in the sealed box before `inner` changes it."""
        return inner_of(self.content, self.sender, self.bound())

    def envelope(self) -> Envelope:
        device = self.recipient.device
        inner = self.inner(self.opened_inner())
        return envelopes.make(
            self.signed_by or self.sender.device,
            suite=self.suite,
            relay_id=self.relay_id,
            mailbox=device.mailbox if self.mailbox is None else self.mailbox,
            envelope_id=self.envelope_id,
            time_ms=self.time_ms,
            ttl_ms=self.ttl_ms,
            ciphertext=self.ciphertext(seal(inner, device.box_key)),
            flags=EnvelopeFlag(self.flags),
        )

    def data(self) -> bytes:
        return self.envelope().data


def inner_of(content: bytes, sender: OwnIdentity, binding: suite1.Binding) -> bytes:
    """The bytes that `suite1.seal_content` puts into the sealed box."""
    with mock.patch.object(suite1, "seal", lambda inner, _: inner):
        return suite1.seal_content(content, sender, binding)


def sealed(sender: Person, recipient: Person, content: Content, /, **changes: Any) -> bytes:
    """The bytes of an envelope from one person to another."""
    fields: dict[str, Any] = {
        "sender": sender.identity,
        "recipient": recipient.card,
        "content": content.encode(),
        "envelope_id": sender.random_bytes(16),
        "time_ms": sender.core.now_ms(),
    }
    return Sealing(**{**fields, **changes}).data()


def send(sender: Person, recipient: Person, content: Content, /, **changes: Any) -> bytes:
    """Seal, deliver, and return the envelope."""
    data = sealed(sender, recipient, content, **changes)
    recipient.receive(data)
    return data


@dataclass
class Scene:
    """Alice and Bob know each other; Mallory knows both, and nobody knows him."""

    alice: Person
    bob: Person
    mallory: Person


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    with (
        person(folder / "alice", "Alice") as alice,
        person(folder / "bob", "Bob") as bob,
        person(folder / "mallory", "Mallory") as mallory,
    ):
        alice.knows(bob)
        bob.knows(alice)
        mallory.knows(alice)
        mallory.knows(bob)
        yield Scene(alice, bob, mallory)
