"""Who gets in, who does not, and what is left of what cannot be shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client.kit import (
    DAY_MS,
    HOUR_MS,
    RELAY_ID,
    Person,
    Scene,
    card_of,
    material,
    person,
    sealed,
    seeded,
    send,
)
from whispr.client.content import (
    MAX_LIFE_MS,
    Content,
    ContentType,
    Extension,
    Receipt,
    ReceiptKind,
    decode_content,
)
from whispr.client.crypto.box import seal
from whispr.client.receiver import MOVED
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import MessageKind
from whispr.client.store.outbox_row import OutboxKind, OutboxRow
from whispr.errors import StorageError
from whispr.protocol import envelope as envelopes
from whispr.protocol.limits import CLOCK_WINDOW_MS
from whispr.protocol.signing import sha256


def kinds(recipient: Person, sender: Person) -> list[MessageKind]:
    contact = recipient.contact(sender)
    return [row.kind for row in recipient.store.history.conversation(contact.contact_id)]


def owed(someone: Person, kind: OutboxKind) -> list[Content]:
    """Contents of a kind that wait to leave."""
    rows = someone.store.outbox.pending()
    return [decode_content(row.content) for row in rows if row.kind is kind]


def receipts(someone: Person) -> list[bytes]:
    """Content ids that somebody confirms."""
    bodies = [content.body[1:] for content in owed(someone, OutboxKind.RECEIPT)]
    joined = b"".join(bodies)
    return [joined[start : start + 16] for start in range(0, len(joined), 16)]


def untouched(recipient: Person, take: Callable[[], object]) -> None:
    """Nothing of this is stored, told or answered."""
    before = list(recipient.store.database.rows("SELECT count(*) FROM message"))
    contacts = recipient.store.contacts.list()
    events, outbox = len(recipient.events), len(recipient.store.outbox.pending())
    take()
    assert list(recipient.store.database.rows("SELECT count(*) FROM message")) == before
    assert recipient.store.contacts.list() == contacts
    assert (len(recipient.events), len(recipient.store.outbox.pending())) == (events, outbox)


def test_a_text_is_stored_confirmed_and_told(people: Scene) -> None:
    content = people.alice.content(body="héllo 👋\nsecond line".encode())
    send(people.alice, people.bob, content)
    assert people.bob.texts(people.alice) == ["héllo 👋\nsecond line"]
    assert receipts(people.bob) == [content.content_id]
    assert people.bob.event_types()["MessageReceived"] == 1
    contact = people.bob.contact(people.alice)
    assert contact.answered and contact.last_seen_ms == people.bob.core.now_ms()
    assert people.bob.reactions.heard == [contact.contact_id]


# Forged, stripped and signed again, re-targeted, replayed, stale.


def test_a_forged_outer_signature_is_dropped(people: Scene) -> None:
    data = sealed(people.alice, people.bob, people.alice.content())
    untouched(people.bob, lambda: people.bob.receive(data[:-1] + bytes((data[-1] ^ 1,))))
    assert people.bob.counts == {"bad outer signature": 1}


def test_stripped_and_signed_again_is_dropped(people: Scene) -> None:
    """Predecessor S2: Mallory signs Alice's ciphertext as his own."""
    people.bob.knows(people.mallory)
    content = people.alice.content()
    data = sealed(people.alice, people.bob, content, signed_by=people.mallory.identity.device)
    untouched(people.bob, lambda: people.bob.receive(data))
    assert people.bob.counts == {"bad inner signature": 1}


def test_an_opened_content_that_is_sealed_again_to_another_is_dropped(people: Scene) -> None:
    """Alice writes to Mallory, and Mallory hands it to Bob."""
    alice, bob, mallory = people.alice, people.bob, people.mallory
    original = envelopes.decode(sealed(alice, mallory, alice.content(body=b"you are fired")))
    inner = mallory.identity.box.open(bytes(original.ciphertext))
    for signer in (mallory.identity.device, alice.identity.device):
        data = envelopes.make(
            signer,
            suite=1,
            relay_id=RELAY_ID,
            mailbox=bob.identity.mailbox_id,
            envelope_id=original.envelope_id,
            time_ms=original.time_ms,
            ttl_ms=original.ttl_ms,
            ciphertext=seal(inner, bob.identity.box.public),
        ).data
        untouched(bob, lambda data=data: bob.receive(data))
    assert bob.counts == {"bad inner signature": 2}


