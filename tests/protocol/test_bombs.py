"""msgpack bombs: hostile bodies of up to 64 KiB cost no time and no memory to speak of."""

from __future__ import annotations

import struct
import time
import tracemalloc

import msgpack
import pytest

from whispr.errors import RemoteProtocolError
from whispr.protocol.codec import decode
from whispr.protocol.limits import MAX_FRAME_BYTES as SIZE
from whispr.protocol.schema import Role

MAX_SECONDS = 0.005
MAX_BYTES = 1_000_000
PREFIX = b"\x93\x04\x01"
"""A PING with one trailing field: what follows sits where a later version has a scalar."""


def u32(number: int) -> bytes:
    return struct.pack(">I", number)


NESTED = b"".join(b"\xdd" + u32(SIZE - 5 * index - 5) for index in range(500))
INT_KEYS = b"".join(b"\xcf" + struct.pack(">Q", index << 32) + b"\xc0" for index in range(6553))
PAYLOADS = {
    # The sixteen of the study that chose the wire format.
    "array32 of 4G": b"\xdd\xff\xff\xff\xff",
    "map32 of 4G": b"\xdf\xff\xff\xff\xff",
    "bin32 of 4G": b"\xc6\xff\xff\xff\xff",
    "nested one-item arrays": b"\x91" * (SIZE - 1) + b"\xc0",
    "nested one-item maps": b"\x81\xa0" * (SIZE // 2) + b"\xc0",
    "nested arrays that claim the rest": NESTED + b"\xc0" * (SIZE - 2500),
    "nested arrays that claim 60,000": (b"\xdd" + u32(60_000)) * 13_000,
    "array of nils": b"\xdd" + u32(SIZE - 5) + b"\xc0" * (SIZE - 5),
    "array of empty maps": b"\xdd" + u32(SIZE - 5) + b"\x80" * (SIZE - 5),
    "array of empty arrays": b"\xdd" + u32(SIZE - 5) + b"\x90" * (SIZE - 5),
    "colliding integer keys": b"\xdf" + u32(6553) + INT_KEYS,
    "extension of 64 KiB": b"\xc9" + u32(SIZE - 6) + b"\x05" + b"x" * (SIZE - 6),
    "timestamp with bad nanoseconds": b"\xc7\x0c\xff" + b"\xff" * 12,
    "text that is not UTF-8": b"\xd9\x04\xff\xfe\xfd\xfc",
    "trailing byte": b"\xc0\xc0",
    "byte that is never used": b"\xc1",
    # Of the second study: inside a frame that is otherwise good.
    "list that claims a million": b"\x92\x01\xdd" + u32(10**6) + b"\xc4\x00" * 10,
    "list of half a million": b"\x92\x01\xdd" + u32(500_000) + b"\xc4\x00" * 500_000,
    "deep nesting in an extra item": b"\x94\x01\x90\xc4\x00" + b"\x91" * 60_000 + b"\xc0",
    "huge claim in an extra item": b"\x94\x01\x90\xc4\x00\xdd\xff\xff\xff\xff",
    # Against the walk over the items.
    "array16 of 65,535 nils": b"\xdc\xff\xff" + b"\xc0" * (SIZE - 3),
    "array16 of 25 nils": b"\xdc\x00\x19" + b"\xc0" * 25,
    "zero steps: empty bins": b"\xdc\x00\x18" + b"\xc4\x00" * 24,
    "bin32 that wraps 32 bits": PREFIX + b"\xc6\xff\xff\xff\xfb",
    "bin32 cut in its size": PREFIX + b"\xc6\xff\xff",
    "str32 of 4G": PREFIX + b"\xdb\xff\xff\xff\xff" + b"x" * 60_000,
    "bin that ends one byte late": PREFIX + b"\xc5\xea\x61" + b"x" * 60_000,
    "bin that ends one byte early": PREFIX + b"\xc5\xea\x5f" + b"x" * 60_000,
    "deep nesting where a scalar may be": PREFIX + b"\x91" * 60_000 + b"\xc0",
    "map of empty keys": PREFIX + b"\xde\xff\xff" + b"\xa0\xc0" * 30_000,
    "64 KiB text that is not UTF-8 at its end": PREFIX + b"\xda\xea\x60" + b"x" * 59_999 + b"\xff",
    "text of wide characters": PREFIX + b"\xda\xea\x60" + "👩".encode() * 15_000,
    "thousands of lead bytes of maps": b"\x80" * SIZE,
    "22 texts that share 64 KiB": b"\xdc\x00\x18\x7f\x01" + 22 * (b"\xda\x0b\xa0" + b"x" * 2976),
}  # fmt: skip


def attempt(body: bytes) -> None:
    try:
        decode(body, sender=Role.CLIENT)
    except RemoteProtocolError:
        pass
    except Exception as error:  # noqa: BLE001 - anything else is the finding
        pytest.fail(f"undocumented {type(error).__name__}: {error}")


@pytest.mark.parametrize("body", PAYLOADS.values(), ids=PAYLOADS)
def test_bomb_costs_little(body):
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        attempt(body)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < MAX_SECONDS

    tracemalloc.start()
    attempt(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MAX_BYTES


def test_measurement_would_notice_a_bomb():
    tracemalloc.start()
    value = msgpack.unpackb(PAYLOADS["array of empty maps"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(value) > 60_000
    assert peak > MAX_BYTES
