"""A whole relay: start, address, reload, drain, what is left behind."""

from __future__ import annotations

import asyncio
import datetime
import os
import stat

import pytest

from tests.relay.raw_client import RawClient
from whispr.errors import ConfigError
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import GoawayReason
from whispr.relay import certificate
from whispr.relay.config import RelayConfig
from whispr.relay.relay import Relay, _spread_ms, descriptor_limit

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


async def test_its_address_says_where_it_is_and_which_key_it_has(relay, connect):
    client = await connect(relay)
    address = RelayAddress.parse(relay.address.text())
    assert (address.host, address.port) == ("127.0.0.1", relay.port)
    assert address.relay_ids == (client.relay_id,)
    assert address.access_token == b""


async def test_public_names_stand_in_the_address(start_relay):
    relay = await start_relay(public_hosts=("relay.example", "192.0.2.1"), public_port=443)
    assert relay.address.location == "relay.example:443"


async def test_a_data_folder_is_private_and_the_key_stays(start_relay, tmp_path):
    first = await start_relay(data=tmp_path / "data")
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    second = await start_relay(data=tmp_path / "data")
    assert first.address.relay_ids == second.address.relay_ids


async def test_each_start_has_a_new_epoch(start_relay, tmp_path):
    first, second = await start_relay(), await start_relay()
    assert first.services.store.epoch != second.services.store.epoch


async def test_draining_says_when_to_come_back_and_ends_in_time(start_relay, connect):
    relay = await start_relay(drain_seconds=5.0)
    clients = [await connect(relay) for _ in range(3)]
    port = relay.port
    stopping = asyncio.ensure_future(relay.stop())
    for client in clients:
        goaway = await client.receive(frames.Goaway)
        assert goaway.reason == GoawayReason.DRAINING
        assert 1 <= goaway.retry_after_ms <= 500
        assert await client.is_closed()
    await stopping
    assert len(relay.services.hub) == 0
    with pytest.raises(OSError):
        await RawClient.connect(port)


async def test_draining_does_not_wait_for_who_does_not_read(start_relay, connect, alice, bob):
    relay = await start_relay(
        drain_seconds=0.1, mailbox_messages=1000, mailbox_bytes=2**23, send_burst=1000,
        connection_send_burst=1000, credit_messages=1000, credit_bytes=2**23,
    )  # fmt: skip
    sender = await connect(relay)
    known = set(relay.services.hub.members())
    reader = await connect(relay, receive_bytes=4096)
    (session,) = set(relay.services.hub.members()) - known
    await sender.send_as(alice)
    await reader.read_as(bob)
    for _ in range(100):
        await sender.submit(sender.envelope(alice, bob, b"x" * 60_000))
    reader.writer.transport.pause_reading()
    reader.write(frames.Subscribe(5, credit_messages=1000, credit_bytes=2**23))
    while session.output_size() == 0:
        await sender.ask(frames.Ping)
    async with asyncio.timeout(2):
        await relay.stop()
    assert len(relay.services.hub) == 0


def test_many_clients_come_back_over_a_longer_time():
    assert _spread_ms(0) == 500
    assert _spread_ms(5_000) == 10_000
    assert _spread_ms(1_000_000) == 20_000


async def test_reload_serves_another_key_and_drops_nobody(relay, connect, tmp_path):
    before = await connect(relay)
    paths = certificate.own_paths(tmp_path / "relay")
    certificate.renew(paths, ["127.0.0.1"], NOW, reuse_key=False)
    assert relay.reload()
    after = await connect(relay)
    assert after.relay_id != before.relay_id
    assert relay.address.relay_ids == (after.relay_id,)
    assert isinstance(await before.ask(frames.Ping), frames.Pong)


async def test_an_old_connection_keeps_the_id_of_its_own_handshake(relay, connect, tmp_path, bob):
    before = await connect(relay)
    paths = certificate.own_paths(tmp_path / "relay")
    certificate.renew(paths, ["127.0.0.1"], NOW, reuse_key=False)
    relay.reload()
    await before.read_as(bob)


async def test_a_wrong_key_keeps_the_old_certificate(relay, connect, tmp_path):
    before = await connect(relay)
    (tmp_path / "relay" / "relay.pem").write_text("no certificate")
    assert not relay.reload()
    after = await connect(relay)
    assert after.relay_id == before.relay_id
    assert isinstance(await before.ask(frames.Ping), frames.Pong)


async def test_an_announced_next_key_is_told(relay, connect, tmp_path):
    next_id = certificate.make_next_key(certificate.own_paths(tmp_path / "relay"))
    assert relay.reload()
    client = await connect(relay)
    assert client.hello.relay_ids == client.relay_id + next_id
    assert relay.address.relay_ids == (client.relay_id, next_id)


async def test_reload_applies_limits(relay, connect, alice, bob, tmp_path):
    client = await connect(relay)
    await client.send_as(alice)
    config = RelayConfig(
        listen=("127.0.0.1:0",),
        data=tmp_path / "relay",
        send_burst=1,
        max_connections_per_address=2,
    )
    assert relay.reload(config)
    answers = [await client.submit(client.envelope(alice, bob)) for _ in range(2)]
    assert [type(answer) for answer in answers] == [frames.Accepted, frames.Error]
    await connect(relay)
    with pytest.raises((EOFError, OSError)):
        await RawClient.connect(relay.port)


async def test_a_certificate_of_an_authority_comes_without_a_pin(start_relay, tmp_path):
    paths = certificate.ensure(tmp_path / "acme", ["relay.example"], NOW)
    relay = await start_relay(certificate_file=paths.certificate, key_file=paths.key)
    assert relay.address.relay_ids == ()
    assert not (tmp_path / "relay" / "relay.pem").exists()


async def test_metrics_are_served_where_configured(start_relay, connect):
    relay = await start_relay(metrics="127.0.0.1:0")
    await connect(relay)
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.metrics_port)
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert "whispr_connections 1.0" in text
    assert 'whispr_tls_handshakes_total{result="ok"} 1.0' in text


async def test_a_relay_that_cannot_listen_leaves_nothing_open(clock, tmp_path, relay):
    other = Relay(
        RelayConfig(
            listen=(f"127.0.0.1:{relay.port}",), metrics="127.0.0.1:0", data=tmp_path / "x"
        ),
        clock=clock,
    )
    with pytest.raises(ConfigError):
        await other.start()
    assert not other.services.store.up


def test_descriptors_are_counted():
    assert descriptor_limit() > 64
