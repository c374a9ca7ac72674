"""Files: staged, sent, come, are opened and saved; too large ones are refused at once."""

from __future__ import annotations

from pathlib import Path

from desktop import MakeDesktop, MakePerson
from processes import RelayProcess, until

MEGABYTE = 1_000_000


async def test_file_goes_and_another_comes(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson, tmp_path: Path
) -> None:
    ours, theirs, huge = tmp_path / "ours.txt", tmp_path / "theirs.txt", tmp_path / "huge.raw"
    ours.write_bytes(b"from Alice\n" * 9000)
    theirs.write_bytes(b"from Bob\n" * 50_000)
    with huge.open("wb") as file:
        file.truncate(38 * MEGABYTE)
    (tmp_path / "bob files").mkdir()
    bob = await make_person("Bob", relay)
    desktop = await make_desktop()
    await desktop.first_run(relay, bob)
    programs = desktop.programs

    programs.choose(huge, ours)
    await desktop.key("ctrl+o")
    await desktop.until(staged=2)
    await desktop.sees("ours.txt", "over the 10 MB limit")
    await desktop.key("Escape")
    await desktop.until(staged=0, fate=None)

    await desktop.key("ctrl+o")
    await desktop.until(staged=2)
    await desktop.key("Return")
    await desktop.until(staged=0, fate="delivered")
    (copy,) = await until(
        lambda: bob.ask("files", name="Alice", folder=str(tmp_path / "bob files")), bool
    )
    assert holds_the_same(Path(copy), ours)

    await bob.ask("send_file", to="Alice", path=str(theirs))
    await desktop.sees("theirs.txt", "Saved encrypted")
    await desktop.key("F6", "F6", "F6", "Down", "Return")
    called = await programs.called("xdg-open")
    opened = Path(called.splitlines()[-1])
    assert holds_the_same(opened, theirs)

    programs.choose(tmp_path / "saved.txt")
    await desktop.click("theirs.txt", button=3)
    await desktop.key("Down", "Return")
    await desktop.sees("Saved. The copy is not encrypted.")
    assert holds_the_same(tmp_path / "saved.txt", theirs)


def holds_the_same(path: Path, other: Path) -> bool:
    """Whether two files have the same bytes."""
    return path.read_bytes() == other.read_bytes()
