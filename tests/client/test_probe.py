from __future__ import annotations

import pytest

from tests.client.fake_clock import FakeClientClock
from tests.client.fake_relay import FakeRelay
from tests.client.kit import seeded
from whispr.client.probe import find_relay
from whispr.errors import CertificateError
from whispr.protocol.address import RelayAddress


async def test_the_address_comes_back_with_the_pins_and_the_token(
    fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    known = fake_relay.address
    given = RelayAddress(known.host, known.port, known.relay_ids, b"token")
    found = await find_relay(given, clock=clock)
    assert found == RelayAddress(known.host, known.port, (fake_relay.relay_id,), b"token")


async def test_another_relay_than_the_pinned_one_is_refused(
    fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    known = fake_relay.address
    wrong = RelayAddress(known.host, known.port, (seeded("another key"),))
    with pytest.raises(CertificateError):
        await find_relay(wrong, clock=clock)


async def test_without_a_pin_somebody_has_to_vouch_for_it(
    fake_relay: FakeRelay, clock: FakeClientClock
) -> None:
    with pytest.raises(CertificateError):
        await find_relay(RelayAddress("localhost", fake_relay.address.port), clock=clock)
