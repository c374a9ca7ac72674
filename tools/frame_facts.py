"""What the document says of each frame beside its declaration: refusals, and an example in hex."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from whispr.protocol import codes
from whispr.protocol.schema import Frame

VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "frames.json"
REFUSALS: dict[str, str] = {
    "Auth": "auth_failed access_denied rate_limited",
    "Ping": "",
    "Status": "",
    "Send": "not_authenticated rate_limited malformed wrong_relay stale_clock bad_signature "
    "id_reused mailbox_full relay_full unavailable",
    "Subscribe": "not_authenticated rate_limited unavailable",
    "Ack": "not_authenticated not_subscribed bad_ack unavailable",
    "Unsubscribe": "not_authenticated not_subscribed unavailable",
    "Allow": "not_authenticated rate_limited relay_full unavailable",
    "Upload": "not_authenticated rate_limited unsupported too_large blob_mismatch relay_full "
    "unavailable",
    "Part": "not_authenticated unsupported not_found too_large rate_limited blob_mismatch "
    "unavailable",
    "Download": "rate_limited unsupported not_found unavailable",
    "GetPart": "unsupported not_found rate_limited unavailable",
    "PublishPrekeys": "not_authenticated rate_limited unsupported relay_full unavailable",
    "ClaimPrekeys": "not_authenticated rate_limited unsupported not_found unavailable",
}
"""What a relay refuses a well-formed request of a legal state with, by the frame's name."""


class RegionError(Exception):
    """A region that cannot be filled: unknown, not closed, or made of code that does not load."""


def refusals(cls: type[Frame]) -> str:
    """The codes that a request may be refused with, as a sentence; empty if there are none."""
    names = REFUSALS.get(cls.__name__, "").split()
    known = {code.name.lower() for code in codes.ErrorCode}
    if unknown := set(names) - known:
        raise RegionError(f"{cls.__name__} is refused with codes that do not exist: {unknown}")
    return f" Refused with {', '.join(f'`{name}`' for name in names)}." if names else ""


def example(cls: type[Frame]) -> str:
    """The shortest vector of a frame: its fields in a sentence, its bytes 32 to the line."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    of_it = [vector for vector in vectors if vector["frame"] == cls.__name__]
    if not of_it:
        return ""
    vector = min(of_it, key=lambda each: len(each["wire"]))
    shown = [f"request id {vector['request_id']:,}"]
    shown += [f"`{name}` {_shown(value)}" for name, value in vector["fields"].items()]
    lines = "\n".join(textwrap.wrap(vector["wire"], 64))
    return f"\nExample: {', '.join(shown)}.\n\n```\n{lines}\n```\n"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        raw = str(value["hex"])
        short = raw if len(raw) <= 16 else f"{raw[:8]}…{raw[-4:]}"
        return f"`{short}`" if raw else "empty"
    return f"{value:,}" if isinstance(value, int) else f'"{value}"'