def test_a_replayed_envelope_is_one_row(people: Scene) -> None:
    content = people.alice.content()
    data = send(people.alice, people.bob, content)
    for _ in range(3):
        people.bob.receive(data)
    assert people.bob.texts(people.alice) == ["hello"]
    assert people.bob.event_types()["MessageReceived"] == 1
    assert receipts(people.bob) == [content.content_id]


def test_a_stale_envelope_is_dropped_even_when_nobody_remembers_it(people: Scene) -> None:
    content = people.alice.content(life_ms=DAY_MS)
    data = send(people.alice, people.bob, content)
    people.bob.pass_ms(3 * DAY_MS)
    assert people.bob.store.seen.purge(people.bob.core.now_ms()) == 1
    people.bob.store.wipe_conversation(people.bob.contact(people.alice).contact_id)
    untouched(people.bob, lambda: people.bob.receive(data))
    assert people.bob.counts == {"expired content": 1}


def test_the_seen_row_outlives_every_content_that_could_come_again(people: Scene) -> None:
    data = send(people.alice, people.bob, people.alice.content(life_ms=DAY_MS))
    people.bob.pass_ms(DAY_MS - 1)
    people.bob.store.seen.purge(people.bob.core.now_ms())
    people.bob.store.wipe_conversation(people.bob.contact(people.alice).contact_id)
    people.bob.receive(data)
    assert people.bob.texts(people.alice) == []


@pytest.mark.parametrize(
    ("life_ms", "arrives"),
    [
        (1, True),
        (0, False),
        (-1, False),
        (MAX_LIFE_MS + CLOCK_WINDOW_MS, True),
        (MAX_LIFE_MS + CLOCK_WINDOW_MS + 1, False),
    ],
)
def test_expired_and_too_long_lived_contents_are_dropped(
    people: Scene, life_ms: int, arrives: bool
) -> None:
    send(people.alice, people.bob, people.alice.content(life_ms=life_ms))
    assert bool(people.bob.texts(people.alice)) is arrives
    assert bool(receipts(people.bob)) is arrives
    assert people.bob.counts == ({} if arrives else {"expired content": 1})


def test_an_expired_content_makes_no_request_and_moves_no_card(
    people: Scene, tmp_path: Path
) -> None:
    mallory = people.mallory
    late = mallory.content(life_ms=0, with_card=mallory.card)
    untouched(people.bob, lambda: send(mallory, people.bob, late))
    with person(tmp_path / "twin", "Alice", device=2) as twin:
        late = twin.content(life_ms=0, with_card=twin.card)
        untouched(people.bob, lambda: send(twin, people.bob, late))


def test_a_duplicate_gives_one_row_and_a_receipt_again(people: Scene) -> None:
    content = people.alice.content()
    send(people.alice, people.bob, content)
    for row in people.bob.store.outbox.pending():
        people.bob.store.outbox.cancel(row.contact_id, row.content_id)
    send(people.alice, people.bob, content)  # another envelope around the same content
    assert people.bob.texts(people.alice) == ["hello"]
    assert receipts(people.bob) == [content.content_id]


def test_a_wiped_history_does_not_show_a_repeated_content_again(people: Scene) -> None:
    content = people.alice.content()
    send(people.alice, people.bob, content)
    people.bob.store.wipe_conversation(people.bob.contact(people.alice).contact_id)
    send(people.alice, people.bob, content)
    assert people.bob.texts(people.alice) == []
    assert receipts(people.bob) == [content.content_id]


def test_what_was_not_committed_comes_again_and_is_one_row(people: Scene) -> None:
    """Killed between receive and commit: nothing is left of it; delivered again it is there."""
    data = sealed(people.alice, people.bob, people.alice.content())

    class Killed(BaseException):
        pass

    with pytest.raises(Killed), people.bob.store.transaction():
        people.bob.receiver.receive(data, (RELAY_ID,))
        raise Killed
    assert people.bob.texts(people.alice) == []
    people.bob.receive(data)
    people.bob.receive(data)
    assert people.bob.texts(people.alice) == ["hello"]


