"""Sizes of files in words."""

from __future__ import annotations


def size_words(size_bytes: int) -> str:
    """`640 bytes`, `48 kB`, `2.4 MB`: decimal units, as file dialogs show them."""
    if size_bytes < 1000:
        return f"{size_bytes} byte" + ("s" if size_bytes != 1 else "")
    if size_bytes < 999_500:
        return f"{size_bytes / 1000:.0f} kB"
    megabytes = size_bytes / 1_000_000
    return (
        f"{megabytes:.1f} MB".replace(".0 MB", " MB") if megabytes < 100 else f"{megabytes:.0f} MB"
    )


def progress_words(done_bytes: int, size_bytes: int) -> str:
    """`522 kB of 842 kB`."""
    return f"{size_words(min(done_bytes, size_bytes))} of {size_words(size_bytes)}"
