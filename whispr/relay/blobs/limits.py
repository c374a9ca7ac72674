"""How much files may take, in total and for each who asks, and how long they may take about it."""

from __future__ import annotations

from dataclasses import dataclass

from whispr.protocol.blob import part_count

MIB = 1024**2
HOUR_MS = 3_600_000

BLOB_OVERHEAD_BYTES = 2048
PART_OVERHEAD_BYTES = 160
"""What a blob and each of its parts cost beyond their bytes, rounded up."""

READING_MS = 30_000
"""How long after a part was asked for a download counts as going on."""
_PAUSE_LIVES = 10
_SHARE_DIVISOR = 4


@dataclass(frozen=True, slots=True)
class BlobLimits:
    """Limits of a blob store."""

    max_blob_bytes: int = 12 * MIB
    """Largest blob, all parts together."""
    total_bytes: int = 256 * MIB
    """All blobs together, with overhead."""
    unfinished_ms: int = 120_000
    """How long an unfinished upload waits for its next part."""
    longest_upload_ms: int = HOUR_MS
    """How long an upload may take, however steadily its parts come."""

    @property
    def share_bytes(self) -> int:
        """What blobs of one uploader, or for one mailbox, may take: a quarter, one at least."""
        return max(self.total_bytes // _SHARE_DIVISOR, charge_bytes(self.max_blob_bytes))


def charge_bytes(size_bytes: int) -> int:
    """What a blob of that size is charged at."""
    return size_bytes + BLOB_OVERHEAD_BYTES + PART_OVERHEAD_BYTES * part_count(size_bytes)


def longest_pause_ms(life_ms: int) -> int:
    """How long downloads may put off the end of a blob: ten times its life, an hour at most."""
    return min(_PAUSE_LIVES * life_ms, HOUR_MS)
