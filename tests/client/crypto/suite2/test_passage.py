from __future__ import annotations

from tests.client.crypto.suite2.ends import Device, talking
from tests.client.kit import NOW_MS, RELAY_ID
from whispr.client.crypto.suite2.passage import Accepted, Decrypted, Encrypted, Received
from whispr.protocol import envelope as envelopes


def test_what_came_is_read_off_its_envelope() -> None:
    sender = Device("Alice").identity
    envelope = envelopes.make(
        sender.device,
        suite=2,
        relay_id=RELAY_ID,
        mailbox=Device("Bob").identity.mailbox_id,
        envelope_id=b"e" * 16,
        time_ms=NOW_MS,
        ttl_ms=1000,
        ciphertext=b"ciphertext",
    )
    assert Received.of(envelope) == Received(sender.device.public, b"e" * 16, NOW_MS, b"ciphertext")


def test_results_do_not_print_contents_or_states() -> None:
    alice, bob = Device("Alice"), Device("Bob")
    _, accepted = bob.accept(alice.start(bob.bundle()).encrypt(b"a secret text"))
    end, _ = talking()
    for value in (
        accepted,
        Decrypted(b"a secret text", end.state),
        Encrypted(b"ciphertext", end.state),
    ):
        text = repr(value)
        assert "a secret text" not in text and repr(end.session.epoch_key)[2:20] not in text
    assert isinstance(accepted, Accepted)
