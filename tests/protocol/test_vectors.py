"""The committed vectors as a whole: nothing without one, none changed by accident; blobs, errors.

A change of a vector is a change of the protocol: it wants a new hash in `MANIFEST.json` and a line
under **Protocol** in the changelog.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.vectors import FOLDER, load
from whispr.protocol import blob, codec, codes, frames, signing
from whispr.protocol.limits import PROTOCOL_VERSION
from whispr.protocol.schema import FRAMES, Role

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((FOLDER / "MANIFEST.json").read_text(encoding="utf-8"))
FILES = sorted(path for path in FOLDER.glob("*.json") if path.name != "MANIFEST.json")
BLOBS, ERRORS = load("blob"), load("errors")
BLOB_PARTS = {
    "one part of four bytes": [b"part"],
    "no header": [b"\0"],
    "two parts": [bytes(65_472), b"\1"],
}
LABEL = re.compile(r'b"(whispr/1/[^"]*)"')


def test_no_file_changed_without_the_manifest() -> None:
    assert MANIFEST["protocol"] == PROTOCOL_VERSION
    # Line ends are those of the repository, whatever the checkout made of them.
    found = {
        path.name: hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        for path in FILES
    }
    assert found == MANIFEST["sha256"], (
        "a vector changed: that is a change of the protocol; if it is meant, write the new hash "
        "into tests/vectors/MANIFEST.json and a line under Protocol into CHANGELOG.md"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_names_its_source(path: Path) -> None:
    assert len(json.loads(path.read_text(encoding="utf-8"))["source"]) > 40


def test_every_frame_has_a_vector() -> None:
    assert {vector["frame"] for vector in load("frames")["vectors"]} == {
        cls.__name__ for cls in FRAMES.values()
    }


@pytest.mark.parametrize("vector", ERRORS["vectors"], ids=lambda vector: vector["error"])
def test_error_frame_of_every_code(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["wire"])[4:]
    frame = codec.decode(body, sender=Role.RELAY)
    assert isinstance(frame, frames.Error)
    code = codes.ErrorCode[vector["error"]]
    assert frame.code_number == code == vector["number"]
    assert (code in codes.FATAL_CODES) is vector["closes"]
    assert codec.encode(frame) == body
    by_hand = bytes((0x95, 9, 10, code)) + (b"\xcd\x05\xdc" if frame.retry_after_ms else b"\0")
    assert body.startswith(by_hand)
    assert body.endswith(frame.text.encode())


def test_every_error_code_has_a_vector() -> None:
    assert {vector["error"] for vector in ERRORS["vectors"]} == {
        code.name for code in codes.ErrorCode
    }


def test_every_label_has_a_vector() -> None:
    of_the_wire = set(load("auth")["labels"].values())
    assert of_the_wire == {label.decode() for label in signing.ALL_LABELS}
    source = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "whispr").rglob("*.py"))
    )
    written = {label.replace("\\0", "\0") for label in LABEL.findall(source)}
    assert written == of_the_wire | set(load("keys")["labels"])


@pytest.mark.parametrize("vector", BLOBS["vectors"], ids=lambda vector: vector["name"])
def test_blob_id(vector: dict[str, Any]) -> None:
    header, size = bytes.fromhex(vector["header"]), vector["size_bytes"]
    hashes = [hashlib.sha256(part).digest() for part in BLOB_PARTS[vector["name"]]]
    assert [each.hex() for each in hashes] == vector["part_sha256"]
    assert size == sum(map(len, BLOB_PARTS[vector["name"]]))
    by_hand = b"whispr/1/blob\0" + hashlib.sha256(header).digest() + size.to_bytes(8)
    by_hand += (65_472).to_bytes(4) + b"".join(hashes)
    assert hashlib.sha256(by_hand).hexdigest() == vector["blob_id"]
    assert blob.blob_id(header, size, hashes).hex() == vector["blob_id"]


@pytest.mark.parametrize("vector", BLOBS["tokens"])
def test_token_hash(vector: dict[str, str]) -> None:
    token = bytes.fromhex(vector["token"])
    assert blob.token_hash(token).hex() == vector["token_hash"]
    by_hand = hashlib.sha256(b"whispr/1/blob-token\0" + token)
    assert by_hand.hexdigest() == vector["token_hash"]


@pytest.mark.parametrize("vector", BLOBS["bitmaps"])
def test_bitmap(vector: dict[str, Any]) -> None:
    received, count = set(vector["received"]), vector["parts"]
    assert blob.received_bitmap(received, count).hex() == vector["bitmap"]
    bits = "".join("01"[index in received] for index in range(count))
    assert f"{int.from_bytes(bytes.fromhex(vector['bitmap'])):0{-(-count // 8) * 8}b}" == (
        bits.ljust(-(-count // 8) * 8, "0")
    )


@pytest.mark.parametrize(("size", "count"), BLOBS["part_counts"])
def test_part_count(size: int, count: int) -> None:
    assert blob.part_count(size) == count
    assert (count - 1) * 65_472 < size <= count * 65_472
