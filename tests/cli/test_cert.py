from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.cli_kit import Ran, whispr


def cert(action: str, data: Path, *more: str) -> Ran:
    return whispr("cert", action, "--data", data, *more)


def shown(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cert("show", data, "--json").out)
    return found


def test_nothing_to_show_says_what_to_do(tmp_path: Path) -> None:
    ran = cert("show", tmp_path)
    assert ran.code == 78 and "whispr cert make" in ran.err


def test_make_makes_once(tmp_path: Path) -> None:
    made = cert("make", tmp_path, "--public-hosts", "relay.example.org,10.0.0.1")
    assert made.code == 0 and "relay.example.org, 10.0.0.1" in made.out
    before = (tmp_path / "relay.pem").read_bytes()
    assert cert("make", tmp_path).code == 0
    assert (tmp_path / "relay.pem").read_bytes() == before
    assert b"PRIVATE" not in made.out.encode()


def test_next_key_is_announced_and_then_promoted(tmp_path: Path) -> None:
    cert("make", tmp_path)
    first = shown(tmp_path)
    assert first["next_pin"] is None
    assert "SIGHUP" in cert("next", tmp_path).err
    announced = shown(tmp_path)
    assert announced["pin"] == first["pin"] != announced["next_pin"]
    assert cert("promote", tmp_path).code == 0
    promoted = shown(tmp_path)
    assert (promoted["pin"], promoted["next_pin"]) == (announced["next_pin"], None)


def test_promote_without_a_next_key_is_refused(tmp_path: Path) -> None:
    cert("make", tmp_path)
    ran = cert("promote", tmp_path)
    assert ran.code == 78 and "no next key" in ran.err
