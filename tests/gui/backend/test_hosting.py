from __future__ import annotations

from pathlib import Path

from whispr.gui.backend.account import check_relay
from whispr.gui.backend.hosting import Hosting


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
