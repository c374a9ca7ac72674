"""How much of a length shows: contents and files are padded to few sizes before encryption.

Sizes: 256, 512, 1 K, 2 K, 4 K, 8 K, 16 K, then Padmé (Nikitin et al., PETS 2019, section 4), which
adds at most 12 % and lets only O(log log length) bits through. Contents carry ISO/IEC 7816-4
padding (0x80, then zeros); files are filled with zeros, their real size travels in the descriptor.
"""

from __future__ import annotations

from whispr.errors import MalformedContentError, TextTooLongError

SMALLEST_PADDED_BYTES = 256
LARGEST_POWER_BYTES = 16 * 1024
MAX_PADDED_CONTENT_BYTES = 61_440
"""What fits in one envelope beside its header, signature and sealed box; itself a Padmé size."""

MAX_CONTENT_BYTES = MAX_PADDED_CONTENT_BYTES - 1

_MARKER = b"\x80"


def _rounded_up(size: int) -> int:
    """Return the smallest allowed size that is not below `size`."""
    if size <= LARGEST_POWER_BYTES:
        return max(SMALLEST_PADDED_BYTES, 1 << (size - 1).bit_length())
    exponent = size.bit_length() - 1
    free_bits = exponent - exponent.bit_length()
    mask = (1 << free_bits) - 1
    return (size + mask) & ~mask


def padded_size(content_size: int) -> int:
    """Return how many bytes a content of `content_size` bytes takes once padded."""
    return _rounded_up(content_size + 1)


def padded_file_size(size_bytes: int) -> int:
    """Return how many bytes a file of `size_bytes` takes before encryption; at least 256."""
    return _rounded_up(max(size_bytes, 1))


def pad(content: bytes) -> bytes:
    """Pad a content of at most 61,439 bytes.

    Raises TextTooLongError when it does not fit in one envelope.
    """
    if len(content) > MAX_CONTENT_BYTES:
        raise TextTooLongError(f"content has {len(content)} bytes, at most {MAX_CONTENT_BYTES} fit")
    return (content + _MARKER).ljust(padded_size(len(content)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the content inside `padded`, which has exactly one valid padded form.

    The bytes are authenticated before this is called, so nothing is learned from its timing.
    Raises MalformedContentError for a missing marker, other filling, or a size that `pad` does
    not produce for this content.
    """
    if len(padded) > MAX_PADDED_CONTENT_BYTES:
        raise MalformedContentError(f"padded content of {len(padded)} bytes is too long")
    marked = padded.rstrip(b"\0")
    if not marked.endswith(_MARKER):
        raise MalformedContentError("content has no padding marker")
    content = marked[:-1]
    if len(padded) != padded_size(len(content)):
        raise MalformedContentError(f"content is padded to {len(padded)} bytes, not as agreed")
    return content
