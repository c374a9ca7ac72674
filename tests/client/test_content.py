from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.content import (
    HEAD_BYTES,
    MAX_MEDIA_TYPE_BYTES,
    MAX_NUMBER,
    MAX_RECEIPT_IDS,
    MAX_TEXT_BYTES,
    Attachment,
    Content,
    ContentType,
    Extension,
    Receipt,
    ReceiptKind,
    decode_attachment,
    decode_content,
    decode_receipt,
    decode_send_again,
    decode_text,
)
from whispr.errors import MalformedContentError
from whispr.protocol.limits import MAX_BLOB_HEADER_BYTES, MAX_BLOB_PARTS, PART_BYTES

CONTENT = Content(ContentType.TEXT, bytes(range(16)), 1, 2, 3, b"hi", ((1, b"card"), (9, b"")))
ATTACHMENT = Attachment(
    blob_id=b"b" * 32,
    token=b"t" * 32,
    key=b"k" * 32,
    file_sha256=b"s" * 32,
    size_bytes=1000,
    blob_bytes=1040,
    header=b"h" * 65,
    name="Holiday plans.pdf",
    media_type="application/pdf",
)


def test_a_content_has_the_layout_of_its_docstring() -> None:
    assert HEAD_BYTES == 45
    assert CONTENT.encode() == b"".join(
        (
            b"\x01\x01\x00",
            bytes(range(16)),
            (1).to_bytes(8, "big"),
            (2).to_bytes(8, "big"),
            (3).to_bytes(8, "big"),
            b"\x00\x0a" + b"\x01\x00\x04card" + b"\x09\x00\x00",
            b"hi",
        )
    )
    assert decode_content(CONTENT.encode()) == CONTENT


@given(
    st.builds(
        Content,
        type_number=st.integers(0, 255),
        content_id=st.binary(min_size=16, max_size=16),
        sent_at_ms=st.integers(0, MAX_NUMBER),
        expires_at_ms=st.integers(0, MAX_NUMBER),
        order=st.integers(0, MAX_NUMBER),
        body=st.binary(max_size=300),
        extensions=st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=50)), max_size=4).map(
            tuple
        ),
    )
)
def test_what_is_encoded_is_decoded(content: Content) -> None:
    assert decode_content(content.encode()) == content


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x01" + rest))
def test_any_bytes_are_a_content_or_malformed(data: bytes) -> None:
    try:
        content = decode_content(data)
    except MalformedContentError:
        return
    assert content.encode()[3:] == data[3:]


@pytest.mark.parametrize("field", ["sent_at_ms", "expires_at_ms", "order"])
def test_a_number_that_no_database_keeps_is_malformed(field: str) -> None:
    highest = dataclasses.replace(CONTENT, **{field: MAX_NUMBER})
    assert decode_content(highest.encode()) == highest
    with pytest.raises(MalformedContentError):
        decode_content(dataclasses.replace(CONTENT, **{field: MAX_NUMBER + 1}).encode())


def test_another_layout_version_is_malformed() -> None:
    data = bytearray(CONTENT.encode())
    for version in (0, 2, 255):
        data[0] = version
        with pytest.raises(MalformedContentError, match="layout"):
            decode_content(bytes(data))


@pytest.mark.parametrize("length", range(HEAD_BYTES + 10))
def test_a_content_that_is_cut_short_is_malformed(length: int) -> None:
    with pytest.raises(MalformedContentError):
        decode_content(CONTENT.encode()[:length])


def test_extensions_must_fill_their_length() -> None:
    head = CONTENT.encode()[: HEAD_BYTES - 2]
    for extensions in (b"\x01", b"\x01\x00", b"\x01\x00\x05card"):
        with pytest.raises(MalformedContentError, match="extension"):
            decode_content(head + len(extensions).to_bytes(2, "big") + extensions)


def test_the_first_extension_of_a_type_counts_and_unknown_ones_are_skipped() -> None:
    content = dataclasses.replace(CONTENT, extensions=((9, b"?"), (1, b"first"), (1, b"second")))
    assert content.extension(Extension.CARD) == b"first"
    assert dataclasses.replace(CONTENT, extensions=((9, b"?"),)).extension(Extension.CARD) is None


