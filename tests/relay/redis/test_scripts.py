"""The scripts themselves: complete, declared, and known by the hash that the store computes."""

from __future__ import annotations

import importlib.resources
import re

import pytest

from tests.relay import store_process
from whispr.relay.redis.scripts import script

FOLDER = importlib.resources.files("whispr.relay.redis") / "lua"
COMMON = {"common", "blob_common"}
NAMES = sorted(path.name.removesuffix(".lua") for path in FOLDER.iterdir())
SCRIPTS = [name for name in NAMES if name not in COMMON]


def common_of(name: str) -> str:
    return "blob_common" if name.startswith("blob_") else "common"


@pytest.mark.parametrize("kind", ["valkey", "redis_tls"])
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_store_takes_it_and_computes_the_same_hash(kind, name):
    made = script(name, common_of(name))
    assert made.text.startswith(b"#!lua")
    assert getattr(store_process, kind)().command("SCRIPT", "LOAD", made.text) == made.sha


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_names_every_key_that_it_touches(name):
    """No key is put together in a script: a cluster has to know them all beforehand."""
    text = (FOLDER / f"{name}.lua").read_text()
    assert not re.search(r"redis\.call\('\w+', *['\"]", text.replace("'TIME'", ""))
    assert re.search(r"KEYS ", text)


def test_only_what_must_work_with_full_memory_may_write_then():
    flags = {name: (FOLDER / f"{name}.lua").read_text().splitlines()[0] for name in SCRIPTS}
    growing = {name for name, first in flags.items() if first == "#!lua"}
    assert growing == {"enqueue", "allow", "charge", "blob_begin"}


def test_a_script_holds_what_it_uses_of_the_common_parts_and_no_more():
    known = script("known").text.decode()
    assert "local function clock" in known
    assert "local function settle" not in known and "ITEM_BYTES" not in known
    acknowledge = script("acknowledge").text.decode()
    for name in ("settle", "weight", "ITEM_BYTES", "number_text", "write_ledger", "LONG_MS"):
        assert f"local function {name}" in acknowledge or f"local {name} =" in acknowledge
