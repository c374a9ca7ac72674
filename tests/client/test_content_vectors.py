"""Committed vectors of content: every type is written, read, and laid out by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from tests.protocol.vectors import load
from whispr.client import content as contents
from whispr.client.content import Content, ContentType
from whispr.errors import MalformedContentError
from whispr.protocol.card import parse_card

VECTORS = load("content")
READERS: dict[int, Callable[[bytes], object]] = {
    ContentType.TEXT: contents.decode_text,
    ContentType.ATTACHMENT: contents.decode_attachment,
    ContentType.RECEIPT: contents.decode_receipt,
    ContentType.CARD: parse_card,
    ContentType.SEND_AGAIN: contents.decode_send_again,
}


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def content_of(vector: dict[str, Any]) -> Content:
    return Content(
        type_number=vector["type"],
        content_id=bytes.fromhex(vector["content_id"]),
        sent_at_ms=vector["sent_at_ms"],
        expires_at_ms=vector["expires_at_ms"],
        order=vector["order"],
        body=bytes.fromhex(vector["body"]),
        extensions=tuple((number, bytes.fromhex(raw)) for number, raw in vector["extensions"]),
    )


def by_hand(content: Content) -> bytes:
    extensions = b"".join(
        bytes((number,)) + len(raw).to_bytes(2) + raw for number, raw in content.extensions
    )
    numbers = struct.pack(">QQQ", content.sent_at_ms, content.expires_at_ms, content.order)
    head = bytes((1, content.type_number, 0)) + content.content_id + numbers
    return head + len(extensions).to_bytes(2) + extensions + content.body


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=named)
def test_content_is_written_and_read(vector: dict[str, Any]) -> None:
    content = content_of(vector)
    assert content.encode().hex() == by_hand(content).hex() == vector["content"]
    assert contents.decode_content(bytes.fromhex(vector["content"])) == content


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=named)
def test_body_is_read_by_the_reader_of_its_type(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["body"])
    if vector["type"] in READERS:
        READERS[vector["type"]](body)
    else:
        assert vector["type"] == ContentType.HERE or vector["type"] not in list(ContentType)


def test_every_content_type_has_a_vector() -> None:
    assert {vector["type"] for vector in VECTORS["vectors"]} >= set(ContentType)
    assert any(number == contents.Extension.CARD for number in _extensions())
    assert {bytes.fromhex(each["body"])[0] for each in _of(ContentType.RECEIPT)} == set(
        contents.ReceiptKind
    )


def _of(kind: ContentType) -> list[dict[str, Any]]:
    return [vector for vector in VECTORS["vectors"] if vector["type"] == kind]


def _extensions() -> list[int]:
    return [number for vector in VECTORS["vectors"] for number, _ in vector["extensions"]]


def test_attachment_in_its_fields() -> None:
    fields = dict(VECTORS["attachment"])
    body = bytes.fromhex(fields.pop("body"))
    raw = ("blob_id", "token", "key", "file_sha256", "header")
    fields = {key: bytes.fromhex(each) if key in raw else each for key, each in fields.items()}
    attachment = contents.Attachment(**fields)
    assert attachment.encode() == body
    assert contents.decode_attachment(body) == attachment
    assert contents.decode_attachment(body + b"of a later version") == attachment


@pytest.mark.parametrize("vector", VECTORS["malformed"], ids=named)
def test_malformed_content_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedContentError):
        contents.decode_content(bytes.fromhex(vector["content"]))


@pytest.mark.parametrize("vector", VECTORS["malformed_bodies"], ids=named)
def test_malformed_body_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedContentError):
        READERS[vector["type"]](bytes.fromhex(vector["body"]))
