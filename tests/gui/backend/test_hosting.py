from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from whispr.errors import ConnectError
from whispr.gui.backend.account import check_relay
from whispr.gui.backend.hosting import EVERY_ADDRESS, Hosting
from whispr.gui.backend.localaddress import local_address
from whispr.protocol.address import RelayAddress


async def test_hosted_relay_has_the_same_place_and_key_next_time(tmp_path: Path) -> None:
    hosting = Hosting()
    first = await hosting.start(tmp_path, "127.0.0.1:0")
    assert await hosting.start(tmp_path, "127.0.0.1:0") == first
    assert (await check_relay(first.address)).address.startswith("whispr://")
    await hosting.stop()
    await hosting.stop()
    again = await hosting.start(tmp_path, first.listen)
    assert again == first
    await hosting.stop()


async def test_hosted_relay_for_others_listens_everywhere_under_the_name_that_was_chosen(
    tmp_path: Path,
) -> None:
    hosting = Hosting()
    hosted = await hosting.start(tmp_path, EVERY_ADDRESS, "127.0.0.2")
    address = RelayAddress.parse(hosted.address)
    assert (address.host, hosted.public_host) == ("127.0.0.2", "127.0.0.2")
    assert hosted.listen == f"0.0.0.0:{address.port}"
    for host in ("127.0.0.1", local_address() or "127.0.0.1"):
        assert (await check_relay(dataclasses.replace(address, host=host).text())).address
    await hosting.stop()
    assert await hosting.start(tmp_path, hosted.listen, hosted.public_host) == hosted
    await hosting.stop()


async def test_hosted_relay_for_this_computer_is_reached_from_nowhere_else(tmp_path: Path) -> None:
    hosting = Hosting()
    address = RelayAddress.parse((await hosting.start(tmp_path)).address)
    other = dataclasses.replace(address, host=local_address() or "127.0.0.2")
    with pytest.raises(ConnectError):
        await check_relay(other.text())
    await hosting.stop()
