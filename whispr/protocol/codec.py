"""Frame to msgpack body and back, strictly: flat scalars only, exact types, declared limits.

A generic msgpack decoder turns 64 KiB of hostile input into tens of megabytes. So `decode` first
walks the top-level items by their lead bytes and refuses every container and extension before
anything is built; only then msgpack, with limits of its own, makes the values.
"""

from __future__ import annotations

import msgpack

from whispr.errors import (
    LocalProtocolError,
    MalformedFrameError,
    UnexpectedFrameError,
    UnknownFrameError,
)
from whispr.protocol import frames  # noqa: F401 - declares what FRAMES holds
from whispr.protocol.limits import MAX_FRAME_BYTES, MAX_FRAME_FIELDS
from whispr.protocol.schema import FRAMES, Frame, Role, UInt

_CODE = UInt(8)
_REQUEST_ID = UInt(32)
_REFUSED = -1
_SIZED = 0


def _steps() -> tuple[int, ...]:
    """For each lead byte: length of the item, or that a size follows, or that it is refused."""
    steps = [_REFUSED] * 256
    for lead in (*range(0x00, 0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3):
        steps[lead] = 1
    for lead in range(0xA0, 0xC0):
        steps[lead] = 1 + (lead & 0x1F)
    for lead, step in {
        0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9,
    }.items():  # fmt: skip
        steps[lead] = step
    for lead in (0xC4, 0xC5, 0xC6, 0xD9, 0xDA, 0xDB):
        steps[lead] = _SIZED
    return tuple(steps)


_STEPS = _steps()
_SIZE_WIDTHS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}


def _check_flat(body: bytes) -> None:
    """Refuse whatever is not one array of 2 to `MAX_FRAME_FIELDS` scalars and nothing behind it.

    At most 24 steps whatever the size; nothing is built. A size that was cut short needs no check
    of its own: the item then ends beyond the body.
    """
    try:
        lead = body[0]
        if 0x90 <= lead <= 0x9F:
            count, position = lead & 0x0F, 1
        elif lead == 0xDC:
            count, position = int.from_bytes(body[1:3], "big"), 3
        else:
            raise MalformedFrameError("a frame is a msgpack array of few items")
        if not 2 <= count <= MAX_FRAME_FIELDS:
            raise MalformedFrameError("wrong number of fields")
        for _ in range(count):
            lead = body[position]
            step = _STEPS[lead]
            if step > 0:
                position += step
            elif step == _SIZED:
                width = _SIZE_WIDTHS[lead]
                start = position + 1 + width
                position = start + int.from_bytes(body[position + 1 : start], "big")
            else:
                raise MalformedFrameError("a frame holds no nested container and no extension")
    except IndexError:
        raise MalformedFrameError("the frame is cut short") from None
    if position != len(body):
        raise MalformedFrameError("the items do not fill the frame")


def decode(body: bytes, *, sender: Role) -> Frame:
    """Read one frame that `sender` sent, without its length prefix (1 to 65,536 bytes).

    Unknown trailing fields are ignored (`docs/protocol.md` §10).

    Raises:
        MalformedFrameError: not a flat msgpack array, or a field of the wrong type or size.
        UnknownFrameError: a code of another version; carries the request id to answer.
        UnexpectedFrameError: a frame that this end never sends.
    """
    _check_flat(body)
    try:
        items = msgpack.unpackb(
            body,
            raw=False,
            max_array_len=MAX_FRAME_FIELDS,
            max_map_len=0,
            max_ext_len=0,
            max_bin_len=MAX_FRAME_BYTES,
            max_str_len=MAX_FRAME_BYTES,
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise MalformedFrameError("the frame is not msgpack") from error
    code, request_id = items[0], items[1]
    if not _CODE.accepts(code) or not _REQUEST_ID.accepts(request_id):
        raise MalformedFrameError("a frame begins with its code and a request id")
    cls = FRAMES.get(code)
    if cls is None:
        raise UnknownFrameError(f"unknown frame code {code}", request_id=request_id)
    if cls.sender is not sender:
        raise UnexpectedFrameError(f"{cls.__name__} is not sent by a {sender.value}")
    values = items[2 : 2 + len(cls.constraints)]
    if len(values) < len(cls.constraints):
        raise MalformedFrameError(f"{cls.__name__} has too few fields")
    for value, (name, constraint) in zip(values, cls.constraints, strict=True):
        if not constraint.accepts(value):
            raise MalformedFrameError(f"{cls.__name__}.{name} is not {constraint}")
    return cls(request_id, *values)


def encode(frame: Frame) -> bytes:
    """Write one frame as its msgpack body, without the length prefix.

    Raises:
        LocalProtocolError: a field is out of its declared bounds.
    """
    if not _REQUEST_ID.accepts(frame.request_id):
        raise LocalProtocolError("request id out of range")
    items: list[object] = [frame.code, frame.request_id]
    for name, constraint in frame.constraints:
        value = getattr(frame, name)
        if isinstance(value, int) and type(value) is not int:
            value = int(value)
        if not constraint.accepts(value):
            raise LocalProtocolError(f"{type(frame).__name__}.{name} is not {constraint}")
        items.append(value)
    packed: bytes = msgpack.packb(items, use_bin_type=True)
    return packed