def test_a_text_is_utf8_of_bounded_length() -> None:
    longest = "ä" * (MAX_TEXT_BYTES // 2)
    assert decode_text(longest.encode()) == longest
    with pytest.raises(MalformedContentError, match="long"):
        decode_text(longest.encode() + b"!")
    for broken in (b"\xff", b"\xc3", b"\xed\xa0\x80"):
        with pytest.raises(MalformedContentError, match="UTF-8"):
            decode_text(broken)


def test_a_receipt_names_1_to_64_contents() -> None:
    ids = tuple(number.to_bytes(16, "big") for number in range(MAX_RECEIPT_IDS + 1))
    for kind in ReceiptKind:
        for some in (ids[:1], ids[:MAX_RECEIPT_IDS]):
            assert decode_receipt(Receipt(kind, some).encode()) == Receipt(kind, some)
    for body in (b"", b"\x01", b"\x01" + bytes(15), b"\x01" + bytes(17), b"\x09" + bytes(16)):
        with pytest.raises(MalformedContentError):
            decode_receipt(body)
    with pytest.raises(MalformedContentError):
        decode_receipt(Receipt(ReceiptKind.DELIVERED, ids).encode())


@given(st.binary(max_size=1100))
def test_any_bytes_are_a_receipt_or_malformed(body: bytes) -> None:
    try:
        receipt = decode_receipt(body)
    except MalformedContentError:
        return
    assert receipt.encode() == body


def test_an_attachment_comes_back_and_trailing_bytes_are_of_a_later_version() -> None:
    assert decode_attachment(ATTACHMENT.encode()) == ATTACHMENT
    assert decode_attachment(ATTACHMENT.encode() + b"later") == ATTACHMENT


@pytest.mark.parametrize("length", range(len(ATTACHMENT.encode())))
def test_an_attachment_that_is_cut_short_is_malformed(length: int) -> None:
    with pytest.raises(MalformedContentError):
        decode_attachment(ATTACHMENT.encode()[:length])


LARGEST = MAX_BLOB_PARTS * PART_BYTES


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ({"size_bytes": LARGEST, "blob_bytes": LARGEST}, {"blob_bytes": LARGEST + 1}),
        ({"size_bytes": 1040}, {"size_bytes": 1041}),
        ({"size_bytes": 0}, {"size_bytes": 2**64 - 1, "blob_bytes": 2**64 - 1}),
        ({"header": bytes(MAX_BLOB_HEADER_BYTES)}, {"header": bytes(MAX_BLOB_HEADER_BYTES + 1)}),
        (
            {"media_type": "x" * MAX_MEDIA_TYPE_BYTES},
            {"media_type": "x" * (MAX_MEDIA_TYPE_BYTES + 1)},
        ),
        ({"media_type": ""}, {"media_type": "text/\x1b[2Jplain"}),
        ({"name": "ä" * 127}, {"name": ""}),
    ],
)
def test_both_sides_of_what_an_attachment_may_say(
    fits: dict[str, object], too_much: dict[str, object]
) -> None:
    good = dataclasses.replace(ATTACHMENT, **fits)
    assert decode_attachment(good.encode()) == good
    with pytest.raises(MalformedContentError):
        decode_attachment(dataclasses.replace(ATTACHMENT, **too_much).encode())


def test_names_that_are_not_text_are_malformed() -> None:
    body = ATTACHMENT.encode()
    with pytest.raises(MalformedContentError, match="text"):
        decode_attachment(body.replace(b"Holiday", b"\xff\xffliday"))


@given(
    st.binary(max_size=400)
    | st.binary(max_size=300).map(lambda rest: ATTACHMENT.encode()[:145] + rest)
)
def test_any_bytes_are_an_attachment_or_malformed(body: bytes) -> None:
    try:
        attachment = decode_attachment(body)
    except MalformedContentError:
        return
    assert body.startswith(attachment.encode())


def test_a_request_to_send_again_names_one_envelope() -> None:
    assert decode_send_again(b"d" * 32) == b"d" * 32
    for length in (0, 31, 33):
        with pytest.raises(MalformedContentError):
            decode_send_again(bytes(length))


def test_no_text_no_key_and_no_file_name_in_repr() -> None:
    shown = repr(dataclasses.replace(CONTENT, body=b"a secret", extensions=((1, b"a card"),)))
    assert "secret" not in shown and "card" not in shown
    shown = repr(ATTACHMENT)
    for hidden in ("tttt", "kkkk", "ssss", "Holiday"):
        assert hidden not in shown