def test_what_cannot_be_stored_is_not_half_stored(
    people: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    data = sealed(people.alice, people.bob, people.alice.content())
    with monkeypatch.context() as patched:
        patched.setattr(type(people.bob.store.outbox), "put", full)
        with pytest.raises(StorageError):
            people.bob.receive(data)
    assert people.bob.texts(people.alice) == [] and people.bob.store.seen.count() == 0
    people.bob.receive(data)
    assert people.bob.texts(people.alice) == ["hello"]


# Contacts with another device.


def test_a_new_device_is_followed_shown_and_marked(people: Scene, tmp_path: Path) -> None:
    people.bob.store.contacts.set_verified(people.bob.contact(people.alice).contact_id, 1)
    with person(tmp_path / "twin", "Alice", device=2) as twin:
        send(twin, people.bob, twin.content(body=b"new machine", with_card=twin.card))
        contact = people.bob.contact(people.alice)
        assert contact.key_changed and contact.device_key == twin.identity.device.public
        assert contact.verified_at_ms == 1, "of the identity, which signed the new device"
        assert people.bob.texts(people.alice) == ["Alice uses a new device", "new machine"]
        assert kinds(people.bob, people.alice)[0] is MessageKind.NOTICE
        assert people.bob.event_types()["ContactChanged"] == 1
        assert people.bob.event_types()["MessageReceived"] == 2
        send(twin, people.bob, twin.content(body=b"again", with_card=twin.card))
        assert people.bob.texts(people.alice)[2:] == ["again"], "shown once"


def test_a_device_of_a_contact_without_a_newer_card_is_refused(
    people: Scene, tmp_path: Path
) -> None:
    with person(tmp_path / "twin", "Alice", device=2) as twin:
        untouched(people.bob, lambda: send(twin, people.bob, twin.content()))
        assert people.bob.counts == {"nothing vouches for the sender": 1}


def test_the_card_of_another_identity_proves_nothing(people: Scene) -> None:
    mallory = people.mallory
    content = mallory.content(with_card=people.alice.card)
    untouched(people.bob, lambda: send(mallory, people.bob, content))


# Strangers.


def test_a_stranger_lands_in_requests_and_hears_nothing(people: Scene) -> None:
    mallory = people.mallory
    send(mallory, people.bob, mallory.content(body=b"buy this", with_card=mallory.card))
    contact = people.bob.contact(mallory)
    assert contact.state is ContactState.REQUEST and not contact.answered
    assert people.bob.texts(mallory) == ["buy this"]
    assert people.bob.store.outbox.pending() == ()
    assert people.bob.event_types() == {"RequestReceived": 1}
    assert people.bob.reactions.heard == []


def test_a_stranger_may_leave_three_texts_of_4_kib(people: Scene) -> None:
    mallory, bob = people.mallory, people.bob
    longest = b"x" * 4096
    send(mallory, bob, mallory.content(body=longest + b"!", with_card=mallory.card))
    assert bob.texts(mallory) == [] and bob.store.seen.count() == 0
    assert bob.event_types() == {"RequestReceived": 1}, "told that he is there, though"
    for number in range(5):
        send(mallory, bob, mallory.content(body=longest[:-1] + b"%d" % number))
    assert [text[-1] for text in bob.texts(mallory)] == ["0", "1", "2"]
    assert bob.store.seen.count() == 3, "what is not kept may come again"
    assert bob.event_types() == {"RequestReceived": 4}
    assert bob.store.outbox.pending() == ()


def test_a_file_of_a_stranger_is_neither_downloaded_nor_decoded(people: Scene) -> None:
    mallory, bob = people.mallory, people.bob
    for body in (b"not even a descriptor", b""):
        content = mallory.content(ContentType.ATTACHMENT, body, with_card=mallory.card)
        send(mallory, bob, content)
    assert bob.reactions.offered == [] and bob.texts(mallory) == []
    assert bob.contact(mallory).state is ContactState.REQUEST
    assert bob.store.attachments.pending_downloads() == ()
    assert bob.event_types() == {"RequestReceived": 1}


def test_whatever_else_a_stranger_sends_changes_nothing(people: Scene, tmp_path: Path) -> None:
    mallory, bob = people.mallory, people.bob
    send(mallory, bob, mallory.content(with_card=mallory.card))
    before = len(bob.events)
    for content in (
        mallory.content(ContentType.HERE, b""),
        mallory.content(ContentType.RECEIPT, b"\x01" + bytes(16)),
        mallory.content(ContentType.SEND_AGAIN, bytes(32)),
        mallory.content(ContentType.CARD, mallory.card.data),
        mallory.content(99, b"later"),
        mallory.content(body=b"\xff"),
    ):
        send(mallory, bob, content)
    assert len(bob.events) == before and bob.reactions.said_here == []
    assert bob.texts(mallory) == ["hello"]
    # Not even new devices fill his history.
    for device in range(2, 5):
        with person(tmp_path / f"mallory {device}", "Mallory", device=device) as twin:
            send(twin, bob, twin.content(ContentType.CARD, twin.card.data))
    assert bob.texts(mallory) == ["hello"] and len(bob.events) == before


def test_at_most_100_strangers_the_oldest_goes(people: Scene, tmp_path: Path) -> None:
    bob, mallory = people.bob, people.mallory
    send(mallory, bob, mallory.content(body=b"first", with_card=mallory.card))
    for number in range(99):
        bob.store.requests.admit(
            identity=seeded("stranger", number),
            name=f"stranger {number}",
            card=b"",
            card_version=1,
            device_key=seeded("device", number),
            mailbox=bytes(32),
            created_ms=1,
            fallback_name="stranger",
        )
    assert len(bob.store.requests.list()) == 100 and bob.texts(mallory) == ["first"]
    with person(tmp_path / "carol", "Carol") as carol:
        carol.knows(bob)
        send(carol, bob, carol.content(with_card=carol.card))
        assert len(bob.store.requests.list()) == 100
        assert bob.texts(mallory) == [] and bob.texts(carol) == ["hello"]


def test_accepted_later_the_rest_comes_again(people: Scene) -> None:
    mallory, bob = people.mallory, people.bob
    contents = [
        mallory.content(body=b"text %d" % number, with_card=mallory.card) for number in range(5)
    ]
    for content in contents:
        send(mallory, bob, content)
    contact = bob.contact(mallory)
    bob.store.requests.accept(contact.contact_id)
    for content in contents:
        send(mallory, bob, content)
    assert bob.texts(mallory) == [f"text {number}" for number in range(5)]
    assert sorted(receipts(bob)) == sorted(content.content_id for content in contents)


def test_who_is_blocked_is_dropped_silently(people: Scene) -> None:
    bob, alice = people.bob, people.alice
    bob.store.requests.block(bob.contact(alice).contact_id)
    for content in (alice.content(), alice.content(ContentType.HERE, b""), alice.content(99)):
        untouched(bob, lambda content=content: send(alice, bob, content))
    untouched(bob, lambda: send(alice, bob, alice.content(), suite=9))
    assert bob.counts == {"blocked": 3, "from a stranger: a suite of a later version": 1}
    assert bob.reactions.heard == []


# What cannot be shown.


def test_an_unknown_type_is_kept_as_needing_a_newer_whispr(people: Scene) -> None:
    content = people.alice.content(16, b"an edit, perhaps")
    send(people.alice, people.bob, content)
    send(people.alice, people.bob, content)
    assert kinds(people.bob, people.alice) == [MessageKind.UNSUPPORTED]
    assert people.bob.texts(people.alice) == [""]
    assert receipts(people.bob) == [content.content_id]


def test_an_unknown_type_that_is_ephemeral_is_nothing(people: Scene) -> None:
    content = people.alice.content(16, b"typing, perhaps")
    send(people.alice, people.bob, content, flags=1)
    assert kinds(people.bob, people.alice) == []


def test_an_unknown_suite_is_kept_and_not_asked_for_again(people: Scene) -> None:
    data = send(people.alice, people.bob, people.alice.content(), suite=9)
    people.bob.receive(data)
    assert kinds(people.bob, people.alice) == [MessageKind.UNSUPPORTED]
    assert people.bob.store.outbox.pending() == ()
    untouched(
        people.bob,
        lambda: send(people.mallory, people.bob, Content(1, b"", 0, 0, 0, b""), suite=9) and None,
    )


def damaged(ciphertext: bytes) -> bytes:
    return ciphertext[:-1] + bytes((ciphertext[-1] ^ 1,))


def test_what_does_not_open_is_kept_once_and_asked_for_once_an_hour(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    data = send(alice, bob, alice.content(), ciphertext=damaged)
    bob.receive(data)
    assert kinds(bob, alice) == [MessageKind.UNDECRYPTABLE]
    (request,) = owed(bob, OutboxKind.REQUEST_AGAIN)
    assert request.body == sha256(data)
    assert receipts(bob) == [], "not a word of having got it"
    bob.pass_ms(HOUR_MS - 1)
    send(alice, bob, alice.content(), ciphertext=damaged)
    assert len(owed(bob, OutboxKind.REQUEST_AGAIN)) == 1
    bob.pass_ms(1)
    send(alice, bob, alice.content(), ciphertext=damaged)
    assert len(owed(bob, OutboxKind.REQUEST_AGAIN)) == 2
    assert len(kinds(bob, alice)) == 3


def test_what_does_not_open_from_a_stranger_is_counted_and_dropped(people: Scene) -> None:
    mallory = people.mallory
    content = mallory.content(with_card=mallory.card)
    untouched(people.bob, lambda: send(mallory, people.bob, content, ciphertext=damaged))
    assert people.bob.counts == {"from a stranger: does not open": 1}


@pytest.mark.parametrize("type_number", [ContentType.TEXT, ContentType.ATTACHMENT])
def test_a_malformed_message_is_shown_once_and_confirmed(people: Scene, type_number: int) -> None:
    content = people.alice.content(type_number, b"\xff\xff")
    send(people.alice, people.bob, content)
    send(people.alice, people.bob, content)
    assert kinds(people.bob, people.alice) == [MessageKind.UNSUPPORTED]
    assert receipts(people.bob) == [content.content_id]
    assert people.bob.reactions.offered == []


@pytest.mark.parametrize(
    "type_number", [ContentType.RECEIPT, ContentType.CARD, ContentType.SEND_AGAIN]
)
def test_a_malformed_control_content_is_counted(people: Scene, type_number: int) -> None:
    content = people.alice.content(type_number, b"\x09")
    untouched(people.bob, lambda: send(people.alice, people.bob, content))
    assert people.bob.counts == {"a malformed content of a contact": 1}


def test_a_content_layout_of_a_later_version_is_shown(people: Scene) -> None:
    send(people.alice, people.bob, people.alice.content(), content=b"\x02 later")
    assert kinds(people.bob, people.alice) == [MessageKind.UNSUPPORTED]
    assert owed(people.bob, OutboxKind.REQUEST_AGAIN) == []


_NEVER_CRASH = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)


@_NEVER_CRASH
@given(
    type_number=st.sampled_from([*ContentType, 0, 16, 255]),
    body=st.binary(max_size=300),
    extension=st.none() | st.binary(max_size=60),
    order=st.integers(0, 2**63 - 1),
    sent_at_ms=st.integers(0, 2**63 - 1),
    known=st.booleans(),
)
def test_any_body_and_extension_never_crash(
    people: Scene,
    type_number: int,
    body: bytes,
    extension: bytes | None,
    order: int,
    sent_at_ms: int,
    known: bool,
) -> None:
    sender = people.alice if known else people.mallory
    extensions = () if extension is None else ((Extension.CARD, extension),)
    content = sender.content(
        type_number, body, extensions=extensions, order=order, sent_at_ms=sent_at_ms
    )
    send(sender, people.bob, content)


@_NEVER_CRASH
@given(content=st.binary(max_size=300), known=st.booleans())
def test_any_bytes_as_a_content_never_crash(people: Scene, content: bytes, known: bool) -> None:
    sender = people.alice if known else people.mallory
    people.bob.receive(sealed(sender, people.bob, sender.content(), content=content))


@_NEVER_CRASH
@given(data=st.binary(max_size=400))
def test_any_bytes_as_an_envelope_never_crash(people: Scene, data: bytes) -> None:
    people.bob.receive(data)
    people.bob.receiver.receive_for_previous(data)


@pytest.mark.parametrize("field", ["sent_at_ms", "order"])
def test_a_number_over_every_bound_stops_nothing(people: Scene, field: str) -> None:
    """Predecessor S6: a date far away; and one that no database takes must not stop the client."""
    for number in (2**62, 2**63 - 1, 2**63, 2**64 - 1):
        send(people.alice, people.bob, people.alice.content(**{field: number}))
    send(people.alice, people.bob, people.alice.content(body=b"still here"))
    assert people.bob.texts(people.alice)[-1] == "still here"
    assert kinds(people.bob, people.alice).count(MessageKind.UNSUPPORTED) == 2


# Ourselves, and the mailbox we had before.


def test_a_newer_card_of_ours_says_that_we_moved(people: Scene, tmp_path: Path) -> None:
    bob = people.bob
    with person(tmp_path / "twin", "Bob", device=2) as twin:
        twin.pass_ms(0)
        send(twin, bob, twin.content(ContentType.CARD, twin.card.data))
        assert bob.reactions.moved == 1
        assert bob.store.settings.get(MOVED) == twin.card.card_version


def test_other_contents_of_ours_are_dropped(people: Scene, tmp_path: Path) -> None:
    bob = people.bob
    with person(tmp_path / "twin", "Bob", device=2) as twin:
        older = card_of(twin.profile.material, version=bob.card.card_version)
        for content in (
            twin.content(with_card=None),
            twin.content(ContentType.CARD, older.data),
            twin.content(ContentType.CARD, bob.card.data),
            twin.content(ContentType.CARD, b"no card"),
        ):
            untouched(bob, lambda content=content: send(twin, bob, content))
    assert bob.reactions.moved == 0 and bob.store.settings.get(MOVED) == 0


def test_nobody_else_can_say_that_we_moved(people: Scene, tmp_path: Path) -> None:
    """A contact knows our newer card, and passes it on as if it were his word."""
    with person(tmp_path / "twin", "Bob", device=2) as twin:
        content = people.alice.content(ContentType.CARD, twin.card.data)
        send(people.alice, people.bob, content)
        claim = dataclasses.replace(material("Alice"), root_seed=material("Bob").root_seed)
        send(people.alice, people.bob, content, sender=type(twin.identity)(claim))
        assert people.bob.reactions.moved == 0


def test_a_letter_to_the_former_mailbox_is_answered_with_our_card_once_an_hour(
    people: Scene,
) -> None:
    bob, alice = people.bob, people.alice
    data = sealed(alice, bob, alice.content(), mailbox=seeded("former mailbox"))
    for _ in range(3):
        for action in bob.receiver.receive_for_previous(data):
            action()
    (card,) = owed(bob, OutboxKind.CARD)
    assert card.body == bob.card.data
    (request,) = owed(bob, OutboxKind.REQUEST_AGAIN)
    assert request.body == sha256(data)
    rows: tuple[OutboxRow, ...] = bob.store.outbox.pending()
    assert [row.kind for row in rows] == [OutboxKind.CARD, OutboxKind.REQUEST_AGAIN]
    assert bob.reactions.outbox_changes == 1 and bob.texts(alice) == []
    bob.pass_ms(HOUR_MS)
    bob.receiver.receive_for_previous(data)
    assert len(owed(bob, OutboxKind.REQUEST_AGAIN)) == 2


def test_a_strangers_letter_to_the_former_mailbox_is_nothing(people: Scene) -> None:
    bob = people.bob
    data = sealed(people.mallory, bob, people.mallory.content(with_card=people.mallory.card))
    assert bob.receiver.receive_for_previous(data) == []
    forged = sealed(people.alice, bob, people.alice.content())[:-1] + b"?"
    assert bob.receiver.receive_for_previous(forged) == []
    bob.store.requests.block(bob.contact(people.alice).contact_id)
    letter = sealed(people.alice, bob, people.alice.content())
    assert bob.receiver.receive_for_previous(letter) == []
    assert bob.store.outbox.pending() == ()


def test_a_receipt_is_no_message(people: Scene) -> None:
    body = Receipt(ReceiptKind.DELIVERED, (bytes(16),)).encode()
    send(people.alice, people.bob, people.alice.content(ContentType.RECEIPT, body))
    assert kinds(people.bob, people.alice) == [] and receipts(people.bob) == []
