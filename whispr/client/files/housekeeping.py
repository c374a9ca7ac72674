"""Removes encrypted files that no message needs any more."""

from __future__ import annotations

from whispr.client.files.spool import Spool
from whispr.client.store.attachments import Attachments
from whispr.errors import CorruptFileError, StorageError


def remove_discarded(spool: Spool, attachments: Attachments) -> int:
    """Delete the files of wiped messages and replaced copies; returns how many are gone.

    After a wipe, and at start-up. What cannot be deleted now (Windows keeps what is open) stays
    noted for the next time.
    """
    gone = [name for name in attachments.discarded() if _is_gone(spool, name)]
    attachments.forget_discarded(gone)
    return len(gone)


def _is_gone(spool: Spool, name: str) -> bool:
    try:
        spool.remove(name)
    except CorruptFileError:  # not a name of the spool: nothing of ours to delete
        return True
    except StorageError:
        return False
    return True


def sweep(spool: Spool, attachments: Attachments) -> int:
    """At start-up, before any transfer: delete what no row names. Raises StorageError."""
    return remove_discarded(spool, attachments) + spool.sweep(attachments.known_paths())
