"""The committed vectors of `tests/vectors`; nothing here writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "vectors"


def load(name: str) -> dict[str, Any]:
    """One file of vectors; each says where it comes from."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert content["source"]
    return content


def value(raw: object) -> object:
    """A field as the vectors write it: bytes are `{"hex": …}`."""
    return bytes.fromhex(raw["hex"]) if isinstance(raw, dict) else raw
