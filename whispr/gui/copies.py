"""Readable copies of files that were only opened: a private folder, removed at the end."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path


class Copies:
    """The folder is made when the first copy is."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def folder(self) -> Path:
        """Where copies are written; only this user can read it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="whispr-"))
        return self._folder

    def close(self) -> None:
        """Remove them; what another program holds open stays."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
