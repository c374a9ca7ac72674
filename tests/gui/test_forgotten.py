from __future__ import annotations

from pathlib import Path

from whispr.gui.forgotten import set_aside


def test_the_old_profile_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "alice"
    folder.mkdir()
    (folder / "keypair.bin").write_bytes(b"keys")
    target = set_aside(folder, 17)
    assert target.name == "alice-17" and (target / "keypair.bin").read_bytes() == b"keys"
    assert not folder.exists()
