from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.kit import NOW_MS, RELAY_ID, Sealing, card_of, material, seeded
from whispr.client.content import Content, ContentType
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.opening import Closed, Drop, Message, Sealed, open_envelope

ALICE = OwnIdentity(material("Alice"))
BOB_KEYS = material("Bob")
BOB = OwnIdentity(BOB_KEYS)
MALLORY = OwnIdentity(material("Mallory"))
CONTENT = Content(ContentType.TEXT, b"c" * 16, NOW_MS, NOW_MS + 1000, 1, b"hello")
SEALING = Sealing(ALICE, card_of(BOB_KEYS), CONTENT.encode())
DATA = SEALING.data()


def opened(data: bytes) -> Message | Closed | Drop:
    return open_envelope(data, BOB, (seeded("next"), RELAY_ID))


def test_a_good_envelope_opens() -> None:
    message = opened(DATA)
    assert isinstance(message, Message)
    assert message.content == CONTENT
    assert message.opened.device_key == ALICE.device.public
    assert message.envelope.data == DATA


def test_the_next_id_of_the_relay_is_known_too_and_no_other() -> None:
    data = dataclasses.replace(SEALING, relay_id=seeded("next")).data()
    assert isinstance(opened(data), Message)
    data = dataclasses.replace(SEALING, relay_id=seeded("another relay")).data()
    assert opened(data) is Drop.NOT_FOR_US


def test_an_envelope_of_another_mailbox_is_not_for_us() -> None:
    data = dataclasses.replace(SEALING, mailbox=MALLORY.mailbox_id).data()
    assert opened(data) is Drop.NOT_FOR_US


@pytest.mark.parametrize("index", range(len(DATA)))
def test_every_changed_byte_of_an_envelope_is_dropped(index: int) -> None:
    """The recipient believes nothing of the relay: he checks the outer signature himself."""
    changed = bytearray(DATA)
    changed[index] ^= 0x04
    assert isinstance(opened(bytes(changed)), Drop)


def test_signed_by_somebody_else_is_dropped() -> None:
    data = dataclasses.replace(SEALING, signed_by=MALLORY.device).data()
    assert opened(data) is Drop.BAD_INNER_SIGNATURE


def test_a_suite_of_a_later_version_stays_closed() -> None:
    for suite in (0, 2, 255):
        outcome = opened(dataclasses.replace(SEALING, suite=suite).data())
        assert isinstance(outcome, Closed) and outcome.why is Sealed.UNKNOWN_SUITE
        assert outcome.envelope.key_id == ALICE.device.public


def test_a_changed_ciphertext_with_a_good_outer_signature_does_not_open() -> None:
    def damage(ciphertext: bytes) -> bytes:
        return ciphertext[:-1] + bytes((ciphertext[-1] ^ 1,))

    outcome = opened(dataclasses.replace(SEALING, ciphertext=damage).data())
    assert isinstance(outcome, Closed) and outcome.why is Sealed.DOES_NOT_OPEN


def test_a_content_of_another_layout_is_malformed_not_forged() -> None:
    outcome = opened(dataclasses.replace(SEALING, content=b"\x07 of a later version").data())
    assert isinstance(outcome, Closed) and outcome.why is Sealed.MALFORMED_CONTENT


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda rest: DATA[:4] + rest))
def test_any_bytes_are_dropped(data: bytes) -> None:
    assert isinstance(opened(data), Drop)


@given(st.binary(max_size=300))
def test_any_bytes_as_a_content_never_crash(content: bytes) -> None:
    outcome = opened(dataclasses.replace(SEALING, content=content).data())
    assert isinstance(outcome, Message | Closed)


def test_repr_shows_no_text() -> None:
    assert "hello" not in repr(opened(DATA))
