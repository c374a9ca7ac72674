"""Two people who have found each other's prekeys: what a relay would do, without one."""

from __future__ import annotations

from tests.client.kit import Person
from tests.client.sending_kit import FakeSession
from whispr.client.crypto.suite2.bundle import ClaimedPrekeys
from whispr.client.prekeys import Prekeys
from whispr.client.sealing import Sealer
from whispr.client.store.contacts import Contact
from whispr.client.store.outbox_row import OutboxRow
from whispr.protocol import frames
from whispr.protocol.limits import KEM_PREKEY_RECORD_BYTES, PREKEY_RECORD_BYTES


class Shelf:
    """What a relay holds for one mailbox: the newest publication, handed out in order."""

    def __init__(self) -> None:
        self.published: list[frames.PublishPrekeys] = []
        self.kem_key = self.signed_prekey = self.last_resort = b""
        self.one_time: list[bytes] = []
        self.one_time_kem: list[bytes] = []
        self.same_again = False
        """A relay that hands the same one-time keys to everybody."""

    def put(self, frame: frames.PublishPrekeys) -> frames.PrekeyStock:
        self.published.append(frame)
        if frame.replace:
            self.one_time, self.one_time_kem = [], []
        self.kem_key = frame.kem_key or self.kem_key
        self.signed_prekey = frame.signed_prekey or self.signed_prekey
        self.last_resort = frame.last_resort or self.last_resort
        self.one_time += _records(frame.one_time, PREKEY_RECORD_BYTES)
        self.one_time_kem += _records(frame.one_time_kem, KEM_PREKEY_RECORD_BYTES)
        return self.stock(frame.request_id)

    def stock(self, request_id: int = 1) -> frames.PrekeyStock:
        return frames.PrekeyStock(
            request_id,
            signed_prekey_id=_number(self.signed_prekey),
            one_time=len(self.one_time),
            one_time_kem=len(self.one_time_kem),
            newest_one_time_id=_number(self.one_time[-1] if self.one_time else b""),
            newest_one_time_kem_id=_number(self.one_time_kem[-1] if self.one_time_kem else b""),
        )

    def take(self, *, empty: bool = False) -> ClaimedPrekeys:
        keep = slice(0, 0) if self.same_again else slice(0, 1)
        one_time = self.one_time[0] if self.one_time and not empty else b""
        kem = self.one_time_kem[0] if self.one_time_kem and not empty else b""
        if not empty:
            del self.one_time[keep], self.one_time_kem[keep]
        return ClaimedPrekeys(
            kem_key=self.kem_key,
            signed_prekey=self.signed_prekey,
            kem_prekey=kem or self.last_resort,
            last_resort=not kem,
            one_time=one_time,
        )


def _records(joined: bytes, size: int) -> list[bytes]:
    return [joined[start : start + size] for start in range(0, len(joined), size)]


def _number(record: bytes) -> int:
    return int.from_bytes(record[:4], "big")


def stocked(person: Person, *, advertise: bool = True) -> Shelf:
    """A person whose relay holds his prekeys, and whose card says so."""
    shelf = Shelf()
    prekeys = Prekeys(person.core, person.ratchets, lambda: None)
    fields = prekeys._missing(shelf.stock())
    assert fields is not None
    shelf.put(frames.PublishPrekeys(1, **fields))
    if advertise:
        hashed = person.ratchets.kem().public_hash
        person.core.own_card.advertise(hashed, person.core.now_ms())
    return shelf


def follow(person: Person, other: Person) -> Contact:
    """A person has the other's newest card."""
    card = other.card
    contact = person.contact(other)
    person.store.contacts.update_card(
        contact.contact_id,
        card=card.data,
        card_version=card.card_version,
        device_key=card.device.device_key,
        mailbox=card.device.mailbox,
    )
    return person.store.contacts.get(contact.contact_id)


class Pair:
    """Alice and Bob, both with suite 2; `carry` is the network."""

    def __init__(self, alice: Person, bob: Person, session: FakeSession) -> None:
        self.alice, self.bob, self.session = alice, bob, session
        self.shelves = {id(alice): stocked(alice), id(bob): stocked(bob)}
        follow(alice, bob)
        follow(bob, alice)

    def begin(self, person: Person, other: Person, *, empty: bool = False) -> None:
        """Begin a session with a claimed bundle."""
        person.ratchets.begin(
            person.contact(other), other.card, self.shelves[id(other)].take(empty=empty)
        )

    def sealed(self, person: Person, other: Person, text: str, **more: object) -> bytes:
        """The envelope of a new text, as the courier would make it."""
        contact = person.contact(other)
        message = person.outgoing.text(contact, text, **more)  # type: ignore[arg-type]
        return self.again(person, other, message.content_id)

    def again(self, person: Person, other: Person, content_id: bytes) -> bytes:
        """The envelope of another attempt."""
        row = self.row(person, content_id)
        sealer = Sealer(person.core, person.ratchets)
        assert not sealer.waits(row, other.card)
        return sealer.attempt(
            row,
            other.card,
            session=self.session,  # type: ignore[arg-type]
            with_card=not person.contact(other).answered,
        )

    def row(self, person: Person, content_id: bytes) -> OutboxRow:
        rows = person.store.outbox.pending()
        return next(row for row in rows if row.content_id == content_id)

    def say(self, person: Person, other: Person, text: str) -> bytes:
        """Seal and deliver."""
        data = self.sealed(person, other, text)
        other.receive(data)
        return data
