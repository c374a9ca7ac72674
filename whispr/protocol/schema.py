"""How a frame is declared: `Frame`, the `frame` decorator, constraints, the `FRAMES` registry.

A frame is declared once, as a frozen dataclass with annotated fields. Codec, validation, the
tables of `docs/protocol.md` and the duty to have vectors follow from the declaration.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, TypeVar, dataclass_transform, get_args, get_type_hints


class Role(enum.Enum):
    """An end of a connection."""

    RELAY = "relay"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class UInt:
    """An unsigned integer of at most `bits` bits."""

    bits: int

    def accepts(self, value: object) -> bool:
        """Whether a field may have this value."""
        return type(value) is int and 0 <= value < 1 << self.bits

    def __str__(self) -> str:
        return f"u{self.bits}"


@dataclass(frozen=True, slots=True)
class Exactly:
    """A `bin` of exactly `size` bytes."""

    size: int

    def accepts(self, value: object) -> bool:
        """Whether a field may have this value."""
        return type(value) is bytes and len(value) == self.size

    def __str__(self) -> str:
        return f"bin {self.size}"


@dataclass(frozen=True, slots=True)
class AtMost:
    """A `bin` of `minimum` to `size` bytes."""

    size: int
    minimum: int = 0

    def accepts(self, value: object) -> bool:
        """Whether a field may have this value."""
        return type(value) is bytes and self.minimum <= len(value) <= self.size

    def __str__(self) -> str:
        return f"bin {self.minimum}..{self.size}"


@dataclass(frozen=True, slots=True)
class Records:
    """A `bin` that holds `minimum` to `count` records of `size` bytes each."""

    size: int
    count: int
    minimum: int = 0

    def accepts(self, value: object) -> bool:
        """Whether a field may have this value."""
        if type(value) is not bytes or len(value) % self.size:
            return False
        return self.minimum <= len(value) // self.size <= self.count

    def __str__(self) -> str:
        return f"bin {self.minimum}..{self.count} × {self.size}"


@dataclass(frozen=True, slots=True)
class Text:
    """A `str` of at most `size` bytes of UTF-8."""

    size: int

    def accepts(self, value: object) -> bool:
        """Whether a field may have this value."""
        # A str holds at least one byte a character: the cheap test comes first.
        if type(value) is not str or len(value) > self.size:
            return False
        try:
            return len(value.encode("utf-8")) <= self.size
        except UnicodeEncodeError:  # a lone surrogate: UTF-8 has no bytes for it
            return False

    def __str__(self) -> str:
        return f"str 0..{self.size}"


Constraint = UInt | Exactly | AtMost | Records | Text

u8 = Annotated[int, UInt(8)]
u16 = Annotated[int, UInt(16)]
u32 = Annotated[int, UInt(32)]
u64 = Annotated[int, UInt(64)]


@dataclass(frozen=True, slots=True)
class Frame:
    """Base of every frame.

    `request_id` (u32) is chosen by whoever asks and repeated in the answer. A frame that answers
    nothing and wants no answer carries 0.
    """

    code: ClassVar[int]
    sender: ClassVar[Role]
    answers: ClassVar[tuple[str, ...]]
    constraints: ClassVar[tuple[tuple[str, Constraint], ...]]

    request_id: int

    def __repr__(self) -> str:
        # A frame in a log shows no key, no token and no ciphertext: of bytes only how many.
        values = ((name, getattr(self, name)) for name, _ in self.constraints)
        shown = "".join(
            f", {name}={f'<{len(value)} bytes>' if isinstance(value, bytes) else repr(value)}"
            for name, value in values
        )
        return f"{type(self).__name__}({self.request_id}{shown})"


FRAMES: dict[int, type[Frame]] = {}
"""Every declared frame by its code."""

FrameType = TypeVar("FrameType", bound=Frame)


@dataclass_transform(frozen_default=True)
def frame(
    code: int, *, sender: Role, answers: tuple[str, ...] = ()
) -> Callable[[type[FrameType]], type[FrameType]]:
    """Declare a frame: its code, who may send it and the names of the frames that answer it.

    Raises:
        TypeError: a code is taken, or a field has no constraint. Both are bugs found at import.
    """

    def declare(cls: type[FrameType]) -> type[FrameType]:
        declared = dataclass(frozen=True, slots=True, repr=False)(cls)
        if code in FRAMES:
            raise TypeError(f"frame code {code:#04x} is taken by {FRAMES[code].__name__}")
        declared.code = code
        declared.sender = sender
        declared.answers = answers
        declared.constraints = _constraints(declared)
        FRAMES[code] = declared
        return declared

    return declare


def _constraints(cls: type[Frame]) -> tuple[tuple[str, Constraint], ...]:
    hints: dict[str, Any] = get_type_hints(cls, include_extras=True)
    found: list[tuple[str, Constraint]] = []
    for field in fields(cls):
        if field.name == "request_id":
            continue
        metadata = get_args(hints[field.name])[1:]
        if len(metadata) != 1 or not isinstance(metadata[0], Constraint):
            raise TypeError(f"{cls.__name__}.{field.name} has no constraint")
        found.append((field.name, metadata[0]))
    return tuple(found)
