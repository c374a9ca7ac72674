"""Every frame has committed vectors: bytes that another implementation must read and write."""

from __future__ import annotations

import pytest

from tests.protocol.vectors import load, value
from whispr.protocol import frames
from whispr.protocol.codec import decode, encode
from whispr.protocol.framing import prefixed
from whispr.protocol.schema import FRAMES

VECTORS = load("frames")["vectors"]
IDS = [f"{index}-{vector['frame']}" for index, vector in enumerate(VECTORS)]


def test_every_declared_frame_has_a_vector():
    assert {vector["frame"] for vector in VECTORS} == {cls.__name__ for cls in FRAMES.values()}


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_vector_decodes_and_encodes_to_the_same_bytes(vector):
    cls = getattr(frames, vector["frame"])
    fields = {name: value(raw) for name, raw in vector["fields"].items()}
    expected = cls(vector["request_id"], **fields)
    wire = bytes.fromhex(vector["wire"])

    assert decode(wire[4:], sender=cls.sender) == expected
    assert prefixed(encode(expected)) == wire


def test_codes_are_those_of_the_first_version():
    assert {cls.__name__: code for code, cls in FRAMES.items()} == {
        "Hello": 0x01, "Auth": 0x02, "Ready": 0x03, "Ping": 0x04, "Pong": 0x05, "Status": 0x06,
        "StatusReport": 0x07, "Done": 0x08, "Error": 0x09, "Goaway": 0x0A, "Send": 0x10,
        "Accepted": 0x11, "Subscribe": 0x12, "Subscribed": 0x13, "Deliver": 0x14, "Synced": 0x15,
        "Ack": 0x16, "Unsubscribe": 0x17, "Allow": 0x18, "FateNotice": 0x19, "Upload": 0x20,
        "UploadState": 0x21, "Part": 0x22, "Download": 0x23, "BlobInfo": 0x24, "GetPart": 0x25,
        "PartData": 0x26, "PublishPrekeys": 0x30, "PrekeyStock": 0x31, "ClaimPrekeys": 0x32,
        "PrekeyBundle": 0x33, "LowPrekeys": 0x34,
    }  # fmt: skip
