"""Removes encrypted files that no message needs any more."""

from __future__ import annotations

from whispr.client.files.spool import Spool
from whispr.client.store.attachments import Attachments
from whispr.errors import CorruptFileError


def remove_discarded(spool: Spool, attachments: Attachments) -> int:
    """Delete the files of wiped messages and replaced copies; returns how many were noted.

    After a wipe, and at start-up. A file that cannot be deleted now stays noted.
    Raises StorageError.
    """
    discarded = attachments.discarded()
    for name in discarded:
        try:
            spool.remove(name)
        except CorruptFileError:  # not a name of the spool: nothing of ours to delete
            continue
    attachments.forget_discarded(discarded)
    return len(discarded)


def sweep(spool: Spool, attachments: Attachments) -> int:
    """At start-up, before any transfer: delete everything that no row names."""
    return remove_discarded(spool, attachments) + spool.sweep(attachments.known_paths())
