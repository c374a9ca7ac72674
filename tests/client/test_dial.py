from __future__ import annotations

import dataclasses
import ssl

import pytest

from tests.client.conftest import DEVICE, Connect, RelayTls
from tests.client.fake_relay import FakeRelay
from whispr.errors import (
    CertificateError,
    ConnectError,
)
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import Scope


async def test_wrong_pin_is_refused_before_a_byte_is_written(
    connect: Connect, fake_relay: FakeRelay
) -> None:
    address = dataclasses.replace(
        fake_relay.address, relay_ids=(b"x" * 32,), access_token=b"secret"
    )
    with pytest.raises(CertificateError, match="shows another key than its address names"):
        await connect(address=address)
    # By the time a second connection has spoken, whatever the first one wrote is here too.
    session = await connect()
    await session.authenticate(Scope.SEND, DEVICE)
    *refused, good = fake_relay.peers
    assert good.bytes_received > 0
    assert all(peer.bytes_received == 0 for peer in refused)


async def test_next_pin_is_accepted(connect: Connect, fake_relay: FakeRelay) -> None:
    address = dataclasses.replace(fake_relay.address, relay_ids=(b"x" * 32, fake_relay.relay_id))
    session = await connect(address=address)
    assert session.relay_ids == (fake_relay.relay_id,)


async def test_authority_vouches_without_a_pin(
    connect: Connect, fake_relay: FakeRelay, relay_tls: RelayTls
) -> None:
    address = RelayAddress("localhost", fake_relay.port)
    session = await connect(address=address, authorities_path=relay_tls.authorities_path)
    assert session.relay_ids == (fake_relay.relay_id,)


async def test_unknown_authority_is_refused(connect: Connect, fake_relay: FakeRelay) -> None:
    with pytest.raises(CertificateError, match="not valid"):
        await connect(address=RelayAddress("localhost", fake_relay.port))


async def test_authority_for_another_name_is_refused(
    connect: Connect, fake_relay: FakeRelay, relay_tls: RelayTls
) -> None:
    with pytest.raises(CertificateError, match="not valid"):
        await connect(
            address=RelayAddress("127.0.0.1", fake_relay.port),
            authorities_path=relay_tls.authorities_path,
        )


async def test_other_service_is_told_apart(
    connect: Connect, fake_relay: FakeRelay, relay_tls: RelayTls
) -> None:
    await fake_relay.stop()
    fake_relay.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = relay_tls.authorities_path.parent
    fake_relay.context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    await fake_relay.start()
    with pytest.raises(ConnectError, match="does not speak whispr/1"):
        await connect()


async def test_nobody_listens(connect: Connect, fake_relay: FakeRelay) -> None:
    await fake_relay.stop()
    with pytest.raises(ConnectError, match=rf"^nothing answers at 127.0.0.1:{fake_relay.port}$"):
        await connect()
